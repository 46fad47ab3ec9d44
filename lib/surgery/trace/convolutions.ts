import { ModelError, OptionError } from '../../errors.js';
import type * as tf from '../../tf.js';
import { readLayerGraph } from '../graph/layer-graph.js';
import { roleOf } from '../layers/table.js';

/**
 * Names of a model's 2-D convolutions, in network order.
 * @param wanted the last one, all, or some by name, which are given back as they are when they are there
 * @throws ModelError when the model has none or cannot be read; OptionError when it has not the named ones
 */
export function convolutionNames(model: tf.LayersModel, wanted: 'last' | 'all' | readonly string[]): string[] {
  const names = readLayerGraph(model)
    .filter((node) => roleOf(node) === 'convolution')
    .map(({ name }) => name);
  if (names.length === 0) throw new ModelError(`Model '${model.name}' has no 2-D convolution.`);
  if (wanted === 'all') return names;
  if (wanted === 'last') return names.slice(-1);
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined || wanted.length === 0) {
    throw new OptionError(
      `layers: expected 'last', 'all' or some of ${names.join(', ')}; got ${unknown === undefined ? 'none' : `'${unknown}'`}.`,
    );
  }
  return [...wanted];
}
