import type { PlannedOperation, PlannedShape } from '../../backend/inference-plan.js';
import * as tf from '../../tf.js';
import type { Bitset } from './bitset.js';
import type { LayerNode } from './layer-graph.js';
import {
  flagsOf,
  type KeptChannels,
  type KeptEnds,
  placesAmong,
  type WeightArray,
  type WeightLayout,
  type WidenedChannels,
} from './weight-layout.js';

/**
 * What surgery knows of a type of layer. Everything but `classNames` is a capability that a type may lack: what needs it then
 * refuses the layer by its name and the capability's. See "Add a layer type" in CONTRIBUTING.md.
 */
export interface LayerType {
  /** The names under which tfjs knows layers of the type, such as 'Conv2D'. */
  readonly classNames: readonly string[];
  /** What the type is to passes that look for layers of a kind. */
  readonly role?: LayerRole;
  /** Whether a layer hands its input on unchanged in evaluation mode (dropout). Default: never. */
  readonly isNeutral?: (node: LayerNode) => boolean;

  /**
   * How channels flow: the identity of every channel of the output's last axis, from those of the inputs. Calls
   * `flow.kernels()` where the layer makes channels that can be selected.
   * @throws ModelError through `flow.fail` when a layer of the type cannot be followed
   */
  readonly channels?: (node: LayerNode, flow: ChannelFlow) => Int32Array;
  /** Which weights belong to a channel, tensor by tensor. Needed by types with weights; kernels come before biases. */
  readonly weights?: (node: LayerNode, weights: readonly WeightArray[]) => readonly WeightLayout[];
  /** In place of slices and zeros by {@link weights}, for weights that do not lie along input channels in rows or columns. */
  readonly ownWeights?: OwnWeights;
  /** The layer that is left of one after channels were cut. Default: the same class with the same configuration. */
  readonly cut?: (node: LayerNode, ends: KeptEnds) => CutLayer;
  /** Whether a channel that comes in as zeros goes out as zeros. Default: no, so that masks are laid on again behind it. */
  readonly keepsZero?: boolean | ((node: LayerNode) => boolean);
  /**
   * Whether a removed channel, whose weights are zero, comes out as zeros whatever came in. Default: where
   * {@link keepsZero}, as it came in.
   */
  readonly makesZero?: (node: LayerNode) => boolean;
  /** Whether one channel's output depends on others' values, so that a removed channel must come in as zeros. */
  readonly needsZeros?: boolean;
  /** Whether a channel that comes in cannot be told from the others in what goes out. Default: {@link needsZeros}. */
  readonly mixesChannels?: boolean;
  /** Whether scale · x + shift of a channel comes out as scale · y + shift. Default: no. */
  readonly passesAffine?: boolean;

  /** One step of inference. Its weights are cut already, and copies: later training is not seen. */
  readonly step?: (context: StepContext) => Step;
  /** The step with a gradient for its inputs only. Default: {@link step}, where tfjs leaves out what nobody asks for. */
  readonly frozenStep?: (context: StepContext) => Step;
  /**
   * The gradients by the inputs of a frozen step without recording it, where that is cheaper or better than tfjs's; undefined
   * for a step that it does not serve. Default: tfjs replays the step.
   */
  readonly inputGradients?: (context: StepContext) => InputGradients | undefined;
  /**
   * The step as a backend's plan of the whole network has it; undefined where plans do not know such a one. Default: never,
   * so that the network's layers are run one by one.
   */
  readonly planned?: (context: PlanContext) => PlannedOperation | PlannedBorder | undefined;
  /** What a step takes in from the layers behind it. Default: nothing. */
  readonly absorbs?: {
    /** Weights of the layer followed by y = scale · x + shift per channel. */
    readonly scale?: (weights: readonly WeightArray[], scaleAndShift: readonly WeightArray[]) => WeightArray[];
    /** ReLU or ReLU6. The step then applies `StepContext.activation`, and the layer's own configured one. */
    readonly activation?: boolean;
    /** An addition, whose other summand is the step's second input. */
    readonly addition?: boolean;
  };
  /** Of a layer that is y = scale · x + shift per channel in evaluation mode: [scale, shift], which its step gets as weights. */
  readonly scaleAndShift?: (node: LayerNode, weights: readonly WeightArray[]) => WeightArray[];
  /** Of an activation layer: which one it is. */
  readonly activation?: (node: LayerNode) => ActivationKind;

  /** Multiply-adds of one image, null where they are not counted (normalisations). Needed by types with weights. */
  readonly multiplyAdds?: (layer: CountedLayer) => number | null;
  /** Which values of an input matter to no output that is alive (spec decompose §2.6 step 2 and 3, §2.7). */
  readonly deadInputs?: (question: DeadInputsQuestion) => Bitset;
}

/** Kinds of layers that passes look for. */
export type LayerRole = 'convolution' | 'dense' | 'activation' | 'normalisation' | 'pooling' | 'addition' | 'product';

/** A capability's name, as errors give it. */
export type Capability = Exclude<keyof LayerType, 'classNames' | 'role'>;

/** What a layer type is told of the channels that come in, and what it can say of them. */
export interface ChannelFlow {
  /** Per input: the identity of each channel of its last axis. */
  readonly inputs: readonly Int32Array[];
  /** Per input: its shape without the batch. */
  readonly inputShapes: readonly (readonly (number | null)[])[];
  /** Channels of the output's last axis. */
  readonly width: number;
  /** New channels, one per kernel of this layer, which can be selected. */
  readonly kernels: () => Int32Array;
  /** New channels that no selection removes unless they are tied to kernels. */
  readonly fresh: (count: number) => Int32Array;
  /** Ties two channels: both are kept or both are removed. */
  readonly tie: (a: number, b: number) => void;
  /** Whether two channels are the same or tied. */
  readonly areTied: (a: number, b: number) => boolean;
  /** Says why channels cannot be removed. Gives them back. */
  readonly protect: (ids: Int32Array, reason: string) => Int32Array;
  /** Refuses the layer. @throws ModelError naming it */
  readonly fail: (what: string) => never;
}

