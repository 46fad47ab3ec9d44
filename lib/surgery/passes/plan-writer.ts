import type { PlannedStep } from '../../backend/inference-plan.js';
import type { PlanPart } from './planned-program.js';

/** Puts steps of a plan one behind the other. Borders of zeros become the padding of the convolutions that read them. */
export class PlanWriter {
  readonly steps: PlannedStep[] = [];
  /** Maps with a border, which are no values of the plan: below 0, in the order of their coming. */
  private readonly borders: { readonly value: number; readonly padding: readonly [number, number] }[] = [];

  /**
   * @param inputs numbers of the values that are read, 0 for the image, else as this function gave them
   * @returns the number of its result; undefined where a plan cannot have it
   */
  add({ operation, activation, output }: PlanPart, inputs: readonly number[]): number | undefined {
    const [input, second = -1] = inputs;
    if (operation.kind === 'border') {
      if (input < 0) return undefined;
      this.borders.push({ value: input, padding: operation.padding });
      return -this.borders.length - 1;
    }
    if (inputs.length > 2 || (inputs.length === 2 && second < 0)) return undefined;
    if (input >= 0) {
      this.steps.push({ operation, input, second, activation, output });
      return this.steps.length;
    }
    if (operation.kind !== 'convolution') return undefined;
    const { value, padding } = this.borders[-input - 2];
    const { window } = operation;
    const [top, left] = [0, 1].map((axis) => window.padding[axis] + padding[axis]);
    const extent = window.size.map((size, axis) => (size - 1) * (window.dilations?.[axis] ?? 1) + 1);
    // Windows that lie in the border alone are for the steps to compute.
    if (top >= extent[0] || left >= extent[1]) return undefined;
    const widened = { ...operation, window: { ...window, padding: [top, left] as const } };
    this.steps.push({ operation: widened, input: value, second, activation, output });
    return this.steps.length;
  }
}
