import type { ComposedModules } from '../compose/composed-model.js';
import type { Normalisation } from '../datasets/dataset.js';
import { ModelError } from '../errors.js';
import { outputKind } from '../models/output-kind.js';
import type { PatchedModel } from '../patch/patch.js';
import { readLayerGraph } from '../surgery/graph/layer-graph.js';
import type { Module } from '../surgery/modules/module.js';
import * as tf from '../tf.js';

/** Anything that can be written as one network. */
export type Exportable = tf.LayersModel | Module | ComposedModules | PatchedModel;

/**
 * A module, a composition of modules or a patched model as one layers model with copies of the weights: its `predict` in one
 * graph, for programs that know nothing of modules.
 * @param source a composition by `composeModules`, a patched model by `patch`, or a module
 * @returns a new model that the caller disposes; a layers model is given back as it is
 * @throws ModelError for parts that are no layers: modules of nodes, and learned calibrations of modules that put out a probability
 * @example
 * const patched = await patch(weak, modules['circle'], { classNames: test.classNames, calibrationImages: validation });
 * const model = asOneModel(patched); // one layers model
 * model.dispose();
 */
export function asOneModel(source: Exportable): tf.LayersModel {
  if (source instanceof tf.LayersModel) return source;
  if ('calibration' in source) return patchedGraph(source);
  if ('modules' in source) return composedGraph(source.modules);
  const image = imageOf(source.inputShape);
  return tf.model({ inputs: image, outputs: moduleScore(source, image, 'module'), name: 'module' });
}

