import { OptionError } from '../../errors.js';

/** Which kernels of one convolution layer each class relies on: what a diagnosis finds and a treatment trains against. */
export interface RelevantKernels {
  /** Name of the convolution layer. */
  readonly layer: string;
  readonly classNames: readonly string[];
  /** Kernels (output channels) of the layer. */
  readonly kernels: number;
  /** One row per class, one value per kernel: 1 where the class relies on the kernel, else 0. */
  readonly mask: readonly (readonly number[])[];
}

/**
 * Refuses relevant kernels that are not of one piece.
 * @param caller the public function that was called, for the message
 * @throws OptionError on rows that are too many, too few or too long, and values other than 0 and 1
 */
export function requireRelevantKernels(caller: string, relevant: RelevantKernels): void {
  const { layer, classNames, kernels, mask } = relevant;
  if (mask.length !== classNames.length) {
    throw new OptionError(
      `${caller}, relevant kernels of '${layer}': expected one row for each of ${classNames.length} classes, got ${mask.length}.`,
    );
  }
  mask.forEach((row, n) => {
    if (row.length !== kernels || row.some((value) => value !== 0 && value !== 1)) {
      throw new OptionError(
        `${caller}, relevant kernels of '${layer}', class '${classNames[n]}': expected ${kernels} values of 0 or 1, got ` +
          `${row.length} values (${row.slice(0, 8).join(', ')}${row.length > 8 ? ', …' : ''}).`,
      );
    }
  });
}
