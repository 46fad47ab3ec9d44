import { ModelError } from '../errors.js';
import * as tf from '../tf.js';
import { type NamedTensors, permuteAxes } from './formats/named-tensor.js';
import { allLayers } from './model-graph.js';

/** Where a model's weight is found in a file that uses other names or another axis order. */
export interface WeightSource {
  tensor: string;
  /** axes[i] is the file's axis that becomes axis i of the weight; [2, 3, 1, 0] for PyTorch convolutions, [1, 0] for its linear layers. */
  axes?: readonly number[];
}

/** What {@link loadWeights} can be told. */
export interface LoadWeightsOptions {
  /** File name for messages. */
  file?: string;
  /** Weight name (`layer/kernel`, `layer/bias`, `layer/moving_mean`, …) → its source. Without it the names must agree. */
  mapping?: Readonly<Record<string, WeightSource>>;
}

/**
 * Copies tensors into a model's weights. Everything is checked before the first weight is written, so a failed call
 * leaves the model as it was.
 * @throws ModelError naming the file, the layers and every tensor that is missing, unexpected, of the wrong shape, not
 * of a floating-point type or not finite
 * @example
 * const resNet = models.resNet20({ weights: 'zeros' });
 * loadWeights(resNet, models.readSafetensors('resnet20.safetensors').tensors);
 */
export function loadWeights(model: tf.LayersModel, tensors: NamedTensors, options: LoadWeightsOptions = {}): void {
  const where = options.file === undefined ? '' : `${options.file}: `;
  const targets = weightTargets(model);
  const sources = options.mapping ?? matchNames([...targets.keys()], tensors);
  const missing: string[] = [];
  const misfits: string[] = [];
  const used = new Set<string>();
  const values = new Map<string, Float32Array>();
  for (const [name, { layer, weight }] of targets) {
    const source: WeightSource = sources[name] ?? { tensor: name };
    const tensor = tensors.get(source.tensor);
    if (!tensor) {
      missing.push(`'${source.tensor}' (layer ${layer})`);
      continue;
    }
    used.add(source.tensor);
    const shape = weight.shape as number[];
    const axes = source.axes ?? shape.map((_, i) => i);
    const expected = axes.reduce<number[]>((sizes, from, to) => ((sizes[from] = shape[to]), sizes), []);
    if (tensor.shape.length !== expected.length || expected.some((n, i) => n !== tensor.shape[i])) {
      misfits.push(
        `'${source.tensor}' (layer ${layer}): expected [${expected.join(', ')}], got [${tensor.shape.join(', ')}]`,
      );
    } else if (!(tensor.values instanceof Float32Array || tensor.values instanceof Float64Array)) {
      misfits.push(`'${source.tensor}' (layer ${layer}): expected floating-point numbers, got ${tensor.dtype}`);
    } else {
      const bad = tensor.values.findIndex((v) => !Number.isFinite(v));
      if (bad >= 0) {
        misfits.push(
          `'${source.tensor}' (layer ${layer}): expected finite numbers, got ${tensor.values[bad]} at position ${bad}`,
        );
      }
      values.set(name, new Float32Array(source.axes ? permuteAxes(tensor.values, tensor.shape, axes) : tensor.values));
    }
  }
  const unexpected = [...tensors.keys()].filter((name) => !used.has(name)).map((name) => `'${name}'`);
  const problems = [
    ...(missing.length ? [`missing tensors: ${some(missing)}`] : []),
    ...(misfits.length ? [`tensors that do not fit: ${some(misfits, '; ')}`] : []),
    ...(unexpected.length ? [`tensors without a place in model ${model.name}: ${some(unexpected)}`] : []),
  ];
  if (problems.length) throw new ModelError(`${where}${problems.join('. ')}.`);
  for (const [name, { weight }] of targets) {
    const tensor = tf.tensor(values.get(name)!, weight.shape as number[], 'float32');
    weight.write(tensor);
    tensor.dispose();
  }
}

/** The model's weights by the name files know them by. */
function weightTargets(model: tf.LayersModel): Map<string, { layer: string; weight: tf.LayerVariable }> {
  const targets = new Map<string, { layer: string; weight: tf.LayerVariable }>();
  for (const layer of allLayers(model)) {
    for (const weight of layer.weights) {
      if (targets.has(weight.originalName)) {
        throw new ModelError(`Model ${model.name}: two weights are called '${weight.originalName}'; rename a layer.`);
      }
      targets.set(weight.originalName, { layer: layer.name, weight });
    }
  }
  return targets;
}

/** Keras may put a cell's name between the layer's and the weight's ('lstm/lstm_cell/kernel'); tfjs does not. */
function matchNames(names: readonly string[], tensors: NamedTensors): Record<string, WeightSource> {
  const wanted = new Set(names);
  const sources: Record<string, WeightSource> = {};
  for (const tensor of tensors.keys()) {
    const parts = tensor.split('/');
    const short = [...parts.slice(0, -2), ...parts.slice(-1)].join('/');
    if (wanted.has(tensor)) sources[tensor] = { tensor };
    else if (wanted.has(short)) sources[short] = { tensor };
  }
  return sources;
}

function some(items: string[], separator = ', '): string {
  const shown = items.slice(0, 5).join(separator);
  return items.length > 5 ? `${shown} and ${items.length - 5} more` : shown;
}
