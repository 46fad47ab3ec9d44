import { DataError, OptionError } from '../../errors.js';

/** Which kernels (output channels) of each convolution layer are kept: layer name → one 0/1 per kernel. */
export type KernelSelection = { [convLayer: string]: Uint8Array };

/** What a selection is made for and checked against: the convolutions of a traced model. */
export interface SelectableLayers {
  readonly convLayers: readonly { readonly name: string; readonly kernels: number }[];
}

/** The selection that keeps every kernel of a traced model. */
export function fullSelection(trace: SelectableLayers): KernelSelection {
  return Object.fromEntries(trace.convLayers.map(({ name, kernels }) => [name, new Uint8Array(kernels).fill(1)]));
}

/** Number of kept kernels per convolution layer. */
export function keptCounts(selection: KernelSelection): { [convLayer: string]: number } {
  return Object.fromEntries(Object.entries(selection).map(([layer, bits]) => [layer, countOnes(bits)]));
}

/**
 * Kept kernels / all kernels over all convolution layers, tied ones counted each: the KRR of spec cnnsplitter §1.
 * @example
 * console.log(`${(100 * keptRatio(modules['circle'].selection)).toFixed(1)} % of the kernels`);
 */
export function keptRatio(selection: KernelSelection): number {
  let kept = 0;
  let all = 0;
  for (const bits of Object.values(selection)) {
    kept += countOnes(bits);
    all += bits.length;
  }
  return all === 0 ? 0 : kept / all;
}

/**
 * Jaccard index of two selections of one model, kernels kept by both / kernels kept by either; a kernel is known by its
 * layer and its number in it. Two empty selections have index 1.
 * @throws OptionError when the two do not have the same layers and widths
 * @example
 * console.log(jaccard(modules['circle'].selection, modules['ellipse'].selection)); // 1: the same kernels
 */
export function jaccard(a: KernelSelection, b: KernelSelection): number {
  let both = 0;
  let either = 0;
  eachLayer(a, b, 'jaccard', (x, y) => {
    for (let i = 0; i < x.length; i++) {
      both += x[i] & y[i];
      either += x[i] | y[i];
    }
  });
  return either === 0 ? 1 : both / either;
}

/**
 * Mean over all pairs of 1 − Jaccard: how little selections of one model have in common (`diff`, spec cnnsplitter §1).
 * 0 for fewer than two.
 */
export function meanDifference(selections: readonly KernelSelection[]): number {
  let sum = 0;
  let pairs = 0;
  selections.forEach((a, i) => {
    for (const b of selections.slice(i + 1)) {
      sum += 1 - jaccard(a, b);
      pairs++;
    }
  });
  return pairs === 0 ? 0 : sum / pairs;
}

/** The kernels kept by either selection. @throws OptionError when layers or widths differ */
export function union(a: KernelSelection, b: KernelSelection): KernelSelection {
  return combine(a, b, 'union', (x, y) => x | y);
}

/** The kernels kept by both selections. @throws OptionError when layers or widths differ */
export function intersection(a: KernelSelection, b: KernelSelection): KernelSelection {
  return combine(a, b, 'intersection', (x, y) => x & y);
}

/** A selection as JSON data: layer → number of kernels and the ascending indices of the kept ones. */
export type KernelSelectionJson = { [convLayer: string]: { kernels: number; kept: number[] } };

/** The selection as plain data that survives `JSON.stringify`. */
export function selectionToJSON(selection: KernelSelection): KernelSelectionJson {
  return Object.fromEntries(
    Object.entries(selection).map(([layer, bits]) => [layer, { kernels: bits.length, kept: keptIndices(bits) }]),
  );
}

/** More kernels than any layer or network has: a number beyond would only take memory. */
const MOST_KERNELS = 2 ** 20;

/**
 * Reads what {@link selectionToJSON} wrote.
 * @throws DataError naming the layer whose entry is not of that form
 */
