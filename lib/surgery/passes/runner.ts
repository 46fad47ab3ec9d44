import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import type { LayerNode } from '../graph/layer-graph.js';
import type { Step } from '../graph/layer-type.js';
import type { ReadModel } from '../trace/read-model.js';
import { evaluationSource, type FusedOp } from './fused-program.js';

/** A step as some of several runs take it. What leads to it is the same for all of them. */
export interface StepNode {
  readonly run: Step;
  /** What comes next, in which runs part. */
  readonly next: ReadonlyMap<string, StepNode>;
  /** Numbers of the runs that end here. */
  readonly ends: readonly number[];
}

/** What is done beside a run's steps. The tensors given back belong to the run. */
export interface RunHook {
  /** What a step reads, in place of what it would read. */
  readonly inputs?: (op: FusedOp, values: tf.Tensor[]) => tf.Tensor[];
  /** Sees what a step put out, and may give another value to go on with. */
  readonly output?: (op: FusedOp, value: tf.Tensor, inputs: readonly tf.Tensor[]) => tf.Tensor | void;
}

/** A fused program with the order in which its values come and go. */
export interface Runner {
  readonly program: readonly FusedOp[];
  /** By step, what it reads: value 0 is the image, value i + 1 what step i puts out. */
  readonly inputs: readonly (readonly number[])[];
  /** The values that are wanted. */
  readonly wanted: readonly number[];
  /** @throws ModelError when images do not have the model's input shape */
  requireImages(x: tf.Tensor4D): void;
  /** Whether the second input of a step is read by nothing later, and not wanted either. */
  canOverwrite(step: number): boolean;
  /** Runs one after the other, without parting. */
  chain(steps: readonly Step[]): ReadonlyMap<string, StepNode>;
  /**
   * Walks the steps depth first and holds one path's values at a time. To be called within `tf.tidy`.
   * @param x [batch, height, width, channels]
   * @param end is given the wanted layers' values, in the order of `wanted`, of the run that ended; they are freed behind it
   */
  run(
    x: tf.Tensor4D,
    steps: ReadonlyMap<string, StepNode>,
    end: (run: number, wanted: readonly tf.Tensor[]) => void,
    hook?: RunHook,
  ): void;
}

/**
 * Prepares runs of a fused program.
 * @param wanted layers whose values are wanted
 * @param differentiable whether values stay until the end, as gradients ask for them. Default false: each is freed after its
 *   last use
 */
export function createRunner(
  { nodes, image }: ReadModel,
  program: readonly FusedOp[],
  wanted: readonly string[],
  differentiable = false,
): Runner {
  // Value 0 is the image, value i + 1 what step i puts out.
  const slots = new Map([[image.name, 0]]);
  program.forEach((op, i) => slots.set(op.output, i + 1));
  const wantedSlots = wanted.map((layer) => slots.get(evaluationSource(nodes, layer))!);
  const inputsOf = program.map((op) => op.inputs.map((input) => slots.get(input)!));
  const lastUse = new Map<number, number>();
  inputsOf.forEach((inputs, i) => inputs.forEach((slot) => lastUse.set(slot, i)));
  for (const slot of [0, ...wantedSlots]) lastUse.delete(slot);
  const freedAt = program.map((_, i) => [...lastUse].filter(([, at]) => at === i).map(([slot]) => slot));

  return {
    program,
    inputs: inputsOf,
    wanted: wantedSlots,
    requireImages: (x) => requireImages(x, image),
    canOverwrite: (step) => {
      const [input, other] = inputsOf[step];
      return input !== other && lastUse.get(other) === step;
    },
    chain: (steps) =>
      steps.reduceRight<ReadonlyMap<string, StepNode>>(
        (next, run) => new Map([['', { run, next, ends: next.size === 0 ? [0] : [] }]]),
        new Map(),
      ),
    run(x, steps, end, hook = {}) {
      requireImages(x, image);
      const values: tf.Tensor[] = [x];
      if (steps.size === 0)
        end(
          0,
          wantedSlots.map((slot) => values[slot]),
        ); // nothing but layers that do nothing
      /** @param shared highest value that nodes still to be visited may read */
      const visit = (level: ReadonlyMap<string, StepNode>, step: number, shared: number): void => {
        const from = level.size > 1 ? step : shared;
        const slot = step + 1;
        for (const { run, next, ends } of level.values()) {
          const op = program[step];
          const read = inputsOf[step].map((input) => values[input]);
          const inputs = hook.inputs ? hook.inputs(op, read) : read;
          let value = run(inputs);
          const other = hook.output?.(op, value, inputs);
          if (other && other !== value) {
            if (!differentiable) value.dispose();
            value = other;
          }
          values[slot] = value;
          if (!differentiable) for (const unused of freedAt[step]) if (unused > from) values[unused].dispose();
          for (const run of ends)
            end(
              run,
              wantedSlots.map((wantedSlot) => values[wantedSlot]),
            );
          if (next.size > 0) visit(next, step + 1, from);
          if (!differentiable && !values[slot].isDisposed) values[slot].dispose();
        }
      };
      visit(steps, 0, 0);
    },
  };
}

/** @throws ModelError when images do not have the model's input shape */
function requireImages(x: tf.Tensor4D, image: LayerNode): void {
  const expected = image.outputShape;
  if (x.rank !== 4 || expected.some((size, i) => size !== null && size !== x.shape[i + 1])) {
    throw new ModelError(`Expected images [batch, ${expected.join(', ')}], got [${x.shape.join(', ')}].`);
  }
}
