import { normaliseLayer } from '../../../models/layers/layer-normalization.js';
import { hasBit } from '../../graph/bitset.js';
import { deadWhere } from '../../graph/dead-inputs.js';
import { type LayerType, onlyKept } from '../../graph/layer-type.js';
import { VECTOR } from '../../graph/weight-layout.js';

/**
 * Layer normalisation over the channels of every position (ConvNeXt). Channels that were removed still count, as the zeros that
 * they are where they are masked.
 */
export const layerNormalization: LayerType = {
  classNames: ['LayerNormalization', 'CutLayerNormalization'],
  role: 'normalisation',
  channels(node, flow) {
    const axes = [node.config['axis'] as number | number[]].flat();
    const last = node.outputShape.length;
    if (axes.length !== 1 || (axes[0] !== -1 && axes[0] !== last)) {
      flow.fail(`normalises the axes ${axes.join(', ')}, expected the last one alone.`);
    }
    return flow.inputs[0];
  },
  weights: (_, weights) => weights.map(() => VECTOR),
  cut: ({ config, outputShape }, { output }) =>
    output
      ? {
          className: 'CutLayerNormalization',
          config: { ...config, axis: -1, channels: config['channels'] ?? outputShape.at(-1)! },
        }
      : { config },
  makesZero: ({ config }) => config['scale'] === true,
  needsZeros: true,
  step(context) {
    const { config, outputShape } = context.node;
    const [gamma, beta] = config['scale'] ? context.weights : [null, ...context.weights];
    const settings = {
      epsilon: config['epsilon'] as number,
      channels: (config['channels'] as number | undefined) ?? outputShape.at(-1)!,
    };
    const kept = onlyKept(context);
    return ([x]) => normaliseLayer(kept(x), { ...settings, axis: [x.rank - 1] }, gamma, beta ?? null);
  },
  multiplyAdds: () => null,
  /** Every channel of a position is in all others. */
  deadInputs(question) {
    const channels = question.shapes.output.at(-1)!;
    return deadWhere(question, (i) => {
      const first = i - (i % channels);
      for (let c = 0; c < channels; c++) if (!hasBit(question.dead, first + c)) return false;
      return true;
    });
  },
};
