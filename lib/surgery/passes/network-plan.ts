import { createInferencePlan, runsPlans, type InferencePlan, type Precision } from '../../backend/inference-plan.js';
import { OptionError } from '../../errors.js';
import * as tf from '../../tf.js';
import type { ReadModel } from '../trace/read-model.js';
import type { FusedOp } from './fused-program.js';
import { PlanWriter } from './plan-writer.js';
import { planStep, shapeOf, tensorShape } from './planned-program.js';
import type { Runner } from './runner.js';
import { channelsOf, finishOf, type StepOptions } from './step.js';

/**
 * A fused program as one plan of the present backend.
 * @param runner of the program, which says what is wanted
 * @returns undefined where the backend has no plans, or none of one of the steps
 * @throws OptionError when another precision than float32 is asked for and a step cannot be planned
 */
export function createNetworkPlan(
  read: ReadModel,
  runner: Pick<Runner, 'program' | 'inputs' | 'wanted'>,
  options: StepOptions,
  precision: Precision,
): InferencePlan | undefined {
  if (!runsPlans()) return undefined;
  const { program } = runner;
  const last = program.length - 1;
  const image = shapeOf(read.image);
  const writer = new PlanWriter();
  const values = [0];
  for (const [i, op] of program.entries()) {
    const part = image && planStep(op, read, options, i === last);
    const value =
      part &&
      writer.add(
        part,
        runner.inputs[i].map((input) => values[input]),
      );
    if (value === undefined) return refuse(op, precision);
    values.push(value);
  }
  const outputs = runner.wanted.map((slot) => {
    const node = slot === 0 ? read.image : read.nodes.get(program[slot - 1].output)!;
    return { value: values[slot], shape: tensorShape(node, channelsOf(node.name, options).present?.length) };
  });
  if (!image || outputs.some(({ value }) => value < 1)) {
    if (precision === 'f32') return undefined;
    throw new OptionError(`precision: the model puts out its images, which are not computed in ${precision}.`);
  }
  const plan = createInferencePlan(writer.steps, image, outputs, precision);
  const home = tf.backend();
  const finish = finishOf(program[last]);
  return {
    run(x) {
      if (tf.backend() !== home) return undefined;
      return plan.run(x)?.map((value, i) => (runner.wanted[i] === last + 1 ? finish(value) : value));
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
