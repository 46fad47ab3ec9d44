/** Networks: the architectures of the papers as untrained models that put out logits, and models in files. */
export { inceCnn } from './architectures/ince-cnn.js';
export { resCnn } from './architectures/res-cnn.js';
export { resNetCifar, resNet20, resNet32, resNet56, type ResNetOptions } from './architectures/res-net-cifar.js';
export { simCnn, type SplitterNetOptions, type SplitterVariant } from './architectures/sim-cnn.js';
export { weakResCnnCifar, weakResCnnSvhn } from './architectures/weak-res-cnn.js';
export { weakSimCnnCifar, weakSimCnnSvhn } from './architectures/weak-sim-cnn.js';
export type { ArchitectureOptions, DropoutOptions } from './architectures/architecture-options.js';
export { alexNet } from './architectures/published/alex-net.js';
export { denseNet121 } from './architectures/published/dense-net-121.js';
export { efficientNetB0, efficientNetV2S } from './architectures/published/efficient-nets.js';
export { googLeNet } from './architectures/published/goog-le-net.js';
export { inceptionV3 } from './architectures/published/inception-v3.js';
export { mnasNet } from './architectures/published/mnas-net.js';
export { mobileNetV2 } from './architectures/published/mobile-net-v2.js';
export { mobileNetV3Large, mobileNetV3Small } from './architectures/published/mobile-net-v3.js';
export {
  resNet18,
  resNet34,
  resNet50,
  resNext50,
  seNet34,
  wideResNet50,
  type FourStageOptions,
} from './architectures/published/res-nets.js';
export { shuffleNetV2 } from './architectures/published/shuffle-net-v2.js';
export { simpleNet } from './architectures/published/simple-net.js';
export { squeezeNet, type SqueezeNetOptions } from './architectures/published/squeeze-net.js';
export { vgg16, type VggOptions } from './architectures/published/vgg-16.js';
export { wideResNet28 } from './architectures/published/wide-res-net-28.js';
export { xception } from './architectures/published/xception.js';
export type { HeadOptions } from './architectures/published/dense-head.js';

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
