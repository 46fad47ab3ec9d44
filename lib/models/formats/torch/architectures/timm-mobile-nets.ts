import type { Placed } from '../../channels-first-layers.js';
import type { TorchNetwork } from '../torch-network.js';
import type { TorchArchitecture } from './architecture.js';

/** What a network of timm's family has by its name or its widths, and not by the shapes of its weights. */
interface Plan {
  readonly name: string;
  /** Strides of the stages' first blocks. */
  readonly strides: readonly number[];
  readonly activation: string;
  /** The activation of stages that come before `activationFrom`, and inside of squeeze-and-excitation. */
  readonly early: string;
  readonly activationFrom: number;
  readonly gate: string;
}

const STAGES_7 = [1, 2, 2, 2, 1, 2, 1];
const plain = (name: string, activation: string, strides = STAGES_7): Plan => ({
  name,
  strides,
  activation,
  early: activation,
  activationFrom: 0,
  gate: 'sigmoid',
});
const V3 = { activation: 'hardSilu', early: 'relu', gate: 'hardSigmoidRelu6' };

const isStageOf = (net: TorchNetwork, stage: number, layer: string) => net.has(`blocks.${stage}.0.${layer}.weight`);

/** Which of the family it is. @throws ModelError where neither names nor shapes tell it */
function planOf(net: TorchNetwork): Plan {
  const stages = net.indices('blocks.').length;
  const all = net.indices('blocks.').flatMap((s) => net.indices(`blocks.${s}.`).map((b) => `blocks.${s}.${b}`));
  const excites = (path: string) => net.has(`${path}.se.conv_reduce.weight`);
  const fiveByFive = all.some(
    (path) => net.has(`${path}.conv_dw.weight`) && net.shape(`${path}.conv_dw.weight`)[2] === 5,
  );
  if (!net.has('bn2.weight')) {
    if (stages === 7 && isStageOf(net, 6, 'conv') && !excites('blocks.0.0')) {
      return { name: 'MobileNetV3-Large', strides: STAGES_7, ...V3, activationFrom: 3 };
    }
    if (stages === 6 && isStageOf(net, 5, 'conv') && excites('blocks.0.0') && isStageOf(net, 1, 'conv_pwl')) {
      return { name: 'MobileNetV3-Small', strides: [2, 2, 2, 1, 2, 1], ...V3, activationFrom: 2 };
    }
    return net.fail(
      `${stages} stages of blocks and a head without normalisation are no MobileNetV3 that is known here.`,
    );
  }
  if (isStageOf(net, 1, 'conv_exp')) return plain('EfficientNetV2', 'swish', [1, 2, 2, 2, 1, 2, 1]);
  if (stages !== 7)
    return net.fail(`expected 7 stages of blocks, as EfficientNet, MobileNetV2 and MnasNet have, got ${stages}.`);
  if (excites('blocks.0.0')) return plain('EfficientNet', 'swish');
  if (all.some(excites)) return { ...plain('MnasNet with squeeze-and-excitation', 'relu') };
  if (!fiveByFive) return plain('MobileNetV2', 'relu6');
  const repeats = net.indices('blocks.').map((stage) => net.indices(`blocks.${stage}.`).length);
  const lite = repeats[6] === 1 && repeats[2] === repeats[1] && repeats[3] === repeats[4] && repeats[5] > repeats[4];
  return lite ? plain('EfficientNet-Lite', 'relu6') : plain('MnasNet', 'relu');
}

function squeezeExcite(net: TorchNetwork, path: string, x: Placed, plan: Plan, inner: string): Placed {
  const narrow = net.conv(`${path}.conv_reduce`, net.squeeze(`${path}.avgpool`, x));
  const wide = net.conv(`${path}.conv_expand`, net.activation(`${path}.act`, narrow, inner));
  return net.gate(`${path}.scale`, x, net.activation(`${path}.gate`, wide, plan.gate));
}

