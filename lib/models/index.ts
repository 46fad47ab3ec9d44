/** Networks: the architectures of the papers as untrained models that put out logits, and models in files. */
export { inceCnn } from './architectures/ince-cnn.js';
export { resCnn } from './architectures/res-cnn.js';
export { resNetCifar, resNet20, resNet32, resNet56, type ResNetOptions } from './architectures/res-net-cifar.js';
export { simCnn, type SplitterNetOptions, type SplitterVariant } from './architectures/sim-cnn.js';
export { weakResCnnCifar, weakResCnnSvhn } from './architectures/weak-res-cnn.js';
export { weakSimCnnCifar, weakSimCnnSvhn } from './architectures/weak-sim-cnn.js';
export type { ArchitectureOptions, DropoutOptions } from './architectures/architecture-options.js';

export type { Classifier } from './classifier.js';
export { countParameters, type ParameterCount } from './count-parameters.js';
export { loadModel, type LoadedModel, type LoadModelOptions } from './load-model.js';
export type { ModelDownload } from './opening/download-model.js';
export type { OpeningReport } from './opening/opening-report.js';
export { loadWeights, type LoadWeightsOptions, type WeightSource } from './load-weights.js';
export { readNpz } from './formats/numpy/npz.js';
export { readSafetensors, type SafetensorsFile } from './formats/safetensors/safetensors.js';
export { saveModel, type SaveModelOptions } from './save-model.js';
export { asLogits } from './as-logits.js';
export { asTwoClasses } from './as-two-classes.js';
export { flattenNested } from './flatten-nested.js';
export { outputKind, type OutputKind } from './output-kind.js';
export { rawByteInputs, unitInputs } from './input-ranges.js';
export { modelDigest } from './model-digest.js';
export type { NamedTensor, NamedTensors } from './formats/named-tensor.js';
