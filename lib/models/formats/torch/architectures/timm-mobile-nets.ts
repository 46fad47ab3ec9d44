import type { Placed } from '../../channels-first-layers.js';
import type { TorchNetwork } from '../torch-network.js';
import type { TorchArchitecture } from './architecture.js';
import { type TimmPlan, timmPlan } from './timm-plan.js';

function squeezeExcite(net: TorchNetwork, path: string, x: Placed, plan: TimmPlan, inner: string): Placed {
  const narrow = net.conv(`${path}.conv_reduce`, net.squeeze(`${path}.avgpool`, x));
  const wide = net.conv(`${path}.conv_expand`, net.activation(`${path}.act`, narrow, inner));
  return net.gate(`${path}.scale`, x, net.activation(`${path}.gate`, wide, plan.gate));
}

function block(net: TorchNetwork, path: string, x: Placed, stride: number, plan: TimmPlan, stage: number): Placed {
  const activation = stage >= plan.activationFrom ? plan.activation : plan.early;
  const { epsilon, padding } = conventions(plan);
  const convBn = (conv: string, bn: number, from: Placed, by: number, act: string | null): Placed =>
    net.convBn(`${path}.${conv}`, `${path}.bn${bn}`, from, { stride: by, activation: act, epsilon, padding });
  const excited = (y: Placed): Placed =>
    net.has(`${path}.se.conv_reduce.weight`) ? squeezeExcite(net, `${path}.se`, y, plan, plan.inner ?? activation) : y;
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
  const shortcut = stage !== plan.withoutShortcut && stride === 1 && y.shape[2] === x.shape[2];
  return shortcut ? net.add(`${path}.add`, [x, y]) : y;
}

/** Networks that came from TensorFlow count their borders as it does, and have its epsilon. */
const conventions = ({ tensorFlow }: TimmPlan) =>
  tensorFlow ? ({ epsilon: 1e-3, padding: 'same' } as const) : ({ epsilon: 1e-5 } as const);

/**
 * EfficientNet, EfficientNet-v2, EfficientNet-Lite, EfficientNet-EdgeTPU, MobileNetV2, MobileNetV3 and MnasNet under timm's names,
 * of any width and depth.
 */
export const timmMobileNets: TorchArchitecture = {
  name: 'EfficientNet, MobileNet or MnasNet of timm',
  recognises: (net) =>
    net.has('conv_stem.weight') && net.has('conv_head.weight') && net.has('classifier.weight') && net.has('bn1.weight'),
  channels: (net) => net.shape('conv_stem.weight')[1],
  build(net, input) {
    const plan = timmPlan(net);
    const how = conventions(plan);
    net.assumed.add(
      `${plan.name}: strides ${plan.strides.slice(0, net.indices('blocks.').length).join(', ')} at the stages' first blocks, ` +
        `${plan.activation}, batch normalisation with epsilon ${how.epsilon}, borders as ${plan.tensorFlow ? 'TensorFlow' : 'PyTorch'} has them`,
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
