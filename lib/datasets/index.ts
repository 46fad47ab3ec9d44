/** Images: stored sets, folders of pictures, the synthetic set, and parts of them. */
export { IMAGENET_NORMALISATION, type Dataset, type ImageSet, type Normalisation } from './dataset.js';
export { loadDataset, DATASET_NAMES, type DatasetName } from './load.js';
export type { LoadOptions, PerSplit } from './load-options.js';
export { imageFileNames, imageFolder, type ImageFolder } from './folder/image-folder.js';
export type { ImageFolderOptions, ModelOfPictures } from './folder/image-folder-options.js';
export {
  imageFolderSource,
  type ImageFolderSource,
  type ImageFolderSourceOptions,
} from './source/image-folder-source.js';
export { imageArrays, type ImageArrays, type ImageArraysOptions } from './arrays/image-arrays.js';
export type { ArrayReading, ChannelAxis } from './arrays/array-pixels.js';
export { inMemory, type ImageSource } from './source/image-source.js';
export { sourceBatches, type SourceBatchOptions } from './source/source-batches.js';
export type { ImageFit } from './images/fit-image.js';
export type { FolderReport, SplitReport } from './folder/folder-report.js';
export type { SplitRole } from './folder/layouts/split-name.js';
export type { Counted } from './folder/tally.js';
export { toGrey } from './to-grey.js';
export { readObjectMasks } from './object-masks.js';
export { synthetic, syntheticObjectMask, syntheticObjectMasks, type SyntheticOptions } from './synthetic.js';
export { classCounts, concatSets, keepClasses, subset, firstPerClass, withClassNames } from './subset.js';
export { dirichletSubset, type DirichletOptions, type DirichletSubset } from './dirichlet-subset.js';
export { splitTrainValidation, type TrainValidationSplit } from './split-train-validation.js';
export { batches, type Batch, type BatchOptions } from './batches.js';
export { toTensor } from './tensors.js';
export { adaptImages, type AdaptOptions, type ImageInput } from './adapt-images.js';
export type { Augmentation } from './augment.js';
export type { StoredDatasetName } from './stored/stored-sets.js';
