import { OptionError } from '../../errors.js';

/** What every architecture takes. */
export interface ArchitectureOptions {
  /** Number of outputs. Default 10, or what the published network has. */
  classes?: number;
  /** [height, width, channels] of one image. Default [32, 32, 3]. */
  inputShape?: readonly [number, number, number];
  /** Multiplies every hidden layer's width (rounded, at least 4), e.g. 0.25 for a laptop-sized net. Default 1. */
  width?: number;
  /** Seed of the initial weights. Default 0. */
  seed?: number;
  /** 'zeros' leaves all weights 0 (BN scale and variance 1), for counting or before loading weights. Default 'random'. */
  weights?: 'random' | 'zeros';
}

/** An architecture with dropout layers. */
export interface DropoutOptions extends ArchitectureOptions {
  /** false leaves the dropout layers out, as in the poor-fit nets (spec cnnsplitter §3.3). Default true. */
  dropout?: boolean;
}

export interface ResolvedOptions {
  classes: number;
  inputShape: readonly [number, number, number];
  seed: number;
  weights: 'random' | 'zeros';
  /** A published layer width under this run's width factor. */
  scaled: (published: number) => number;
}

/** Fills in the defaults. @throws OptionError on values no network can be built from. */
export function resolveOptions(options: ArchitectureOptions, defaultClasses = 10): ResolvedOptions {
  const { classes = defaultClasses, inputShape = [32, 32, 3], width = 1, seed = 0, weights = 'random' } = options;
  if (!Number.isInteger(classes) || classes < 1) {
    throw new OptionError(`classes: expected a whole number of at least 1, got ${classes}.`);
  }
  if (inputShape.length !== 3 || inputShape.some((n) => !Number.isInteger(n) || n < 1)) {
    throw new OptionError(`inputShape: expected [height, width, channels], got [${inputShape.join(', ')}].`);
  }
  if (!(width > 0) || !Number.isFinite(width)) {
    throw new OptionError(`width: expected a positive factor such as 0.5, got ${width}.`);
  }
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new OptionError(`seed: expected a whole number from 0 to 4294967295, got ${seed}.`);
  }
  if (weights !== 'random' && weights !== 'zeros') {
    throw new OptionError(`weights: expected 'random' or 'zeros', got '${String(weights)}'.`);
  }
  const scaled = (published: number) => Math.max(4, Math.round(published * width));
  return { classes, inputShape, seed, weights, scaled };
}
