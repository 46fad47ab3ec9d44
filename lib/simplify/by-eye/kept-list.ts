import { OptionError } from '../../errors.js';

/** Ascending unit numbers as short text: `0-3,5,7-9`. */
export function formatKept(units: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const unit of units) {
    const last = runs[runs.length - 1];
    if (last && unit === last[1] + 1) last[1] = unit;
    else runs.push([unit, unit]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

/**
 * Kept units from text (`0-3,5`) or numbers, ascending.
 * @throws OptionError when something is no unit of the layer, comes twice, or nothing is kept
 */
export function parseKept(given: unknown, units: number): number[] {
  const wrong = (got: string) =>
    new OptionError(
      `kept: expected at least one of the kernels 0 to ${units - 1}, each once, as numbers or as text like '0-3,5'; got ${got}.`,
    );
  let kept: number[];
  if (typeof given === 'string') {
    if (given.length > 100_000) throw wrong('a text that is too long');
    kept = given.split(',').flatMap((part) => {
      const range = /^\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?$/.exec(part);
      if (!range) throw wrong(`'${part.slice(0, 40)}'`);
      const [from, to] = [Number(range[1]), Number(range[2] ?? range[1])];
      if (to < from || to >= units) throw wrong(`'${part.slice(0, 40)}'`);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
  } else {
    if (!Array.isArray(given) || given.length > units)
      throw wrong(Array.isArray(given) ? 'a longer list' : typeof given);
    kept = given as number[];
  }
  if (kept.length === 0) throw wrong('none');
  const odd = kept.find((unit) => !Number.isInteger(unit) || unit < 0 || unit >= units);
  if (odd !== undefined) throw wrong(String(odd).slice(0, 40));
  if (new Set(kept).size !== kept.length) throw wrong('one of them twice');
  return [...kept].sort((a, b) => a - b);
}
