import { type Precision, requirePrecision } from '../../backend/inference-plan.js';
import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import type { Step } from '../graph/layer-type.js';
import type { KeptChannels } from '../graph/weight-layout.js';
import type { ReadModel } from '../trace/read-model.js';
import type { FusedOp } from './fused-program.js';
import { createForestPlan } from './network-plan.js';
import { createRunner, type StepNode } from './runner.js';
import { type ChannelsByLayer, makeStep, stepBytes, type StepOptions } from './step.js';

/** Many cut-outs of one model in one forward pass. Holds weight tensors: dispose it. */
export interface CompiledForest {
  /** How many of the given selections it holds, from the first on. */
  readonly selections: number;
  /** Layer steps of one pass, and what they would be if nothing were shared. */
  readonly steps: { readonly computed: number; readonly unshared: number };
  /**
   * @param x [batch, height, width, channels]
   * @returns per selection [batch, classes]; the caller disposes them
   */
  predict(x: tf.Tensor4D): tf.Tensor2D[];
  dispose(): void;
}

/** By layer: the channels a selection keeps, and those that its maps have, the kept ones among them. */
export interface ForestSelection {
  readonly kept: ChannelsByLayer;
  readonly present: ChannelsByLayer;
}

/** What {@link compileForest} can be told. */
export interface ForestSettings {
  /** Takes selections until their weights fill so many bytes, at least one. */
  readonly maxWeightBytes: number;
  readonly precision: Precision;
}

/** A step that is still given what follows it, by the kept channels that come out of the next step. */
interface GrowingNode extends StepNode {
  readonly next: Map<string, GrowingNode>;
  readonly ends: number[];
  readonly options: StepOptions;
}

/**
 * Puts selections into a prefix tree over the steps of a fused program: two selections part at the first step whose
 * kept or present channels differ. A pass walks the tree depth first and holds one path's maps at a time; where the backend
 * has plans that know every step, it is one plan.
 * @throws OptionError when the precision is not to be had here
 */
export function compileForest(
  read: ReadModel,
  program: readonly FusedOp[],
  selections: Iterable<ForestSelection>,
  { maxWeightBytes, precision }: ForestSettings,
): CompiledForest {
  requirePrecision('precision', precision);
  const runner = createRunner(read, program, [read.output.name]);
  const held: tf.Tensor[] = [];
  const roots = new Map<string, GrowingNode>();
  let bytes = 0;
  let count = 0;
  let computed = 0;
  for (const { kept, present } of selections) {
    if (count > 0 && bytes >= maxWeightBytes) break;
    let level = roots;
    let node: GrowingNode | undefined;
    for (const op of program) {
      // Both: of a group that spans several layers this one may not show all units, which decide what is present.
      const key = [kept, present].map((channels) => keyOf(channels.get(op.output)!)).join('|');
      node = level.get(key);
      if (!node) {
        const options = { kept, present };
        let step: Step | undefined;
        const run: Step = (inputs) => (step ??= makeStep(op, read, held, options))(inputs);
        level.set(key, (node = { run, options, next: new Map(), ends: [] }));
        bytes += stepBytes(op, read, options);
        computed++;
      }
      level = node.next;
    }
    node?.ends.push(count++);
  }

  const plan = createForestPlan(read, runner, roots, precision);
  let disposed = false;
  return {
    selections: count,
    steps: { computed, unshared: count * program.length },
    predict(x) {
      if (disposed) throw new ModelError('This compiled model has been disposed.');
      return tf.tidy(() => {
        runner.requireImages(x);
        const planned = plan?.run(x);
        if (planned) return planned as tf.Tensor2D[];
        const results: tf.Tensor2D[] = [];
        runner.run(x, roots, (run, [output]) => (results[run] = output.clone() as tf.Tensor2D));
        return results;
      });
    },
    dispose() {
      disposed = true;
      plan?.dispose();
      tf.dispose(held);
    },
  };
}

const keyOf = (channels: KeptChannels): string => channels?.join() ?? 'all';
