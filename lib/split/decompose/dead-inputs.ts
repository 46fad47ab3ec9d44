import type { Bitset } from '../../surgery/graph/bitset.js';
import type { DeadInputsQuestion } from '../../surgery/graph/layer-type.js';
import { requireCapability } from '../../surgery/layers/table.js';
import type { FusedOp } from '../../surgery/passes/fused-program.js';

/**
 * Which values that a step reads matter to none of the outputs that are alive (spec decompose §2.6 step 2 and 3, §2.7).
 * @param dead outputs of the step that nothing needs
 * @param input which of the step's inputs
 * @param shapes of the step's inputs and of its output
 * @param rule of convolutions: 'perSource' takes every value whose readers are all dead, 'literal' only whole windows of such
 * @throws ModelError when the layer's type does not say it
 */
export function deadInputs(
  { node, weights, residual }: FusedOp,
  dead: Bitset,
  input: number,
  shapes: DeadInputsQuestion['shapes'],
  rule: DeadInputsQuestion['rule'] = 'perSource',
): Bitset {
  if (residual && input === 1) return dead; // the other summand, value by value
  return requireCapability(node, 'deadInputs')({ node, weights, dead, input, shapes, rule });
}
