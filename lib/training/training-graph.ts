import type { PlannedShape } from '../backend/inference-plan.js';
import type { TrainedOperation } from '../backend/training-plan.js';
import { ModelError } from '../errors.js';
import type { LayerNode } from '../surgery/graph/layer-graph.js';
import type { PlannedBorder } from '../surgery/graph/layer-type.js';
import { planStep, shapeOf } from '../surgery/passes/planned-program.js';
import { type ReadModel, readModel } from '../surgery/trace/read-model.js';
import type * as tf from '../tf.js';
import { usesRunningStatistics } from './frozen-layers.js';

/** A step of training, as layers have it: read and known by the layer that it stands for. */
export interface GraphStep {
  /** The layer whose result it puts out. */
  name: string;
  readonly operation: TrainedOperation | PlannedBorder;
  /** Layers that are read. */
  inputs: readonly string[];
  isRelu: boolean;
  readonly output: PlannedShape;
  /** Kernel and bias, or gamma and beta. */
  readonly weights: readonly (tf.LayerVariable | undefined)[];
  /** The batch norm or dropout that it is. */
  readonly layer?: tf.layers.Layer;
}

/** Layers whose training is what plans of inference say, differentiated. */
const AS_IN_INFERENCE = new Set([
  ...['Conv2D', 'Dense', 'ZeroPadding2D', 'MaxPooling2D', 'AveragePooling2D'],
  ...['GlobalAveragePooling2D', 'Flatten', 'SubsampleChannels'],
]);

/** tf.layers' own fields of the layers that are looked into. */
export interface NormLayer extends tf.layers.Layer {
  readonly axis: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly gamma?: tf.LayerVariable | null;
  readonly beta?: tf.LayerVariable | null;
  readonly movingMean: tf.LayerVariable;
  readonly movingVariance: tf.LayerVariable;
}
export interface DropoutLayer extends tf.layers.Layer {
  readonly rate: number;
  readonly noiseShape?: readonly number[] | null;
  readonly seed?: number;
}

/**
 * A model's training step by step, with ReLUs, and additions of what a batch norm puts out, taken into the step before.
 * @returns undefined where a layer is not known, or something is set that changes what it does
 */
export function trainingGraph(model: tf.LayersModel): { image: LayerNode; steps: GraphStep[] } | undefined {
  const read = readOrNothing(model);
  if (!read) return undefined;
  const uses = new Map<string, number>([[read.output.name, 1]]);
  for (const { inputs } of read.graph) for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  const steps: GraphStep[] = [];
  /** Layers that hand on what they read. */
  const same = new Map<string, string>();
  const source = (name: string): string => same.get(name) ?? name;
  for (const node of read.graph) {
    if (node.inputs.length === 0) continue;
    const inputs = node.inputs.map(source);
    if (handsOn(node)) {
      same.set(node.name, inputs[0]);
      uses.set(inputs[0], uses.get(inputs[0])! - 1 + (uses.get(node.name) ?? 0));
      continue;
    }
    const written = stepsOf(node, inputs, read);
    if (!written) return undefined;
    for (const step of written) if (!merge(step, steps, uses)) steps.push(step);
  }
  return { image: read.image, steps };
}

