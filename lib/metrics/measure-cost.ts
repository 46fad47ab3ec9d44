import { OptionError } from '../errors.js';
import { openEnergyCounters } from '../run/energy-counters.js';
import { countMacs } from '../surgery/trace/count-macs.js';
import type * as tf from '../tf.js';
import { startMacMeter } from './mac-meter.js';

/** Data-centre overhead and pounds of CO2e per kWh of Strubell et al., as the paper takes them (spec decompose §3.8). */
const OVERHEAD = 1.58;
const POUNDS_PER_KWH = 0.954;

/** Mean power while a call runs (W). Nobody measured it: it is what the caller says. */
export interface AssumedPower {
  readonly cpu: number;
  readonly dram?: number;
  /** Of one accelerator. */
  readonly gpu?: number;
  readonly gpus?: number;
}

/** What {@link measureCost} can be told. */
export interface MeasureCostOptions {
  /** Network whose passes the multiply-adds are also given in. */
  readonly model?: tf.LayersModel;
  /** Taken where the machine's energy counters cannot be read. Without it and them there is no energy. */
  readonly assumedPower?: AssumedPower;
  /** Seconds for which the idle machine's power is measured first, to be subtracted; the paper takes 10. Default 0. */
  readonly backgroundSeconds?: number;
  /** Folder of the energy counters, for other places than Linux's own. */
  readonly energyCounters?: string;
}

/** What a call took. Plain data. */
export interface CostReport {
  readonly wallSeconds: number;
  /** User and system time of the whole process, all threads. */
  readonly cpuSeconds: number;
  /** Multiply-adds that this thread's kernels computed. */
  readonly macs: number;
  /** Multiply-adds in forward passes of the option `model` over one image; null without it. */
  readonly forwardPasses: number | null;
  /** Energy of processor and memory (J), the idle machine's subtracted where that was measured; null where unknown. */
  readonly joules: number | null;
  readonly energySource: 'measured' | 'assumed power' | null;
  /** joules · 1.58 / 3.6e6 (spec decompose §3.8, with hours); null where unknown. */
  readonly energyKwh: number | null;
  /** energyKwh · 0.954; null where unknown. For ratios: the paper's own pounds look far too many (§3.8). */
  readonly co2ePounds: number | null;
  readonly assumedPower: AssumedPower | null;
}

/**
 * Measures any call: wall and processor time, multiply-adds, and energy, from the machine's counters where they can be read and
 * from the assumed power elsewhere. Nothing else should run meanwhile.
 * @returns the call's result beside its cost
 * @throws OptionError on a power or a time below 0; what the call throws
 * @example
 * const { result, cost } = await measureCost(() => evaluate(strong, test));
 * console.log(`${cost.wallSeconds.toFixed(2)} s for ${result.images} images`);
 */
export async function measureCost<Result>(
  call: () => Result | Promise<Result>,
  options: MeasureCostOptions = {},
): Promise<{ result: Result; cost: CostReport }> {
  const { model, assumedPower = null, backgroundSeconds = 0 } = options;
  requirePositive({ backgroundSeconds, ...assumedPower });
  const counters = openEnergyCounters(options.energyCounters);
  let backgroundWatts = 0;
  if (counters && backgroundSeconds > 0) {
    const start = performance.now();
    const before = counters.joules();
    await new Promise((resolve) => setTimeout(resolve, 1000 * backgroundSeconds));
    backgroundWatts = (counters.joules() - before) / ((performance.now() - start) / 1000);
  }
  const meter = startMacMeter();
  try {
    const joulesBefore = counters?.joules() ?? 0;
    const cpu = process.cpuUsage();
    const start = performance.now();
    const result = await call();
    const wallSeconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const { macs } = meter;
    const measured = counters && Math.max(0, counters.joules() - joulesBefore - backgroundWatts * wallSeconds);
    const joules = measured ?? (assumedPower && wattsOf(assumedPower) * wallSeconds);
    return {
      result,
      cost: {
        wallSeconds,
        cpuSeconds: (user + system) / 1e6,
        macs,
        forwardPasses: model ? macs / countMacs(model).total : null,
        ...carbonOf(joules),
        energySource: measured !== null ? 'measured' : joules !== null ? 'assumed power' : null,
        assumedPower: measured === null ? assumedPower : null,
      },
    };
  } finally {
    meter.stop();
  }
}

/** Several calls as one; energy is unknown if it is of one of them. */
export function sumCosts(costs: readonly CostReport[]): CostReport {
  const sum = (of: (cost: CostReport) => number | null) =>
    costs.reduce<number | null>((total, cost) => plus(total, of(cost)), 0);
  const same = <Value>(of: (cost: CostReport) => Value) =>
    costs.length > 0 && costs.every((cost) => JSON.stringify(of(cost)) === JSON.stringify(of(costs[0])))
      ? of(costs[0])
      : null;
  return {
    wallSeconds: sum(({ wallSeconds }) => wallSeconds)!,
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds)!,
    macs: sum(({ macs }) => macs)!,
    forwardPasses: sum(({ forwardPasses }) => forwardPasses),
    ...carbonOf(sum(({ joules }) => joules)),
    energySource: same(({ energySource }) => energySource),
    assumedPower: same(({ assumedPower }) => assumedPower),
  };
}

/** One cost in multiples of another. Plain data. */
export interface CostRatio {
  readonly wall: number;
  readonly cpu: number;
  readonly macs: number;
  /** Of energy and so of CO2e; null unless both are known in the same way. */
  readonly energy: number | null;
}

/** How many times as much `one` took as `other` (the paper's figure 6, as ratios). Of several calls each, the ratio of their sums. */
export function costRatio(
  one: CostReport | readonly CostReport[],
  other: CostReport | readonly CostReport[],
): CostRatio {
  const [a, b] = [one, other].map((cost) =>
    sumCosts(Array.isArray(cost) ? (cost as CostReport[]) : [cost as CostReport]),
  );
  const comparable = a.energySource === b.energySource && a.joules !== null && b.joules !== null;
  return {
    wall: a.wallSeconds / b.wallSeconds,
    cpu: a.cpuSeconds / b.cpuSeconds,
    macs: a.macs / b.macs,
    energy: comparable ? a.joules / b.joules : null,
  };
}

const wattsOf = ({ cpu, dram = 0, gpu = 0, gpus = gpu > 0 ? 1 : 0 }: AssumedPower) => cpu + dram + gpus * gpu;

const plus = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b);

function carbonOf(joules: number | null): Pick<CostReport, 'joules' | 'energyKwh' | 'co2ePounds'> {
  const energyKwh = joules === null ? null : (OVERHEAD * joules) / 3.6e6;
  return { joules, energyKwh, co2ePounds: energyKwh === null ? null : POUNDS_PER_KWH * energyKwh };
}

function requirePositive(values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!(value >= 0 && value < Infinity)) {
      throw new OptionError(`measureCost: ${name}: expected a number from 0 up, got ${String(value)}.`);
    }
  }
}
