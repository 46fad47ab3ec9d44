import type * as tf from '../../../tf.js';
import { resNet as architecture } from '../../formats/torch/architectures/res-net.js';
import type { ArchitectureOptions, ResolvedOptions } from '../architecture-options.js';
import { publishedNetwork } from './published-network.js';
import type { StateShapes } from './state-shapes.js';

/** How a ResNet of four stages can differ from the published one. */
export interface FourStageOptions extends ArchitectureOptions {
  /** 'small' begins with a 3×3 convolution of stride 1 without pooling, as for CIFAR; 'published' with 7×7, stride 2. */
  stem?: 'published' | 'small';
}

interface Plan {
  readonly name: string;
  readonly blocks: readonly number[];
  readonly bottleneck?: boolean;
  /** Groups of the 3×3 convolutions, and their width at the first stage's 64. */
  readonly groups?: number;
  readonly groupWidth?: number;
  readonly squeezeExcite?: boolean;
}

function build(plan: Plan, options: FourStageOptions): tf.LayersModel {
  const published = { name: plan.name, architecture, inputShape: [224, 224, 3] as const };
  return publishedNetwork(published, options, (shapes, resolved) => {
    const width = resolved.scaled(64);
    shapes.conv('conv1', resolved.inputShape[2], width, options.stem === 'small' ? 3 : 7).batchNorm('bn1', width);
    let channels = width;
    plan.blocks.forEach((count, stage) => {
      for (let i = 0; i < count; i++) {
        channels = block(shapes, plan, resolved, `layer${stage + 1}.${i}`, channels, 64 * 2 ** stage, i === 0);
      }
    });
    shapes.linear('fc', channels, resolved.classes);
  });
}

/** @returns the block's channels */
function block(
  shapes: StateShapes,
  { bottleneck = false, groups = 1, groupWidth = 64, squeezeExcite = false }: Plan,
  { scaled }: ResolvedOptions,
  path: string,
  inputs: number,
  planes: number,
  first: boolean,
): number {
  const outputs = scaled(planes) * (bottleneck ? 4 : 1);
  if (bottleneck) {
    const inner = scaled((planes * groupWidth) / 64) * groups;
    shapes.conv(`${path}.conv1`, inputs, inner, 1).batchNorm(`${path}.bn1`, inner);
    shapes.conv(`${path}.conv2`, inner, inner, 3, { groups }).batchNorm(`${path}.bn2`, inner);
    shapes.conv(`${path}.conv3`, inner, outputs, 1).batchNorm(`${path}.bn3`, outputs);
  } else {
    shapes.conv(`${path}.conv1`, inputs, outputs, 3).batchNorm(`${path}.bn1`, outputs);
    shapes.conv(`${path}.conv2`, outputs, outputs, 3).batchNorm(`${path}.bn2`, outputs);
  }
  if (squeezeExcite) {
    const narrow = Math.max(1, Math.floor(outputs / 16));
    shapes.conv(`${path}.se_module.fc1`, outputs, narrow, 1, { bias: true });
    shapes.conv(`${path}.se_module.fc2`, narrow, outputs, 1, { bias: true });
  }
  if (first && (inputs !== outputs || planes > 64)) {
    shapes.conv(`${path}.downsample.0`, inputs, outputs, 1).batchNorm(`${path}.downsample.1`, outputs);
  }
  return outputs;
}

/**
 * ResNet-18 as in torchvision (He et al. 2016), basic blocks. 11,689,512 parameters and 1,814,073,344 multiply-adds for 1000
 * classes at 224×224.
 */
export const resNet18 = (options: FourStageOptions = {}): tf.LayersModel =>
  build({ name: 'resnet18', blocks: [2, 2, 2, 2] }, options);

/** ResNet-34, basic blocks. 21,797,672 parameters and 3,663,761,408 multiply-adds for 1000 classes at 224×224. */
export const resNet34 = (options: FourStageOptions = {}): tf.LayersModel =>
  build({ name: 'resnet34', blocks: [3, 4, 6, 3] }, options);

/**
 * ResNet-50 as in torchvision, bottlenecks with their stride at the 3×3 convolution. 25,557,032 parameters and 4,089,184,256
 * multiply-adds for 1000 classes at 224×224.
 */
export const resNet50 = (options: FourStageOptions = {}): tf.LayersModel =>
  build({ name: 'resnet50', blocks: [3, 4, 6, 3], bottleneck: true }, options);

/**
 * SENet-34: ResNet-34 with squeeze-and-excitation by 16 (Hu et al. 2018), under timm's names of it. 21,958,868 parameters and
 * 3,663,918,592 multiply-adds for 1000 classes at 224×224.
 */
export const seNet34 = (options: FourStageOptions = {}): tf.LayersModel =>
  build({ name: 'senet34', blocks: [3, 4, 6, 3], squeezeExcite: true }, options);

/**
 * ResNeXt-50 32×4d (Xie et al. 2017). 25,028,904 parameters and 4,230,479,872 multiply-adds for 1000 classes at 224×224. `width`
 * leaves the 32 groups as they are.
 */
export const resNext50 = (options: FourStageOptions = {}): tf.LayersModel =>
  build({ name: 'resnext50', blocks: [3, 4, 6, 3], bottleneck: true, groups: 32, groupWidth: 4 }, options);

/** Wide ResNet-50-2 (Zagoruyko & Komodakis 2016). 68,883,240 parameters and 11,398,021,120 multiply-adds at 224×224. */
export const wideResNet50 = (options: FourStageOptions = {}): tf.LayersModel =>
  build({ name: 'wideresnet50', blocks: [3, 4, 6, 3], bottleneck: true, groupWidth: 128 }, options);
