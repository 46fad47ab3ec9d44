/** The architectures of the specs, as untrained models that put out logits. */
export { inceCnn } from './architectures/ince-cnn.js';
export { resCnn } from './architectures/res-cnn.js';
export { resNetCifar, resNet20, resNet32, resNet56, type ResNetOptions } from './architectures/res-net-cifar.js';
export { simCnn, type SplitterNetOptions, type SplitterVariant } from './architectures/sim-cnn.js';
export { weakResCnnCifar, weakResCnnSvhn } from './architectures/weak-res-cnn.js';
export { weakSimCnnCifar, weakSimCnnSvhn } from './architectures/weak-sim-cnn.js';
export type { ArchitectureOptions, DropoutOptions } from './architectures/architecture-options.js';
