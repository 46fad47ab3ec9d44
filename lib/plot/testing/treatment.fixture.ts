import type { TreatArm, TreatResult } from '../../treat/treat-result.js';
import { TREAT_PRESETS } from '../../treat/treat-settings.js';
import { exampleReport } from './example-results.fixture.js';

/** A made-up treatment with all arms, three seeds each. */
export function exampleTreatment(names: readonly string[]): TreatResult {
  const accuracy: Record<TreatArm, number> = { control: 0.7, noise: 0.68, channel: 0.75, space: 0.66, all: 0.72 };
  const seeds = [1, 2, 3];
  const outcome = (at: number, seed: number) => ({
    report: exampleReport(names, at, seed),
    evidence: { channel: at, space: at / 2 },
  });
  return {
    kind: 'treatResult',
    layer: 'conv18',
    path: 'formula',
    settings: TREAT_PRESETS.laptop,
    seeds,
    base: outcome(0.69, 0),
    runs: (Object.keys(accuracy) as TreatArm[]).flatMap((arm, i) =>
      seeds.map((seed) => ({
        ...{ arm, seed, alpha: 1, beta: 1, noiseStd: 0.1, epoch: 2, history: [] },
        ...outcome(accuracy[arm], 10 * i + seed),
      })),
    ),
    manifest: {
      ...{ task: 'treat', createdAt: '2026-01-01T00:00:00.000Z', backend: 'cpu', platform: 'made up', seed: 1 },
      ...{ versions: { modulab: '0', tfjs: '0', node: '0' }, options: null, data: {} },
    },
  };
}
