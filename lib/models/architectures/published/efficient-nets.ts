import type * as tf from '../../../tf.js';
import { efficientNet as architecture } from '../../formats/torch/architectures/efficient-net.js';
import type { ArchitectureOptions } from '../architecture-options.js';
import { type PublishedNetwork, publishedNetwork } from './published-network.js';
import type { StateShapes } from './state-shapes.js';

/** One stage: whether its blocks are fused, by how much they expand, kernel, channels, how many. */
type Stage = readonly [kind: 'fused' | 'separate', expand: number, kernel: number, channels: number, count: number];

interface Plan extends Omit<PublishedNetwork, 'architecture'> {
  readonly stem: number;
  readonly stages: readonly Stage[];
  readonly last: number;
}

const B0: Plan = {
  name: 'efficientnet_b0',
  inputShape: [224, 224, 3],
  stem: 32,
  stages: [
    ['separate', 1, 3, 16, 1],
    ['separate', 6, 3, 24, 2],
    ['separate', 6, 5, 40, 2],
    ['separate', 6, 3, 80, 3],
    ['separate', 6, 5, 112, 3],
    ['separate', 6, 5, 192, 4],
    ['separate', 6, 3, 320, 1],
  ],
  last: 1280,
};

const V2_S: Plan = {
  name: 'efficientnet_v2_s',
  inputShape: [384, 384, 3],
  stem: 24,
  stages: [
    ['fused', 1, 3, 24, 2],
    ['fused', 4, 3, 48, 4],
    ['fused', 4, 3, 64, 4],
    ['separate', 4, 3, 128, 6],
    ['separate', 6, 3, 160, 9],
    ['separate', 6, 3, 256, 15],
  ],
  last: 1280,
};

function build(plan: Plan, options: ArchitectureOptions): tf.LayersModel {
  return publishedNetwork({ ...plan, architecture }, options, (shapes, { inputShape, scaled, classes }) => {
    const convBn = (path: string, from: number, to: number, kernel: number) =>
      shapes.conv(`${path}.0`, from, to, kernel).batchNorm(`${path}.1`, to);
    let channels = scaled(plan.stem);
    convBn('features.0', inputShape[2], channels, 3);
    plan.stages.forEach(([kind, expand, kernel, width, count], stage) => {
      for (let i = 0; i < count; i++) {
        const path = `features.${stage + 1}.${i}.block`;
        const block = kind === 'fused' ? fused : separate;
        channels = block(shapes, path, channels, scaled(width), expand, kernel);
      }
    });
    const last = scaled(plan.last);
    convBn(`features.${plan.stages.length + 1}`, channels, last, 1);
    shapes.linear('classifier.1', last, classes);
  });
}

function fused(shapes: StateShapes, path: string, from: number, to: number, expand: number, kernel: number): number {
  const wide = expand === 1 ? to : from * expand;
  shapes.conv(`${path}.0.0`, from, wide, kernel).batchNorm(`${path}.0.1`, wide);
  if (expand > 1) shapes.conv(`${path}.1.0`, wide, to, 1).batchNorm(`${path}.1.1`, to);
  return to;
}

function separate(shapes: StateShapes, path: string, from: number, to: number, expand: number, kernel: number): number {
  const wide = from * expand;
  const narrow = Math.max(1, Math.floor(from / 4));
  let at = 0;
  if (expand > 1) shapes.conv(`${path}.${at}.0`, from, wide, 1).batchNorm(`${path}.${at++}.1`, wide);
  shapes.depthwise(`${path}.${at}.0`, wide, kernel).batchNorm(`${path}.${at++}.1`, wide);
  shapes.conv(`${path}.${at}.fc1`, wide, narrow, 1, { bias: true });
  shapes.conv(`${path}.${at++}.fc2`, narrow, wide, 1, { bias: true });
  shapes.conv(`${path}.${at}.0`, wide, to, 1).batchNorm(`${path}.${at}.1`, to);
  return to;
}

/**
 * EfficientNet-B0 as in torchvision (Tan & Le 2019). 5,288,548 parameters and 385,814,752 multiply-adds for 1000 classes at
 * 224×224.
 * @throws OptionError
 */
export const efficientNetB0 = (options: ArchitectureOptions = {}): tf.LayersModel => build(B0, options);

/**
 * EfficientNet-v2-S as in torchvision (Tan & Le 2021). 21,458,488 parameters for 1000 classes, and 2,849,895,872
 * multiply-adds at 224×224; images are 384×384 by default, as published.
 * @throws OptionError
 */
export const efficientNetV2S = (options: ArchitectureOptions = {}): tf.LayersModel => build(V2_S, options);
