import { exportAdvice } from '../export-advice.js';
import type { TorchNetwork } from '../torch-network.js';

/** What a network of timm's family has by its name or its widths, and not by the shapes of its weights. */
export interface TimmPlan {
  readonly name: string;
  /** Strides of the stages' first blocks. */
  readonly strides: readonly number[];
  readonly activation: string;
  /** The activation of stages that come before `activationFrom`. */
  readonly early: string;
  readonly activationFrom: number;
  /** The activation inside of squeeze-and-excitation; null: that of the block around it. */
  readonly inner: string | null;
  readonly gate: string;
  /** The stage whose blocks have no shortcut, also where shapes allow one; null where all have it. */
  readonly withoutShortcut: number | null;
  /** Whether borders are counted as TensorFlow does, with its epsilon. */
  readonly tensorFlow: boolean;
}

type Family = Omit<TimmPlan, 'tensorFlow'>;

const STAGES_7 = [1, 2, 2, 2, 1, 2, 1];
const plain = (name: string, activation: string, strides: readonly number[] = STAGES_7): Family => ({
  name,
  strides,
  activation,
  early: activation,
  activationFrom: 0,
  inner: null,
  gate: 'sigmoid',
  withoutShortcut: null,
});

/** Where each family's weights may be TensorFlow's: timm's two names for the same tensors. */
const TWO_NAMES: Readonly<Record<string, readonly [string, string]>> = {
  EfficientNet: ['efficientnet_b0', 'tf_efficientnet_b0'],
  EfficientNetV2: ['efficientnetv2_s', 'tf_efficientnetv2_s'],
  'EfficientNet-Lite': ['efficientnet_lite0', 'tf_efficientnet_lite0'],
  'EfficientNet-EdgeTPU': ['efficientnet_es', 'tf_efficientnet_es'],
  'MobileNetV3-Large': ['mobilenetv3_large_100', 'tf_mobilenetv3_large_100'],
  'MobileNetV3-Small': ['mobilenetv3_small_100', 'tf_mobilenetv3_small_100'],
};

/** Those that timm has from TensorFlow alone. */
const TENSORFLOWS = new Set(['EfficientNetV2-B', 'MobileNetV3-Large minimal', 'MobileNetV3-Small minimal']);

/**
 * Which of timm's family a network is. Names and shapes of tensors tell the family; where timm has it twice, from PyTorch and
 * (`tf_…`) from TensorFlow, the network's name must say which.
 * @throws ModelError where neither tells it
 */
export function timmPlan(net: TorchNetwork): TimmPlan {
  const family = net.has('bn2.weight') ? familyWithNormalisedHead(net) : familyWithPlainHead(net);
  return { ...family, tensorFlow: isTensorFlows(net, family.name) };
}

function isTensorFlows(net: TorchNetwork, family: string): boolean {
  const name = net.architecture?.split('.')[0] ?? null;
  if (TENSORFLOWS.has(family)) return true;
  const names = Object.hasOwn(TWO_NAMES, family) ? TWO_NAMES[family] : null;
  // timm took the three that were made smaller over from TensorFlow, too.
  if (name !== null) return name.startsWith('tf_') || /^efficientnet_b\d_pruned/.test(name);
  if (names === null) return false;
  return net.fail(
    `its tensors are those of two networks of timm's, '${names[0]}' and '${names[1]}' (or of both in another size), whose borders ` +
      `and epsilon differ, and nothing in the file says which it is. Say it: loadModel(file, { architecture: '${names[1]}' }). ` +
      `Where that is not known: ${exportAdvice()}`,
  );
}

const isStageOf = (net: TorchNetwork, stage: number, layer: string) => net.has(`blocks.${stage}.0.${layer}.weight`);

/** All blocks' paths. */
const blocksOf = (net: TorchNetwork) =>
  net.indices('blocks.').flatMap((s) => net.indices(`blocks.${s}.`).map((b) => `blocks.${s}.${b}`));

