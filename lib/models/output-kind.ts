import * as tf from '../tf.js';

const PROBABILITY_ACTIVATIONS = new Set(['softmax', 'sigmoid', 'hardSigmoid', 'hard_sigmoid', 'hardSigmoidRelu6']);
const PASSES_THROUGH = new Set(['Dropout', 'Flatten', 'Reshape']);

/** What a model puts out: 'logits' are any real numbers, 'probabilities' lie between 0 and 1. */
export type OutputKind = 'logits' | 'probabilities';

/**
 * Whether a model's output is already squashed: 'probabilities' when its last layer is a Softmax layer or has a softmax or
 * sigmoid activation, else 'logits'.
 */
export function outputKind(model: tf.LayersModel): OutputKind {
  return PROBABILITY_ACTIVATIONS.has(endActivation(model)) ? 'probabilities' : 'logits';
}

/** Name of the activation that a model's output goes through last; 'linear' for none. */
export function endActivation(model: tf.LayersModel): string {
  let layer = model.outputs[0].sourceLayer;
  let node = model.outputs[0].nodeIndex;
  for (;;) {
    if (layer instanceof tf.LayersModel) return endActivation(layer);
    if (!PASSES_THROUGH.has(layer.getClassName())) break;
    const [before] = layer.inboundNodes[node].inputTensors;
    layer = before.sourceLayer;
    node = before.nodeIndex;
  }
  if (layer.getClassName() === 'Softmax') return 'softmax';
  const activation = layer.getConfig()['activation'];
  if (layer.getClassName() === 'ReLU') return 'relu';
  return typeof activation === 'string' ? activation : 'linear';
}
