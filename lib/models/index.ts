/** The architectures of the specs, as untrained models that put out logits. */
export { inceCnn } from './ince-cnn.js';
export { resCnn } from './res-cnn.js';
export { resNetCifar, resNet20, resNet32, resNet56, type ResNetOptions } from './res-net-cifar.js';
export { simCnn, type SplitterNetOptions, type SplitterVariant } from './sim-cnn.js';
export { weakResCnnCifar, weakResCnnSvhn } from './weak-res-cnn.js';
export { weakSimCnnCifar, weakSimCnnSvhn } from './weak-sim-cnn.js';
export type { ArchitectureOptions, DropoutOptions } from './architecture-options.js';
