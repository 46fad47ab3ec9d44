import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { type LayerNode, readLayerGraph } from '../graph/layer-graph.js';
import { roleOf } from '../layers/table.js';

/** How layers behave: `training` lets batch norm use (and update) batch statistics and turns dropout on. */
export interface PassOptions {
  /** Default false. */
  readonly training?: boolean;
}

/** What a network has computed when it comes to the cut. */
export interface CutState {
  /** The layer's map, [batch, height, width, kernels]. */
  readonly map: tf.Tensor4D;
  /** What goes round the layer to later ones (skips, parallel branches), in the order of {@link LayerTail.carriedLayers}. */
  readonly carried: readonly tf.Tensor[];
}

/** A network cut open behind one convolution. Holds no tensors of its own; the model's current weights are used. */
export interface LayerTail {
  readonly layer: string;
  /** [height, width, kernels]; null where the model leaves a size open. */
  readonly mapShape: readonly (number | null)[];
  /** Layers in front of the cut whose outputs are read behind it, beside the layer itself. */
  readonly carriedLayers: readonly string[];
  /** Layers behind the cut, inputs before their readers; the last one is the model's output. */
  readonly tailLayers: readonly string[];
  /**
   * Everything up to the cut. In training mode batch norms in front of the cut update their moving statistics.
   * @param x [batch, height, width, channels]
   * @returns tensors of the caller
   */
  untilLayer: (x: tf.Tensor4D, options?: PassOptions) => CutState;
  /**
   * The model's output as a function of the map at the cut; differentiable in the map, in what is carried and in the
   * variables of the layers behind the cut. In training mode batch norms behind the cut update their moving statistics
   * at every call.
   * @param carried as {@link untilLayer} gave it for the same images
   * @returns [batch, classes]
   */
  fromLayer: (map: tf.Tensor4D, carried: readonly tf.Tensor[], options?: PassOptions) => tf.Tensor2D;
}

type ActivatedLayer = tf.layers.Layer & { activation: { apply: (x: tf.Tensor) => tf.Tensor; getClassName(): string } };

/**
 * Cuts a model behind one of its convolutions. The map at the cut is what the convolution itself puts out, its bias
 * added, before batch norm and activation (spec doctor §2.2, Q12); an activation that is fused into the layer belongs to
 * the tail. `fromLayer(untilLayer(x))` is the model's output.
 * @param layer name of a 2-D convolution
 * @throws ModelError when the model has no such layer, it is of another kind or has its channels first, the model's
 *   output is not [batch, classes], or the model is nested or shares layers
 */
export function cutAtLayer(model: tf.LayersModel, layer: string): LayerTail {
  const graph = readLayerGraph(model);
  const cut = requireConvolution(model, graph, layer);
  const output = graph[graph.length - 1];
  if (output.outputShape.length !== 1) {
    throw new ModelError(
      `Model '${model.name}': expected an output of [batch, classes], got [batch, ${output.outputShape.join(', ')}].`,
    );
  }

  const behind = new Set<string>();
  for (const { name, inputs } of graph) {
    if (inputs.some((input) => input === layer || behind.has(input))) behind.add(name);
  }
  const front = graph.filter(({ name }) => name !== layer && !behind.has(name));
  const tail = graph.filter(({ name }) => behind.has(name));
  const readBehind = new Set(tail.flatMap(({ inputs }) => inputs));
  const carriedLayers = front.map(({ name }) => name).filter((name) => readBehind.has(name));
  const image = graph.find(({ inputs }) => inputs.length === 0)!.name;
  const convolution = withoutActivation(cut.layer as ActivatedLayer);
  const { activation } = cut.layer as ActivatedLayer;

  return {
    layer,
    mapShape: cut.outputShape,
    carriedLayers,
    tailLayers: tail.map(({ name }) => name),
    untilLayer: (x, { training = false } = {}) => {
      const [map, ...carried] = tf.tidy(() => {
        const values = new Map<string, tf.Tensor>([[image, x]]);
        run(front, values, training);
        const result = convolution.call(values.get(cut.inputs[0])!, { training }) as tf.Tensor;
        // An image that is itself read behind the cut stays the caller's: hand out another tensor of it.
        return [result, ...carriedLayers.map((name) => (name === image ? tf.clone(x) : values.get(name)!))];
      });
      return { map: map as tf.Tensor4D, carried };
    },
    fromLayer: (map, carried, { training = false } = {}) => {
      if (carried.length !== carriedLayers.length) {
        throw new ModelError(
          `fromLayer('${layer}'): expected ${carriedLayers.length} carried tensors (${carriedLayers.join(', ')}), got ` +
            `${carried.length}. Pass on what untilLayer returned.`,
        );
      }
      return tf.tidy(() => {
        const values = new Map(carriedLayers.map((name, i) => [name, carried[i]]));
        values.set(layer, activation === undefined ? map : activation.apply(map));
        run(tail, values, training);
        return values.get(output.name) as tf.Tensor2D;
      });
    },
  };
}

function requireConvolution(model: tf.LayersModel, graph: readonly LayerNode[], layer: string): LayerNode {
  const found = graph.find(({ name }) => name === layer);
  const known = graph.filter((node) => roleOf(node) === 'convolution').map(({ name }) => name);
  const choose = `Its convolutions: ${known.join(', ') || 'none'}.`;
  if (!found) {
    throw new ModelError(`Model '${model.name}' has no layer '${layer}' on the way to its output. ${choose}`);
  }
  if (roleOf(found) !== 'convolution') {
    throw new ModelError(`Layer '${layer}' (${found.className}): expected a 2-D convolution. ${choose}`);
  }
  if (found.config['dataFormat'] === 'channelsFirst') {
    throw new ModelError(`Layer '${layer}' (${found.className}): expected its channels last, they are first.`);
  }
  return found;
}

/** The layer's own convolution with its own weights, its fused activation left out. The layer stays as it is. */
function withoutActivation(layer: ActivatedLayer): tf.layers.Layer {
  const linear = (tf.layers.activation({ activation: 'linear' }) as unknown as ActivatedLayer).activation;
  return Object.create(layer, { activation: { value: linear } }) as tf.layers.Layer;
}

/** Runs layers as the model itself runs them; their outputs join `values`. */
function run(layers: readonly LayerNode[], values: Map<string, tf.Tensor>, training: boolean): void {
  for (const { name, layer, inputs } of layers) {
    if (inputs.length === 0) continue;
    const read = inputs.map((input) => values.get(input)!);
    values.set(name, layer.apply(read.length === 1 ? read[0] : read, { training }) as tf.Tensor);
  }
}
