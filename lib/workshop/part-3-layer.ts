import { placeOf } from '../simplify/trained-range.js';
import { countMacs } from '../surgery/trace/count-macs.js';
import { traceModel } from '../surgery/trace/trace.js';
import { judgeNumber } from './judges/judge-number.js';
import { judgeNumbers } from './judges/judge-numbers.js';
import { type Exercise, quoted, right, wrong } from './judges/verdict.js';
import type { Part3Session } from './part-3-session.js';

/** The layer that exercises 3.1 to 3.3 look at. */
const FIRST_LAYER = 'conv1';

const macs: Exercise<Part3Session> = {
  id: '3.1',
  judge(answer, { data: { strong } }) {
    const value = countMacs(strong).layers.find(({ layer }) => layer === FIRST_LAYER)!.macs;
    const layer = strong.getLayer(FIRST_LAYER);
    const [height, width] = (layer.outputShape as number[]).slice(1);
    const [kernelHeight, kernelWidth, from, to] = layer.getWeights()[0].shape;
    return judgeNumber(answer, {
      value,
      unit: 'number',
      slips: [
        [
          value / (height * width),
          'These are the weights of the layer. Each of them is used at every position of the map.',
        ],
        [value / (kernelHeight * kernelWidth), 'The size of a kernel (3×3) is missing.'],
        [value / from, `One kernel reads all ${from} channels of the map before: that factor is missing.`],
        [value / to, `There are ${to} kernels: that factor is missing.`],
        [2 * value, 'You counted multiplications and additions separately. One multiply-add is one.'],
        [countMacs(strong).total, 'That is the whole network.'],
      ],
      praise: `Right: ${((100 * value) / countMacs(strong).total).toFixed(0)} % of the network’s ${(countMacs(strong).total / 1e6).toFixed(1)} million.`,
    });
  },
  hints: [
    'For one number of the output map: how many weights are multiplied with how many inputs? Then: how many such numbers are there?',
    'height · width · kernel height · kernel width · channels read · kernels.',
  ],
};

const l1: Exercise<Part3Session> = {
  id: '3.2',
  judge(answer, { data: { strong } }) {
    const weight = strong.getLayer(FIRST_LAYER).getWeights()[0];
    const [, , from, to] = weight.shape;
    const values = weight.dataSync<'float32'>();
    const sums = (of: (value: number) => number, index: (i: number) => number, length: number) => {
      const total = new Float64Array(length);
      values.forEach((value, i) => (total[index(i)] += of(value)));
      return total;
    };
    const kernel = (i: number) => i % to;
    const truth = sums(Math.abs, kernel, to);
    const perKernel = values.length / to;
    return judgeNumbers(answer, {
      values: truth,
      per: 'kernel',
      slips: [
        [
          sums(Math.abs, (i) => Math.floor(i / to) % from, from),
          'These are sums for each channel that is _read_, the third axis. Kernels are the last axis.',
        ],
        [
          sums((value) => value, kernel, to),
          'Positive and negative weights cancel out: take the absolute value before the sum.',
        ],
        [
          truth.map((value) => value / perKernel),
          'These are means; the L1 norm is the sum. (The order of the kernels would be the same.)',
        ],
        [sums((value) => value * value, kernel, to), 'These are sums of squares; the L1 norm adds up absolute values.'],
        [
          sums((value) => value * value, kernel, to).map(Math.sqrt),
          'That is the L2 norm; the L1 norm adds up absolute values.',
        ],
      ],
      praise: 'Right. The next cell compares this order with what the kernels do on images.',
    });
  },
  hints: [
    'The weights have the shape [height, width, channels read, kernels]: add up |w| over the first three axes.',
    'With TensorFlow.js: `tf.sum(tf.abs(weights), [0, 1, 2])`, and `.arraySync()` makes a list of it.',
    'With loops: `values[i]` belongs to kernel `i % kernels`.',
  ],
};

/** Layers with weights of their own that a participant names; batch norms follow their convolution. */
const nameable = (name: string) => /^(conv|fc)\d+$/.test(name);

const frozen: Exercise<Part3Session> = {
  id: '3.3',
  judge(answer, { data: { strong } }) {
    if (!Array.isArray(answer) || !answer.every((name) => typeof name === 'string')) {
      return wrong(`Expected a list of layer names, ['fc0', …], got ${quoted(answer)}.`);
    }
    const trace = traceModel(strong);
    const { upToNext, next } = placeOf(
      trace,
      trace.groups.find(({ id }) => id === FIRST_LAYER)!,
    );
    const all = strong.layers.map(({ name }) => name).filter(nameable);
    const truth = all.filter((name) => !upToNext.includes(name));
    const unknown = answer.find((name) => !strong.layers.some((layer) => layer.name === name));
    if (unknown !== undefined)
      return wrong(`The network has no layer '${unknown}'. Convolutions and dense layers are ${all.join(', ')}.`);
    const given = new Set(answer.filter(nameable));
    const is = (names: readonly string[]) => names.length === given.size && names.every((name) => given.has(name));
    if (is(truth))
      return right(`Right: ${upToNext.filter(nameable).join(', ')} learn, the rest waits. The next cell shows it.`);
    if (is(all.filter((name) => !truth.includes(name)))) return wrong('These are the layers that learn. Which do not?');
    if (is([...next, ...truth]))
      return wrong(`${next.join(', ')} reads the simplified map and must get used to it: it learns, too.`);
    const early = upToNext.find((name) => given.has(name));
    if (early) return wrong(`${early} lies on the way up to the layer that reads ${FIRST_LAYER}: it learns.`);
    return wrong(`Some that stay are missing: the list has ${given.size}.`);
  },
  hints: [
    `Which layer reads the map of ${FIRST_LAYER}? Everything from the image up to that one learns.`,
    'Convolutions are numbered in the order of the network, and `fc0` is the last layer of all.',
  ],
};

/** About a single layer. */
export const layerExercises: readonly Exercise<Part3Session>[] = [macs, l1, frozen];
