/** Networks node by node: which nodes an image activates, modules that mask nodes, and their margins. */
export { bitMembers, countBits, hasBit, type Bitset } from '../graph/bitset.js';
export type { ConvMask, DenseMask } from './node-mask.js';
export type { AddPolicy, NodeModuleParts, DecomposeProvenance, DecomposeVariant } from './node-module-parts.js';
export { createNodeNetwork, type NodeNetwork, type NodePoint, type NodeNetworkOptions } from './node-network.js';
export { marginsOf, moduleMargins, openNodeModule, type ModuleForward } from './module-margins.js';
export { NodeModule } from './node-module.js';
export { activeNodes, type ActiveNodes, type ActiveNodesOptions } from './node-activity.js';