export function selectionFromJSON(json: unknown): KernelSelection {
  if (!isRecord(json)) {
    throw new DataError(`Kernel selection: expected an object of layers, got ${JSON.stringify(json)?.slice(0, 80)}.`);
  }
  let total = 0;
  return Object.fromEntries(
    Object.entries(json).map(([layer, entry]) => {
      const { kernels, kept } = (isRecord(entry) ? entry : {}) as { kernels?: unknown; kept?: unknown };
      if (!isIndex(kernels) || !Array.isArray(kept)) {
        throw new DataError(
          `Kernel selection, layer '${layer}': expected { kernels: number, kept: number[] }, got ` +
            `${JSON.stringify(entry)?.slice(0, 80)}.`,
        );
      }
      total += kernels;
      if (total > MOST_KERNELS) {
        throw new DataError(
          `Kernel selection, layer '${layer}': expected at most ${MOST_KERNELS} kernels in all layers, got ${total}.`,
        );
      }
      const bits = new Uint8Array(kernels);
      for (const kernel of kept as unknown[]) {
        if (!isIndex(kernel) || kernel >= kernels || bits[kernel]) {
          throw new DataError(
            `Kernel selection, layer '${layer}': kept kernels must be different whole numbers from 0 to ` +
              `${kernels - 1}, got ${JSON.stringify(kernel)}${isIndex(kernel) && kernel < kernels ? ' twice' : ''}.`,
          );
        }
        bits[kernel] = 1;
      }
      return [layer, bits];
    }),
  );
}

/**
 * Checks that a selection has exactly the traced model's convolution layers, at their widths, with nothing but 0 and 1.
 * @throws OptionError naming the layer, what was expected and what came
 */
export function validateSelection(trace: SelectableLayers, selection: KernelSelection): void {
  const known = new Set(trace.convLayers.map(({ name }) => name));
  for (const layer of Object.keys(selection)) {
    if (!known.has(layer)) {
      throw new OptionError(
        `Kernel selection: the model has no convolution layer '${layer}'; it has ${[...known].join(', ')}.`,
      );
    }
  }
  for (const { name, kernels } of trace.convLayers) {
    const bits = selection[name] as Uint8Array | undefined;
    if (bits === undefined) {
      throw new OptionError(`Kernel selection: layer '${name}' is missing, expected ${kernels} values of 0 or 1.`);
    }
    if (bits.length !== kernels) {
      throw new OptionError(
        `Kernel selection, layer '${name}': expected ${kernels} values, one per kernel, got ${bits.length}.`,
      );
    }
    const odd = bits.findIndex((bit) => bit !== 0 && bit !== 1);
    if (odd >= 0) {
      throw new OptionError(`Kernel selection, layer '${name}': kernel ${odd} has ${bits[odd]}, expected 0 or 1.`);
    }
  }
}

/** The positions of the ones, ascending. */
export function keptIndices(bits: Uint8Array): number[] {
  const kept: number[] = [];
  for (let i = 0; i < bits.length; i++) if (bits[i]) kept.push(i);
  return kept;
}

function countOnes(bits: Uint8Array): number {
  let ones = 0;
  for (const bit of bits) ones += bit;
  return ones;
}

function combine(
  a: KernelSelection,
  b: KernelSelection,
  name: string,
  op: (x: number, y: number) => number,
): KernelSelection {
  const result: KernelSelection = {};
  eachLayer(a, b, name, (x, y, layer) => (result[layer] = x.map((bit, i) => op(bit, y[i]))));
  return result;
}

function eachLayer(
  a: KernelSelection,
  b: KernelSelection,
  name: string,
  visit: (x: Uint8Array, y: Uint8Array, layer: string) => void,
): void {
  const layers = Object.keys(a);
  const alien = Object.keys(b).find((layer) => !(layer in a));
  if (alien !== undefined) throw new OptionError(`${name}: only the second selection has a layer '${alien}'.`);
  for (const layer of layers) {
    const y = b[layer] as Uint8Array | undefined;
    if (y === undefined) throw new OptionError(`${name}: only the first selection has a layer '${layer}'.`);
    if (y.length !== a[layer].length) {
      throw new OptionError(
        `${name}: layer '${layer}' has ${a[layer].length} kernels in one, ${y.length} in the other.`,
      );
    }
    visit(a[layer], y, layer);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isIndex(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}