const apply = (layer: tf.layers.Layer, x: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
  layer.apply(x) as tf.SymbolicTensor;

const imageOf = (shape: readonly (number | null)[]) => tf.input({ shape: [...shape], name: 'input' });

/** A copy of a model's layers on another input; their names get a prefix. */
function copyOnto(model: tf.LayersModel, input: tf.SymbolicTensor, prefix: string): tf.SymbolicTensor {
  const outputs = new Map<string, tf.SymbolicTensor>();
  let last = input;
  for (const { name, layer, config, inputs } of readLayerGraph(model)) {
    if (inputs.length === 0) {
      outputs.set(name, input);
      continue;
    }
    const layerClass = layer.constructor as tf.serialization.SerializableConstructor<tf.layers.Layer>;
    const copy = layerClass.fromConfig(layerClass, { ...config, name: `${prefix}.${name}` });
    copy.setFastWeightInitDuringBuild(true);
    const sources = inputs.map((from) => outputs.get(from)!);
    last = apply(copy, sources.length === 1 ? sources[0] : sources);
    if (layer.weights.length > 0) copy.setWeights(layer.getWeights());
    outputs.set(name, last);
  }
  return last;
}

/** A dense layer of given numbers, row-major [inputs, outputs]. */
function fixedDense(
  name: string,
  x: tf.SymbolicTensor,
  rows: readonly (readonly number[])[],
  bias?: readonly number[],
) {
  const layer = tf.layers.dense({
    units: rows[0].length,
    useBias: bias !== undefined,
    kernelInitializer: 'zeros',
    trainable: false,
    name,
  });
  const y = apply(layer, x);
  tf.tidy(() =>
    layer.setWeights([tf.tensor2d(rows.map((row) => [...row])), ...(bias ? [tf.tensor1d([...bias])] : [])]),
  );
  return y;
}

/** [batch, 1]: the head's score, or the target class's logit. */
function moduleScore(module: Module, image: tf.SymbolicTensor, prefix: string): tf.SymbolicTensor {
  if (!module.layers) {
    throw new ModelError(
      `The module of '${module.targetClass}' is one of ${module.kind}, whose score is not made by layers; only such modules can be ` +
        'written into one graph.',
    );
  }
  const { model, head } = module.layers;
  const logits = copyOnto(model, image, prefix);
  if (head) return copyOnto(head, logits, `${prefix}.head`);
  const classes = logits.shape[1]!;
  const column = Array.from({ length: classes }, (_, c) => [c === module.classIndex ? 1 : 0]);
  return fixedDense(`${prefix}.score`, logits, column);
}

function composedGraph(modules: readonly Module[]): tf.LayersModel {
  const image = imageOf(modules[0].inputShape);
  const scores = modules.map((module, i) => moduleScore(module, image, `module${i}`));
  const output = scores.length === 1 ? scores[0] : apply(tf.layers.concatenate({ name: 'scores' }), scores);
  return tf.model({ inputs: image, outputs: output, name: 'composed' });
}

function patchedGraph({ parts, calibration, classNames, targetClass }: PatchedModel): tf.LayersModel {
  const { weak, module, normalisations } = parts;
  const image = imageOf(weak.inputs[0].shape.slice(1));
  const target = classNames.indexOf(targetClass);
  const weakOutput = copyOnto(weak, image, 'weak');
  const moduleImage = normalisations ? renormalised(image, normalisations.weak, normalisations.module) : image;
  const score = moduleScore(module, moduleImage, 'module');
  const weakKind = outputKind(weak);
  const activation = (name: string, x: tf.SymbolicTensor, kind: 'softmax' | 'sigmoid') =>
    apply(tf.layers.activation({ activation: kind, name }), x);
  const output = (() => {
    if (calibration.rule === 'learned') {
      if (weakKind !== 'logits' || module.scoreKind === 'probability') {
        throw new ModelError(
          'The learned calibration takes logits of both; here one puts out probabilities and cannot be written as layers.',
        );
      }
      const { temperature, own, offset, mean, std } = calibration;
      const rows = classNames.map((_, from) =>
        classNames.map((__, to) => (from === to ? (to === target ? own : temperature) : 0)),
      );
      const factor = calibration.module / std;
      const bias = classNames.map((_, to) => (to === target ? offset - mean * factor : 0));
      const column = [classNames.map((_, to) => (to === target ? factor : 0))];
      const sum = [fixedDense('patch.weak', weakOutput, rows), fixedDense('patch.module', score, column, bias)];
      return activation('patch.softmax', apply(tf.layers.add({ name: 'patch.add' }), sum), 'softmax');
    }
    const p = weakKind === 'logits' ? activation('weak.softmax', weakOutput, 'softmax') : weakOutput;
    const others = classNames.map((_, from) => classNames.map((__, to) => (from === to && to !== target ? 1 : 0)));
    const place = (x: tf.SymbolicTensor, factor: number, shift: number) =>
      fixedDense(
        'patch.module',
        x,
        [classNames.map((_, to) => (to === target ? factor : 0))],
        classNames.map((_, to) => (to === target ? shift : 0)),
      );
    const replaced =
      calibration.rule === 'sigmoid'
        ? place(module.scoreKind === 'probability' ? score : activation('module.sigmoid', score, 'sigmoid'), 1, 0)
        : place(
            score,
            1 / (calibration.high - calibration.low),
            -calibration.low / (calibration.high - calibration.low),
          );
    return apply(tf.layers.add({ name: 'patch.add' }), [fixedDense('patch.weak', p, others), replaced]);
  })();
  return tf.model({ inputs: image, outputs: output, name: 'patched' });
}

/** x · factor + shift per channel, as a batch normalisation of mean 0 and variance 1. */
function renormalised(image: tf.SymbolicTensor, from: Normalisation, to: Normalisation): tf.SymbolicTensor {
  const layer = tf.layers.batchNormalization({ epsilon: 0, trainable: false, name: 'module.normalise' });
  const y = apply(layer, image);
  tf.tidy(() => {
    const factor = from.std.map((std, c) => std / to.std[c]);
    const shift = from.mean.map((mean, c) => (mean - to.mean[c]) / to.std[c]);
    layer.setWeights([tf.tensor1d(factor), tf.tensor1d(shift), tf.zeros([factor.length]), tf.ones([factor.length])]);
  });
  return y;
}
