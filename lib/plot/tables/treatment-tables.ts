import type { MeanDeviation } from '../../metrics/mean-deviation.js';
import { PUBLISHED_CIFAR10_TREATMENTS } from '../../treat/published-table.js';
import { summariseTreatment, type TreatArm, type TreatResult } from '../../treat/treat-result.js';
import { type Cell } from './cell.js';
import { Table } from './table.js';

export const ARM_TITLES: Record<TreatArm, string> = {
  control: 'control (α = β = 0)',
  noise: 'noise only (α = β = 0)',
  channel: '+ channel',
  space: '+ space',
  all: '+ all',
};

/**
 * The model before, the controls and the treatments: accuracy on test images, and its difference to the model before and to
 * the control of the same seed, as mean and sample standard deviation over seeds. The last columns are the two constraints,
 * without their weights, on the same images.
 */
export function treatmentTable(result: TreatResult): Table {
  const withNoise = result.runs.some(({ arm }) => arm === 'noise');
  const withSpace = result.base.evidence.space !== null;
  const { report, evidence } = result.base;
  const rows: Cell[][] = [
    [
      ...['base', percent(report.accuracy), null, null, null],
      ...(withNoise ? [null] : []),
      ...[significant(evidence.channel), ...(withSpace ? [significant(evidence.space!)] : [])],
    ],
    ...summariseTreatment(result).map((arm): Cell[] => [
      ARM_TITLES[arm.arm],
      percent(arm.accuracy.mean),
      arm.accuracy.std === null ? null : percent(arm.accuracy.std),
      difference(arm.toBase),
      difference(arm.toControl),
      ...(withNoise ? [difference(arm.toNoise)] : []),
      significant(arm.channel.mean),
      ...(withSpace ? [arm.space && significant(arm.space.mean)] : []),
    ]),
  ];
  return new Table(
    [
      ...['model', 'accuracy (%)', '± seeds', 'to base (pp)', 'to control (pp)'],
      ...(withNoise ? ['to noise only (pp)'] : []),
      ...['channel constraint', ...(withSpace ? ['space constraint'] : [])],
    ],
    rows,
  );
}

/** Recall per class of the model before and of the control, and what each treatment changes against the control. */
export function treatmentClassTable(result: TreatResult): Table {
  const summaries = summariseTreatment(result);
  const control = summaries.find(({ arm }) => arm === 'control');
  const others = summaries.filter(({ arm }) => arm !== 'control');
  return new Table(
    ['class', 'base (%)', 'control (%)', ...others.map(({ arm }) => `${ARM_TITLES[arm]} (pp)`)],
    result.base.report.perClass.map(({ className, recall }, n): Cell[] => {
      const ofControl = control?.perClass[n]?.recall;
      return [
        className,
        recall === null ? null : percent(recall),
        ofControl ? percent(ofControl.mean) : null,
        ...others.map(({ perClass }) => difference(perClass[n]!.toControl)), // a row per class
      ];
    }),
  );
}

/**
 * The paper's Table 1 for CIFAR-10 in percentage points to the model before, with what a treatment here gave, to the model
 * before and, where the paper has nothing, to the control.
 * @param networks rows of the paper. Default: all
 */
export function publishedTreatmentTable(result: TreatResult, label = 'here', networks?: readonly string[]): Table {
  const summaries = summariseTreatment(result);
  const of = (arm: TreatArm) => summaries.find((summary) => summary.arm === arm);
  const published = PUBLISHED_CIFAR10_TREATMENTS.filter(({ network }) => !networks || networks.includes(network));
  const shown = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
  const own = (arm: TreatArm, to: 'toBase' | 'toControl'): Cell => difference(of(arm)?.[to] ?? null);
  return new Table(
    ['network', 'base (%)', 'control', '+ channel', '+ channel, to control', '+ space', '+ space, to control'],
    [
      ...published.map(({ network, base, space, channel }): Cell[] => [
        ...[`paper: ${network}, CIFAR-10`, base.toFixed(2), 'none', shown(channel), 'none', shown(space), 'none'],
      ]),
      [
        ...[label, percent(result.base.report.accuracy), own('control', 'toBase')],
        ...[own('channel', 'toBase'), own('channel', 'toControl'), own('space', 'toBase'), own('space', 'toControl')],
      ],
    ],
  );
}

/** Percentage points with sign and deviation, e.g. '+0.31 ± 0.12'; null for nothing. */
function difference(value: MeanDeviation | null): string | null {
  if (value === null) return null;
  const rounded = Math.round(1e4 * value.mean) / 100;
  const sign = rounded > 0 ? '+' : rounded < 0 ? '−' : '±';
  const deviation = value.std === null ? '' : ` ± ${(100 * value.std).toFixed(2)}`;
  return `${sign}${Math.abs(rounded).toFixed(2)}${deviation}`;
}

const percent = (ratio: number): string => (100 * ratio).toFixed(2);

const significant = (value: number): string => value.toPrecision(3);