function block(net: TorchNetwork, path: string, x: Placed, stride: number, plan: Plan, stage: number): Placed {
  const activation = stage >= plan.activationFrom ? plan.activation : plan.early;
  const { epsilon, padding } = conventions(net);
  const convBn = (conv: string, bn: number, from: Placed, by: number, act: string | null): Placed =>
    net.convBn(`${path}.${conv}`, `${path}.bn${bn}`, from, { stride: by, activation: act, epsilon, padding });
  const excited = (y: Placed): Placed =>
    net.has(`${path}.se.conv_reduce.weight`)
      ? squeezeExcite(net, `${path}.se`, y, plan, plan.gate === 'sigmoid' ? plan.activation : plan.early)
      : y;
  const has = (layer: string) => net.has(`${path}.${layer}.weight`);
  let y: Placed;
  if (has('conv_exp')) {
    y = convBn('conv_pwl', 2, excited(convBn('conv_exp', 1, x, stride, activation)), 1, null);
  } else if (has('conv_pwl')) {
    y = convBn('conv_dw', 2, convBn('conv_pw', 1, x, 1, activation), stride, activation);
    y = convBn('conv_pwl', 3, excited(y), 1, null);
  } else if (has('conv_dw')) {
    y = convBn('conv_pw', 2, excited(convBn('conv_dw', 1, x, stride, activation)), 1, null);
  } else if (has('conv')) {
    y = convBn('conv', 1, x, stride, activation);
  } else return net.fail(`'${path}' is no block that is known here.`);
  return stride === 1 && y.shape[2] === x.shape[2] ? net.add(`${path}.add`, [x, y]) : y;
}

/** Networks that came from TensorFlow count their borders as it does, and have its epsilon. */
const conventions = ({ architecture }: TorchNetwork) =>
  architecture?.startsWith('tf_') ? ({ epsilon: 1e-3, padding: 'same' } as const) : ({ epsilon: 1e-5 } as const);

/**
 * EfficientNet, EfficientNet-v2, EfficientNet-Lite, MobileNetV2, MobileNetV3 and MnasNet under timm's names, of any width and
 * depth. The name in a `config.json` beside the weights, or the file's, says whether borders and epsilon are TensorFlow's (`tf_…`).
 */
export const timmMobileNets: TorchArchitecture = {
  name: 'EfficientNet, MobileNet or MnasNet of timm',
  recognises: (net) =>
    net.has('conv_stem.weight') && net.has('conv_head.weight') && net.has('classifier.weight') && net.has('bn1.weight'),
  channels: (net) => net.shape('conv_stem.weight')[1],
  build(net, input) {
    const plan = planOf(net);
    const how = conventions(net);
    net.assumed.add(
      `${plan.name}: strides ${plan.strides.slice(0, net.indices('blocks.').length).join(', ')} at the stages' first blocks, ` +
        `${plan.activation}, batch normalisation with epsilon ${how.epsilon}` +
        (net.architecture === null
          ? ", borders as PyTorch has them (timm's tf_… networks: say so in the file's name)"
          : ''),
    );
    const { activation } = plan;
    let x = net.convBn('conv_stem', 'bn1', input, { stride: 2, activation, ...how });
    for (const stage of net.indices('blocks.')) {
      for (const index of net.indices(`blocks.${stage}.`)) {
        const stride = index === 0 ? (plan.strides[stage] ?? 1) : 1;
        x = block(net, `blocks.${stage}.${index}`, x, stride, plan, stage);
      }
    }
    if (net.has('bn2.weight')) {
      return net.linear('classifier', net.globalPool(net.convBn('conv_head', 'bn2', x, { activation, ...how })));
    }
    const head = net.activation('act2', net.conv('conv_head', net.squeeze('global_pool', x)), activation);
    return net.linear('classifier', net.globalPool(head, 'flatten'));
  },
};
