/** A row of the paper's Table 1 for CIFAR-10 (spec doctor §9.1): accuracy in percent, changes in percentage points. */
export interface PublishedTreatment {
  readonly network: string;
  readonly base: number;
  /** Change by the space-wise constraint. */
  readonly space: number;
  /** Change by the channel-wise constraint. */
  readonly channel: number;
}

/**
 * Table 1 of the paper, CIFAR-10. 'All' is not in it for small images. There are no deviations or seeds, epochs were chosen by test
 * images, and the changes are to the model before, not to a control that trains on for as long (spec doctor §5.4, §9).
 */
export const PUBLISHED_CIFAR10_TREATMENTS: readonly PublishedTreatment[] = [
  { network: 'AlexNet', base: 86.32, space: -1.91, channel: 0.31 },
  { network: 'VGG-16', base: 93.46, space: -2.52, channel: 0.74 },
  { network: 'ResNet-50', base: 94.85, space: -3.44, channel: 0.54 },
  { network: 'SENet-34', base: 94.76, space: -1.89, channel: 0.41 },
  { network: 'WideResNet-28', base: 94.26, space: -2.94, channel: 0.35 },
  { network: 'ResNeXt-50', base: 94.34, space: -1.77, channel: 1.21 },
  { network: 'DenseNet-121', base: 95.22, space: -3.81, channel: 0.52 },
  { network: 'SimpleNet-v1', base: 94.61, space: -3.67, channel: 0.8 },
  { network: 'EfficientNetV2-S', base: 91.07, space: -1.09, channel: 0.33 },
  { network: 'GoogLeNet', base: 94.36, space: -4.67, channel: 0.58 },
  { network: 'Xception', base: 93.35, space: -3.81, channel: 0.57 },
  { network: 'MobileNetV2', base: 91.95, space: -2.08, channel: 1.07 },
  { network: 'Inception-v3', base: 94.77, space: -2.56, channel: 0.52 },
  { network: 'ShuffleNetV2', base: 92.28, space: -2.81, channel: 0.64 },
  { network: 'SqueezeNet', base: 91.93, space: -2.76, channel: 0.92 },
  { network: 'MnasNet', base: 85.55, space: -2.58, channel: 1.37 },
];
