import {
  createInferencePlan,
  type InferencePlan,
  type PlanSettings,
  type Precision,
  runsPlans,
} from '../../backend/inference-plan.js';
import { OptionError } from '../../errors.js';
import * as tf from '../../tf.js';
import type { ReadModel } from '../trace/read-model.js';
import type { FusedOp } from './fused-program.js';
import { PlanWriter } from './plan-writer.js';
import { planStep, shapeOf, tensorShape } from './planned-program.js';
import type { Runner } from './runner.js';
import { channelsOf, finishOf, type StepOptions } from './step.js';

/** A step of a tree of runs, with the channels that it reads and puts out. */
export interface PlannedNode {
  readonly options: StepOptions;
  readonly next: ReadonlyMap<string, PlannedNode>;
  /** Numbers of the runs that end here. */
  readonly ends: readonly number[];
}

/** A value that a plan puts out: its number, the shape of one image's, and what remains to be applied to it. */
interface PlannedOutput {
  readonly value: number;
  readonly shape: readonly number[];
  readonly isLast: boolean;
}

type PlannedProgram = Pick<Runner, 'program' | 'inputs' | 'wanted'>;

/**
 * A fused program as one plan of the present backend.
 * @param runner of the program, which says what is wanted
 * @returns undefined where the backend has no plans, or none of one of the steps
 * @throws OptionError when another precision than float32 is asked for and a step cannot be planned
 */
export function createNetworkPlan(
  read: ReadModel,
  runner: PlannedProgram,
  options: StepOptions,
  precision: Precision,
): InferencePlan | undefined {
  if (!runsPlans()) return undefined;
  const writer = new PlanWriter();
  const values = [0];
  for (const step of runner.program.keys()) {
    const value = write(writer, read, runner, { step, values, options });
    if (value === undefined) return refuse(runner.program[step], precision);
    values.push(value);
  }
  const outputs = runner.wanted.map((slot) => outputOf(read, runner, { slot, values, options }));
  if (outputs.some(({ value }) => value < 1)) {
    if (precision === 'f32') return undefined;
    throw new OptionError(`precision: the model puts out its images, which are not computed in ${precision}.`);
  }
  return finishedPlan(read, runner, writer, outputs, { precision, isBrief: false });
}

/**
 * Many runs of a fused program as one plan, which computes once what they have in common. Its values are one per run.
 * @param roots the first steps
 * @returns and @throws as {@link createNetworkPlan}
 */
export function createForestPlan(
  read: ReadModel,
  runner: PlannedProgram,
  roots: ReadonlyMap<string, PlannedNode>,
  precision: Precision,
): InferencePlan | undefined {
  if (!runsPlans() || roots.size === 0) return undefined;
  const writer = new PlanWriter();
  const outputs: PlannedOutput[] = [];
  const values = [0];
  /** The number of a step that cannot be planned. */
  const visit = (level: ReadonlyMap<string, PlannedNode>, step: number): number | undefined => {
    for (const { options, next, ends } of level.values()) {
      const value = write(writer, read, runner, { step, values, options });
      if (value === undefined) return step;
      values[step + 1] = value;
      for (const run of ends) outputs[run] = outputOf(read, runner, { slot: runner.wanted[0], values, options });
      const refused = visit(next, step + 1);
      if (refused !== undefined) return refused;
    }
    return undefined;
  };
  const refused = visit(roots, 0);
  if (refused !== undefined) return refuse(runner.program[refused], precision);
  if (outputs.some(({ value }) => value < 1)) return undefined;
  return finishedPlan(read, runner, writer, outputs, { precision, isBrief: true });
}

/** Adds a step to a plan and gives its value; undefined where it cannot be planned. */
function write(
  writer: PlanWriter,
  read: ReadModel,
  { program, inputs }: PlannedProgram,
  { step, values, options }: { step: number; values: readonly number[]; options: StepOptions },
): number | undefined {
  const part = shapeOf(read.image) && planStep(program[step], read, options, step === program.length - 1);
  const sources = inputs[step].map((input) => values[input]);
  return part && writer.add(part, sources);
}

function outputOf(
  read: ReadModel,
  { program }: PlannedProgram,
  { slot, values, options }: { slot: number; values: readonly number[]; options: StepOptions },
): PlannedOutput {
  const node = slot === 0 ? read.image : read.nodes.get(program[slot - 1].output)!;
  return {
    value: values[slot],
    shape: tensorShape(node, channelsOf(node.name, options).present?.length),
    isLast: slot === program.length,
  };
}

/** The plan, run on the backend that it is made for only, with the last step's activation where no kernel has it. */
function finishedPlan(
  read: ReadModel,
  { program }: PlannedProgram,
  { steps }: PlanWriter,
  outputs: readonly PlannedOutput[],
  settings: PlanSettings,
): InferencePlan {
  const plan = createInferencePlan(steps, shapeOf(read.image)!, outputs, settings);
  const home = tf.backend();
  const finish = finishOf(program[program.length - 1]);
  return {
    run(x) {
      if (tf.backend() !== home) return undefined;
      return plan.run(x)?.map((value, i) => (outputs[i].isLast ? finish(value) : value));
    },
    dispose: () => plan.dispose(),
  };
}

function refuse({ node }: FusedOp, precision: Precision): undefined {
  if (precision === 'f32') return undefined;
  throw new OptionError(
    `precision: layer '${node.name}' (${node.className}) is not computed in ${precision}; leave the option out.`,
  );
}