function readOrNothing(model: tf.LayersModel): ReadModel | undefined {
  try {
    return readModel(model);
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

function handsOn({ className, config, layer }: LayerNode): boolean {
  if (className === 'Activation') return config['activation'] === 'linear';
  if (className !== 'Dropout') return false;
  const { rate } = layer as DropoutLayer;
  return !(rate > 0 && rate < 1);
}

function stepsOf(node: LayerNode, inputs: readonly string[], read: ReadModel): GraphStep[] | undefined {
  const { name, className, config, layer } = node;
  const output = shapeOf(node);
  const isChanged = Object.hasOwn(layer, 'call') && !usesRunningStatistics(layer);
  if (!output || isChanged || config['dataFormat'] === 'channelsFirst') return undefined;
  const one = (operation: TrainedOperation, more: Partial<GraphStep> = {}): GraphStep[] => [
    { name, operation, inputs, isRelu: false, output, weights: [], ...more },
  ];
  if (className === 'BatchNormalization') {
    const { axis, epsilon, gamma, beta } = layer as NormLayer;
    if (axis !== -1 && axis !== node.outputShape.length) return undefined;
    const isFixed = usesRunningStatistics(layer);
    return one({ kind: 'batchNorm', epsilon, isFixed }, { weights: [gamma ?? undefined, beta ?? undefined], layer });
  }
  if (className === 'Dropout') {
    return (layer as DropoutLayer).noiseShape == null ? one({ kind: 'mask' }, { layer }) : undefined;
  }
  if (className === 'Activation')
    return config['activation'] === 'relu' ? one({ kind: 'sum' }, { isRelu: true }) : undefined;
  if (className === 'ReLU') return config['maxValue'] == null ? one({ kind: 'sum' }, { isRelu: true }) : undefined;
  if (className === 'Add') return inputs.length === 2 ? one({ kind: 'sum' }) : undefined;
  if (className === 'Concatenate') return joins(node, inputs, read);
  if (!AS_IN_INFERENCE.has(className)) return undefined;
  const weights = [...layer.weights];
  const activation = (config['activation'] as string | undefined) ?? 'linear';
  if (activation !== 'linear' && activation !== 'relu') return undefined;
  const op = { node, inputs, output: name, weights: read.weights.get(name)!, residual: false, activation };
  const part = planStep(op, read, {}, false);
  if (!part) return undefined;
  const { operation } = part;
  if (operation.kind === 'dense') return one({ kind: 'dense' }, { weights, isRelu: activation === 'relu' });
  if (operation.kind !== 'convolution') return [{ ...one({ kind: 'sum' })[0], operation }];
  // tfjs has no gradient of windows with holes on any backend.
  const hasHoles = operation.window.dilations?.some((dilation) => dilation !== 1);
  if (operation.groups !== 1 || hasHoles) return undefined;
  return one({ kind: 'convolution', window: operation.window }, { weights, isRelu: activation === 'relu' });
}

/** Channels of several maps behind each other, two at a time. */
function joins(
  { name, config, outputShape }: LayerNode,
  inputs: readonly string[],
  { nodes }: ReadModel,
): GraphStep[] | undefined {
  const axis = config['axis'] as number;
  const shapes = inputs.map((input) => shapeOf(nodes.get(input)!));
  if ((axis !== -1 && axis !== outputShape.length) || inputs.length < 2 || shapes.some((shape) => !shape))
    return undefined;
  let [, , channels] = shapes[0]!;
  let before = inputs[0];
  return inputs.slice(1).map((input, i) => {
    const [height, width, more] = shapes[i + 1]!;
    channels += more;
    const isLast = i === inputs.length - 2;
    const step: GraphStep = {
      name: isLast ? name : `${name}/${i}`,
      operation: { kind: 'join' },
      inputs: [before, input],
      isRelu: false,
      output: [height, width, channels],
      weights: [],
    };
    before = step.name;
    return step;
  });
}

/** Takes an activation, or an addition, into the step that it reads where nothing else reads that. */
function merge(step: GraphStep, steps: GraphStep[], uses: ReadonlyMap<string, number>): boolean {
  if (step.operation.kind !== 'sum') return false;
  const alone = (name: string) => uses.get(name) === 1;
  if (step.inputs.length === 1) {
    const before = steps.find(({ name }) => name === step.inputs[0]);
    const takes = before && ['convolution', 'dense', 'batchNorm', 'sum'].includes(before.operation.kind);
    if (!takes || before.isRelu || !alone(before.name)) return false;
    before.isRelu = true;
    before.name = step.name;
    return true;
  }
  const norm = steps.findLast(
    ({ name, operation, inputs, isRelu }) =>
      operation.kind === 'batchNorm' && step.inputs.includes(name) && inputs.length === 1 && !isRelu && alone(name),
  );
  if (!norm || step.inputs[0] === step.inputs[1]) return false;
  norm.inputs = [...norm.inputs, step.inputs.find((name) => name !== norm.name)!];
  norm.name = step.name;
  // Nothing but the addition reads it, so it can wait for the other summand.
  steps.push(...steps.splice(steps.indexOf(norm), 1));
  return true;
}
