import { probe, PUBLISHED_PROBE_ATTACK } from '../../../../diagnose/probe/probe.js';
import { PUBLISHED_PROBE } from '../../../../diagnose/probe/published-readings.js';
import { intervalOverSeeds, testEffect } from '../../effect-test.js';
import { type Finding, overSeeds } from '../../finding.js';
import { type ReproductionRow, reproductionRow, type RowOnNetwork } from '../../row.js';
import type { RowContext } from '../../row-context.js';

interface Settings {
  /** Standard deviations of the noise in the map's own units, as the authors', and in units of the map's deviation. */
  readonly noise: { readonly own: readonly number[]; readonly relative: readonly number[] };
}

interface Input {
  readonly unit: keyof Settings['noise'];
  readonly noise: readonly number[];
  readonly seed: number;
}

interface Output {
  readonly unit: keyof Settings['noise'];
  readonly noise: readonly number[];
  readonly mapDeviation: number;
  readonly images: { readonly normal: number; readonly adversarial: number };
  /** Shares 0–1, one per noise level. */
  readonly normalStaysRight: readonly number[];
  readonly adversarialToTrueClass: readonly number[];
}

/** Noise on the last convolution: does it send adversarial images home before normal ones move? */
export function probeNoise(which: RowOnNetwork<Settings>): ReproductionRow {
  return reproductionRow<Settings, Input, Output>({
    id: which.id,
    paper: 'doctor',
    title: `Noise on adversarial and on normal images, ${which.name}`,
    measured:
      'Gaussian noise on the output of the last convolution, over all test images that the network is right about and over their adversarial versions (one sign step of 0.5 in normalised units, as published). Shares of images; the seed draws the noise.',
    networks: [which.network],
    sizes: which.sizes,
    parts: ({ noise }, seeds) =>
      (['own', 'relative'] as const).flatMap((unit) =>
        seeds.map((seed) => ({ key: `${unit} seed ${seed}`, input: { unit, noise: noise[unit], seed } })),
      ),
    run: (input, context) => probeOnce(which.network, input, context),
    findings: (outputs) => {
      const own = outputs.filter(({ unit }) => unit === 'own');
      const relative = outputs.filter(({ unit }) => unit === 'relative');
      return [...atNoise(own), ...atPeak(relative)];
    },
  });
}

async function probeOnce(network: string, { unit, noise, seed }: Input, context: RowContext): Promise<Output> {
  const { onProgress, signal, stateFile: checkpoint } = context;
  const model = await context.network(network);
  const { test } = await context.images();
  const { mapDeviation, images, normalStaysRight, adversarialToTrueClass } = await probe(model, test, {
    ...{ noise, relative: unit === 'relative', draws: 1, attack: PUBLISHED_PROBE_ATTACK, seed },
    ...{ checkpoint, onProgress, signal },
  });
  return {
    ...{ unit, noise, mapDeviation, images },
    normalStaysRight: normalStaysRight.mean,
    adversarialToTrueClass: adversarialToTrueClass.mean,
  };
}

/** Error of a share by the choice of images, in percentage points. */
const shareError = (share: number, images: number): number => 100 * Math.sqrt((share * (1 - share)) / images);

function finding(
  what: string,
  published: number,
  values: readonly { readonly share: number; readonly images: number }[],
  why: string,
): Finding {
  const ours = overSeeds(values.map(({ share }) => 100 * share));
  const error = Math.max(...values.map(({ share, images }) => shareError(share, images)));
  return {
    ...{ what, unit: '%', why, ours, control: null },
    published: { value: 100 * published, source: '[P-fig] ± 2, ResNet-50' },
    // Read off a figure by eye: what is two points below is not below.
    test: testEffect(intervalOverSeeds(ours.values, error), ours.mean, {
      kind: 'at least',
      limit: 100 * published - 2,
    }),
  };
}

/** In the authors' units, at the noise where their figure has its peak. */
function atNoise(outputs: readonly Output[]): Finding[] {
  const at = PUBLISHED_PROBE.noise.indexOf(0.1);
  const place = outputs[0].noise.indexOf(0.1);
  const deviation = outputs[0].mapDeviation.toFixed(2);
  const why = `The map of this network has a deviation of ${deviation}; that of the paper's is not known, so the same noise is not the same disturbance.`;
  return [
    finding(
      'adversarial images that noise of 0.1 sends to their true class',
      PUBLISHED_PROBE.adversarialToTrueClass[at],
      outputs.map(({ adversarialToTrueClass, images }) => ({
        share: adversarialToTrueClass[place],
        images: images.adversarial,
      })),
      why,
    ),
    finding(
      'normal images that stay right under noise of 0.1',
      PUBLISHED_PROBE.normalStaysRight[at],
      outputs.map(({ normalStaysRight, images }) => ({ share: normalStaysRight[place], images: images.normal })),
      why,
    ),
  ];
}

/** In units of the map's deviation, at the noise that sends most adversarial images home. */
function atPeak(outputs: readonly Output[]): Finding[] {
  const means = outputs[0].noise.map((_, i) => overSeeds(outputs.map((own) => own.adversarialToTrueClass[i])).mean);
  const peak = means.indexOf(Math.max(...means));
  const noise = outputs[0].noise[peak];
  const shares = (of: 'adversarialToTrueClass' | 'normalStaysRight', kind: keyof Output['images']) =>
    outputs.map((own) => ({ share: own[of][peak], images: own.images[kind] }));
  const why = `At ${noise} deviations of the map, the best of ${outputs[0].noise.length} levels; picked on the images reported, so it flatters.`;
  return [
    finding(
      'adversarial images sent to their true class, at the best noise',
      Math.max(...PUBLISHED_PROBE.adversarialToTrueClass),
      shares('adversarialToTrueClass', 'adversarial'),
      why,
    ),
    finding('normal images that stay right at that noise', 1, shares('normalStaysRight', 'normal'), why),
  ];
}
