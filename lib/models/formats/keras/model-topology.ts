import '../../subsample-channels.js';
import { ModelError } from '../../../errors.js';
import * as tf from '../../../tf.js';
import { isObject } from '../model-file.js';
import { elementCount } from '../named-tensor.js';
import { checkTopologyGraph } from './topology-graph.js';

/**
 * Builds a model from its JSON form (tfjs or Keras 2), with fresh weights.
 * @param file name for messages
 * @param storedWeights how many numbers its weight files hold; a description that asks for many more is refused before memory is
 * @throws ModelError for layers that do not exist here and configurations that make no model
 */
export async function modelFromTopology(
  topology: Record<string, unknown>,
  file: string,
  storedWeights: number,
): Promise<tf.LayersModel> {
  checkTopologyGraph(topology, file);
  const variablesBefore = new Set(Object.keys(tf.engine().state.registeredVariables));
  try {
    return await withBoundedWeights(10 * storedWeights + 10_000_000, () =>
      tf.models.modelFromJSON({ modelTopology: inTfjsTerms(topology) } as Parameters<
        typeof tf.models.modelFromJSON
      >[0]),
    );
  } catch (cause) {
    // The layers built before the failure belong to nobody.
    for (const [name, variable] of Object.entries(tf.engine().state.registeredVariables)) {
      if (!variablesBefore.has(name)) variable.dispose();
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    const unknown = /Unknown (\w+): (\S+)\./.exec(reason);
    throw new ModelError(
      unknown
        ? `${file}: unknown ${unknown[1].toLowerCase()} type '${unknown[2]}'; register its class with tf.serialization.registerClass first.`
        : `${file}: expected the description of a layers model, but no model can be built from it: ${reason}`,
      { cause },
    );
  }
}

/**
 * Runs what makes layers, which happens at once, and stops it before they have more weights than that. Weights start at zero: numbers
 * from the file follow, and drawing random ones for a VGG takes longer than reading it.
 */
function withBoundedWeights<T>(most: number, make: () => T): T {
  interface WeightMaker {
    addWeight: (this: WeightMaker, name: string, shape: number[], ...rest: unknown[]) => unknown;
  }
  const layer = tf.layers.Layer.prototype as unknown as WeightMaker;
  const { addWeight } = layer;
  const zeros = tf.initializers.zeros();
  let total = 0;
  layer.addWeight = function (this: WeightMaker, name, shape, ...rest) {
    total += elementCount(shape);
    if (!(total <= most))
      throw new Error(`its layers ask for more than ${most} weights, e.g. [${shape.join(', ')}] for '${name}'`);
    const [dtype, , ...more] = rest;
    return addWeight.call(this, name, shape, dtype, zeros, ...more);
  };
  try {
    return make();
  } finally {
    layer.addWeight = addWeight;
  }
}

/** Keras 2 writes two things that tfjs reads under another form: regularizers L1 and L2, and BN axes as a list of one. */
function inTfjsTerms(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inTfjsTerms);
  if (!isObject(value)) return value;
  const { class_name: kind, config } = value;
  if ((kind === 'L1' || kind === 'L2') && isObject(config)) {
    return { class_name: 'L1L2', config: { l1: config['l1'] ?? 0, l2: config['l2'] ?? 0 } };
  }
  const copy = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inTfjsTerms(item)]));
  const settings = copy['config'];
  if (
    kind === 'BatchNormalization' &&
    isObject(settings) &&
    Array.isArray(settings['axis']) &&
    settings['axis'].length === 1
  ) {
    settings['axis'] = (settings['axis'] as unknown[])[0];
  }
  return copy;
}
