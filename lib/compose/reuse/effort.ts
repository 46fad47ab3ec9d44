import { measureCost } from '../../metrics/measure-cost.js';

/** What something took. For ratios: nothing else should run meanwhile. */
export interface Effort {
  readonly seconds: number;
  readonly macs: number;
}

/** Does some work and says what it took. */
export async function withEffort<Result>(work: () => Promise<Result>): Promise<{ result: Result; effort: Effort }> {
  const { result, cost } = await measureCost(work);
  return { result, effort: { seconds: cost.wallSeconds, macs: cost.macs } };
}

/** Several efforts as one. */
export function sumEfforts(efforts: readonly Effort[]): Effort {
  return {
    seconds: efforts.reduce((sum, { seconds }) => sum + seconds, 0),
    macs: efforts.reduce((sum, { macs }) => sum + macs, 0),
  };
}

/** A share of an effort. */
export const partOf = ({ seconds, macs }: Effort, share: number): Effort => ({
  seconds: seconds * share,
  macs: macs * share,
});