/** A layer after channels were cut: its configuration, and its class where that is another one. */
export interface CutLayer {
  readonly config: tf.serialization.ConfigDict;
  readonly className?: string;
}

/** Slicing and zeroing of weights that only the type itself can do. */
export interface OwnWeights {
  /** The weights of the layer that {@link LayerType.cut} makes. */
  readonly slice: (node: LayerNode, weights: readonly WeightArray[], ends: KeptEnds) => WeightArray[];
  /** The weights at their full shape, with zeros for what belongs to channels that are not kept. */
  readonly zero: (node: LayerNode, weights: readonly WeightArray[], ends: KeptEnds) => WeightArray[];
}

/** Runs a layer with what was folded into it. The tensors it makes are tidied by the caller. */
export type Step = (inputs: tf.Tensor[]) => tf.Tensor;

/**
 * The gradient by every input of a step, from that by its output.
 * @param output what the step made of the inputs
 */
export type InputGradients = (inputs: tf.Tensor[], output: tf.Tensor, dy: tf.Tensor) => tf.Tensor[];

/** What a step is made from. */
export interface StepContext {
  readonly node: LayerNode;
  /** The weights as tensors, cut to the channels that are present; they live as long as the step. */
  readonly weights: readonly tf.Tensor[];
  /** Channels of the first input's and the output's last axis: those kept, and those that are there. */
  readonly input: WidenedChannels;
  readonly output: WidenedChannels;
  /** How many channels are there. */
  readonly inputWidth: number;
  readonly outputWidth: number;
  /** Whether a second input is to be added before the activation, and whether the result may take its place in memory. */
  readonly residual: boolean;
  readonly overwrite: boolean;
  /** To be applied last, by a kernel where there is one. */
  readonly activation: 'linear' | 'relu' | 'relu6';
  /** Whether {@link finish} has nothing left to apply. */
  readonly isWholeActivation: boolean;
  /** Applies, behind {@link activation}, an activation that no kernel has. */
  readonly finish: (y: tf.Tensor) => tf.Tensor;
  /** {@link activation} and {@link finish}, for steps without a kernel that fuses. */
  readonly activate: (y: tf.Tensor) => tf.Tensor;
  /** Keeps a tensor as long as the step. */
  readonly hold: <T extends tf.Tensor>(tensor: tf.Tensor) => T;
}

/** Zeros around a map, rows above and columns left of it, in a plan: convolutions that read it take them in. */
export interface PlannedBorder {
  readonly kind: 'border';
  readonly padding: readonly [number, number];
}

/** What a step of a plan is made from. */
export interface PlanContext extends Pick<StepContext, 'node' | 'input' | 'output'> {
  /** The weights, cut to the channels that are present. */
  readonly weights: readonly WeightArray[];
  /** Of one image, with the channels that are present. */
  readonly inputShape: PlannedShape;
  readonly outputShape: PlannedShape;
  /** How many inputs the step reads. */
  readonly inputCount: number;
}

/** Which activation a layer is. */
export interface ActivationKind {
  /** 'relu' and 'relu6' are fused with the layer before. */
  readonly name: string;
  /** Whether it puts out 0 wherever nothing above 0 comes in, and is a line above. */
  readonly isRelu: boolean;
}

/** A layer whose multiply-adds are counted, with shapes of a batch of one. */
export interface CountedLayer {
  readonly config: tf.serialization.ConfigDict;
  /** Shapes of its weight tensors. */
  readonly weights: readonly (readonly number[])[];
  /** Of its first input. */
  readonly input: readonly number[];
  readonly output: readonly number[];
  /** @throws OptionError when the input has not so many channels */
  readonly requireInputs: (channels: number) => void;
}

/** Positions of a map or vector, without the batch dimension. */
export type MapShape = readonly number[];

/** Asked of a step, backwards from what is dead behind it. */
export interface DeadInputsQuestion {
  readonly node: LayerNode;
  readonly weights: readonly WeightArray[];
  /** Outputs of the step that nothing needs. */
  readonly dead: Bitset;
  /** Which of the step's inputs. */
  readonly input: number;
  readonly shapes: { readonly inputs: readonly MapShape[]; readonly output: MapShape };
  /** Of convolutions: 'perSource' takes every value whose readers are all dead, 'literal' only whole windows of such. */
  readonly rule: 'perSource' | 'literal';
}

/** The layer's own forward pass, for types without weights whose layers work at any number of channels. */
export const ownStep = ({ node }: StepContext): Step => {
  return (inputs) => node.layer.call(inputs.length === 1 ? inputs[0] : inputs, { training: false }) as tf.Tensor;
};

/** Channels that go through one by one. */
export const sameChannels = (_: LayerNode, { inputs }: ChannelFlow): Int32Array => inputs[0];

/** Positions of the kept channels, or all of so many. */
export const channelList = (kept: KeptChannels, width: number): number[] =>
  kept ? [...kept] : Array.from({ length: width }, (_, i) => i);

/** For steps that mix channels: sets to zero those that are there only to fill up a width. */
export function onlyKept({ input, inputWidth, hold }: StepContext): (x: tf.Tensor) => tf.Tensor {
  const places = placesAmong(input);
  if (!places) return (x) => x;
  const flags = hold(tf.tensor1d(Float32Array.from(flagsOf(places, inputWidth))));
  return (x) => tf.mul(x, flags);
}