const excites = (net: TorchNetwork) => (path: string) => net.has(`${path}.se.conv_reduce.weight`);

/** Pooling, then a convolution without normalisation: MobileNetV3. */
function familyWithPlainHead(net: TorchNetwork): Family {
  const stages = net.indices('blocks.').length;
  const excited = blocksOf(net).filter(excites(net));
  const large = stages === 7 && isStageOf(net, 6, 'conv');
  const small = stages === 6 && isStageOf(net, 5, 'conv') && isStageOf(net, 1, 'conv_pwl');
  // The head of FBNetV3 and of other code's MobileNetV3 has no biases; what is inside their gates differs.
  if ((large || small) && net.has('conv_head.bias')) {
    const name = large ? 'MobileNetV3-Large' : 'MobileNetV3-Small';
    const strides = large ? STAGES_7 : [2, 2, 2, 1, 2, 1];
    const withoutShortcut = stages - 1;
    if (excited.length === 0) return { ...plain(`${name} minimal`, 'relu', strides), withoutShortcut };
    const activations = { activation: 'hardSilu', early: 'relu', inner: 'relu', gate: 'hardSigmoidRelu6' };
    // HardCoReNAS has a wider stem than the published network of its width; it exists once.
    const own = large && net.shape('blocks.0.0.conv_pw.weight')[0] < net.shape('conv_stem.weight')[0];
    return {
      name: own ? 'HardCoReNAS' : name,
      strides,
      ...activations,
      activationFrom: large ? 3 : 2,
      withoutShortcut,
    };
  }
  return net.fail(
    `${stages} stages of blocks and a head without normalisation are no MobileNetV3 that is known here. ${exportAdvice()}`,
  );
}

function familyWithNormalisedHead(net: TorchNetwork): Family {
  const stages = net.indices('blocks.').length;
  const blocks = blocksOf(net);
  const excited = blocks.filter(excites(net));
  if (stages === 6 && isStageOf(net, 1, 'conv_exp')) {
    const strides = [1, 2, 2, 2, 1, 2];
    if (excited.length === 0) return { ...plain('EfficientNet-EdgeTPU', 'relu', strides), withoutShortcut: 0 };
    if (isStageOf(net, 0, 'conv_exp')) return plain('EfficientNetV2 of timm alone', 'swish', strides);
    const narrows = net.shape('blocks.0.0.conv.weight')[0] < net.shape('conv_stem.weight')[0];
    return plain(narrows ? 'EfficientNetV2-B' : 'EfficientNetV2', 'swish', strides);
  }
  if (stages !== 7 || isStageOf(net, 1, 'conv_exp')) {
    return net.fail(
      `expected 7 stages of blocks, as EfficientNet, MobileNetV2 and MnasNet have, got ${stages}. ${exportAdvice()}`,
    );
  }
  if (isStageOf(net, 0, 'conv_pwl')) {
    net.fail(
      `looks like FBNet-C, whose epsilon differs between trained and fresh networks of timm's. ${exportAdvice()}`,
    );
  }
  if (excites(net)('blocks.0.0')) return plain('EfficientNet', 'swish');
  if (excited.length > 0) return plain('MnasNet with squeeze-and-excitation', 'relu');
  const fiveByFive = (path: string) =>
    net.has(`${path}.conv_dw.weight`) && net.shape(`${path}.conv_dw.weight`)[2] === 5;
  if (!blocks.some(fiveByFive)) return plain('MobileNetV2', 'relu6');
  const repeats = net.indices('blocks.').map((stage) => net.indices(`blocks.${stage}.`).length);
  const lite = repeats[6] === 1 && repeats[2] === repeats[1] && repeats[3] === repeats[4] && repeats[5] > repeats[4];
  return lite ? plain('EfficientNet-Lite', 'relu6') : plain('MnasNet', 'relu');
}
