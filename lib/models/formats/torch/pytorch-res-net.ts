import type { Normalisation } from '../../../datasets/dataset.js';
import { ModelError } from '../../../errors.js';
import type * as tf from '../../../tf.js';
import { BATCH_NORM } from '../../architectures/layer-blocks.js';
import { resNetCifar } from '../../architectures/res-net-cifar.js';
import { loadWeights, type WeightSource } from '../../load-weights.js';
import type { NamedTensors } from '../named-tensor.js';

const CONV_AXES = [2, 3, 1, 0] as const;
const LINEAR_AXES = [1, 0] as const;

/**
 * Whether the tensors are those of a CIFAR ResNet as `resNetCifar` builds it: a 3×3 stem, three stages of basic blocks whose
 * widths double, shortcuts by projection or without weights (option A), with batch normalisation or without.
 */
export function isCifarResNet(tensors: NamedTensors): boolean {
  const width = (name: string) => tensors.get(`${name}.weight`)?.shape[0];
  const stem = tensors.get('conv1.weight')?.shape;
  if (!stem || stem[2] !== 3 || width('layer1.0.conv1') === undefined) return false;
  if (['layer1.0.conv3', 'layer4.0.conv1', 'layer1.0.downsample.0'].some((name) => width(name) !== undefined))
    return false;
  if ([...tensors.keys()].some((name) => /^layer\d+\.\d+\.(se|se_module|eca)\./.test(name))) return false;
  return [1, 2, 3].every(
    (stage) => width(`layer${stage}.0.conv1`) === Math.max(4, Math.round(stem[0] * 2 ** (stage - 1))),
  );
}

/**
 * Builds the CIFAR ResNet that a PyTorch state dict describes and fills in its weights. Depth, widths, classes, batch
 * normalisation and the kind of shortcut follow from names and shapes (`layer2.0.downsample.0/.1` or `.shortcut.0/.1`
 * are projections, none means option A); `[out, in, kh, kw]` becomes `[kh, kw, in, out]`, linear layers are transposed.
 * @param metadata where the file has any: `classes` and `bn_eps` are checked against the network
 * @param file name for messages
 * @throws ModelError
 */
export function pytorchResNet(
  tensors: NamedTensors,
  metadata: Readonly<Record<string, string>>,
  file: string,
): tf.LayersModel {
  const fail = (message: string): never => {
    throw new ModelError(`${file}: ${message}`);
  };
  const named = tensors;
  const shapeOf = (name: string, rank: number): readonly number[] => {
    const tensor = named.get(name);
    if (!tensor) return fail(`tensor '${name}' is missing; found ${named.size} tensors of a CIFAR ResNet without it.`);
    if (tensor.shape.length !== rank) {
      return fail(`tensor '${name}': expected ${rank} axes, got [${tensor.shape.join(', ')}].`);
    }
    return tensor.shape;
  };

  const blocks = [1, 2, 3].map((stage) => {
    let count = 0;
    while ([...named.keys()].some((name) => name.startsWith(`layer${stage}.${count}.`))) count++;
    return count;
  });
  if (blocks[0] !== blocks[1] || blocks[1] !== blocks[2] || named.has('layer4.0.conv1.weight')) {
    fail(
      `expected a CIFAR ResNet with three stages of equally many blocks, got ${blocks.join(', ')} blocks${named.has('layer4.0.conv1.weight') ? ' and a fourth stage' : ''}.`,
    );
  }
  const head = named.has('linear.weight') ? 'linear' : 'fc';
  const [stem, channels] = shapeOf('conv1.weight', 4);
  const [classes] = shapeOf(`${head}.weight`, 2);
  const declared = metadata['classes'];
  if (declared !== undefined && Number(declared) !== classes) {
    fail(`its metadata declare ${declared} classes, '${head}.weight' has ${classes}.`);
  }
  const epsilon = metadata['bn_eps'];
  if (epsilon !== undefined && Number(epsilon) !== BATCH_NORM.epsilon) {
    fail(`expected batch normalisation with epsilon ${BATCH_NORM.epsilon}, its metadata say ${epsilon}.`);
  }
  if (channels < 1 || stem < 4 || classes < 1) {
    fail(
      `expected a stem of at least 4 kernels and at least one class, got [${[stem, channels].join(', ')}] and ${classes}.`,
    );
  }
  const projection = ['downsample', 'shortcut'].find((name) => named.has(`layer2.0.${name}.0.weight`));
  const batchNorm = named.has('bn1.weight');
  const model = resNetCifar(6 * blocks[0] + 2, {
    classes,
    inputShape: [32, 32, channels],
    width: stem / 16,
    shortcut: projection === undefined ? 'A' : 'projection',
    batchNorm,
    weights: 'zeros',
  });
  try {
    const trained = new Map([...named].filter(([name]) => !name.endsWith('.num_batches_tracked')));
    loadWeights(model, trained, { file, mapping: weightMapping(blocks[0], batchNorm, projection, head) });
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

/** `mean` and `std` of the file's metadata as the model's input normalisation; null where it has neither. */
export function metadataNormalisation(
  metadata: Readonly<Record<string, string>>,
  channels: number,
  file: string,
): Normalisation | null {
  if (metadata['mean'] === undefined && metadata['std'] === undefined) return null;
  const read = (key: 'mean' | 'std'): number[] => {
    const text = metadata[key] ?? '';
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      value = undefined;
    }
    if (!isNumbers(value) || value.length !== channels || (key === 'std' && value.some((v) => v <= 0))) {
      throw new ModelError(
        `${file}: metadata '${key}': expected a list of ${channels}${key === 'std' ? ' positive' : ''} numbers, got "${text.slice(0, 60)}".`,
      );
    }
    return value;
  };
  return { mean: read('mean'), std: read('std') };
}

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((v) => typeof v === 'number' && Number.isFinite(v));

/** Our weight names → PyTorch's. */
function weightMapping(
  blocks: number,
  batchNorm: boolean,
  projection: string | undefined,
  head: string,
): Record<string, WeightSource> {
  const mapping: Record<string, WeightSource> = {
    'fc0/kernel': { tensor: `${head}.weight`, axes: LINEAR_AXES },
    'fc0/bias': { tensor: `${head}.bias` },
  };
  const convBn = (index: number | string, convName: string, bnName: string) => {
    mapping[`conv${index}/kernel`] = { tensor: `${convName}.weight`, axes: CONV_AXES };
    if (!batchNorm) {
      mapping[`conv${index}/bias`] = { tensor: `${convName}.bias` };
      return;
    }
    mapping[`bn${index}/gamma`] = { tensor: `${bnName}.weight` };
    mapping[`bn${index}/beta`] = { tensor: `${bnName}.bias` };
    mapping[`bn${index}/moving_mean`] = { tensor: `${bnName}.running_mean` };
    mapping[`bn${index}/moving_variance`] = { tensor: `${bnName}.running_var` };
  };
  convBn(0, 'conv1', 'bn1');
  for (let k = 0; k < 3 * blocks; k++) {
    const stage = Math.floor(k / blocks);
    const block = `layer${stage + 1}.${k % blocks}`;
    convBn(2 * k + 1, `${block}.conv1`, `${block}.bn1`);
    convBn(2 * k + 2, `${block}.conv2`, `${block}.bn2`);
    if (projection !== undefined && stage > 0 && k % blocks === 0) {
      convBn(`Shortcut${2 * k + 2}`, `${block}.${projection}.0`, `${block}.${projection}.1`);
    }
  }
  return mapping;
}
