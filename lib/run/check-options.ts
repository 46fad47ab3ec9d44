import { OptionError } from '../errors.js';

/** What an option may be: in words, and as a test. */
export interface OptionRule {
  /** Completes "expected …". */
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** A whole number from `low` on, or from `low` to `high`. */
export function wholeNumber(low = 1, high = Infinity): OptionRule {
  return {
    expected: `a whole number from ${low} ${high === Infinity ? 'on' : `to ${high}`}`,
    fits: (value) => Number.isInteger(value) && (value as number) >= low && (value as number) <= high,
  };
}

/** A number from `low` on, or from `low` to `high`, both included. */
export function numberFrom(low: number, high = Infinity): OptionRule {
  return {
    expected: `a number from ${low} ${high === Infinity ? 'on' : `to ${high}`}`,
    fits: (value) => isNumber(value) && value >= low && value <= high,
  };
}

/** Any number that is finite. */
export const NUMBER: OptionRule = { expected: 'a number', fits: isNumber };

/** A number above 0. */
export const POSITIVE: OptionRule = {
  expected: 'a positive number',
  fits: (value) => isNumber(value) && value > 0,
};

/** A share of a whole: above 0, at most 1. */
export const SHARE: OptionRule = {
  expected: 'a share above 0, at most 1',
  fits: (value) => isNumber(value) && value > 0 && value <= 1,
};

/** The path of a file or folder to write to. */
export const FOLDER: OptionRule = {
  expected: 'a path',
  fits: (value) => typeof value === 'string' && value !== '',
};

/** One of some values. */
export function oneOf(known: readonly (string | boolean | number)[]): OptionRule {
  return { expected: `one of ${known.join(', ')}`, fits: (value) => (known as readonly unknown[]).includes(value) };
}

/** What the rule says, or null. */
export function orNull({ expected, fits }: OptionRule): OptionRule {
  return { expected: `${expected}, or null`, fits: (value) => value === null || fits(value) };
}

/** A list with at least one item, all of which are as the rule says. */
export function listOf({ expected, fits }: OptionRule): OptionRule {
  return {
    expected: `a list of at least one item, each ${expected}`,
    fits: (value) => Array.isArray(value) && value.length > 0 && value.every(fits),
  };
}

/**
 * Refuses an option that is not as it must be.
 * @param name of the option, for the message
 * @param hint a sentence on what to do, where that is not plain
 * @throws OptionError
 * @example
 * checkOption('epochs', 3, wholeNumber()); // of 0: OptionError: epochs: expected a whole number from 1 on, got 0.
 */
export function checkOption(name: string, value: unknown, rule: OptionRule, hint?: string): void {
  if (rule.fits(value)) return;
  throw new OptionError(
    `${name}: expected ${rule.expected}, got ${shown(value)}.${hint === undefined ? '' : ` ${hint}`}`,
  );
}

/**
 * Refuses the first of some settings that is not as it must be.
 * @param within name of the option that they are parts of
 * @throws OptionError
 */
export function checkOptions<Settings extends object>(
  settings: Settings,
  rules: { readonly [Name in keyof Settings]?: OptionRule },
  within?: string,
): void {
  for (const [name, rule] of Object.entries(rules) as [keyof Settings & string, OptionRule][]) {
    checkOption(within === undefined ? name : `${within}.${name}`, settings[name], rule);
  }
}

/**
 * A preset's settings, with what the caller gives beside it put over them. Options that the preset does not know are left
 * alone: they are no settings.
 * @param otherwise the preset where none is named
 * @throws OptionError on an unknown preset
 */
export function resolvePreset<Settings extends object>(
  presets: Readonly<Record<string, Settings>>,
  options: { readonly [Name in keyof Settings]?: Settings[Name] | undefined } & { readonly preset?: string },
  otherwise: string,
): Settings {
  const preset = options.preset ?? otherwise;
  if (!Object.hasOwn(presets, preset)) checkOption('preset', preset, oneOf(Object.keys(presets)));
  const settings = { ...presets[preset]! };
  for (const name of Object.keys(settings) as (keyof Settings)[]) {
    const given = options[name];
    if (given !== undefined) settings[name] = given as Settings[typeof name];
  }
  return settings;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
