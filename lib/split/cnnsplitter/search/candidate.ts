import type { KernelSelection } from '../../../surgery/trace/kernel-selection.js';
import type { Encoding } from './encoding.js';
import { KernelBits } from './kernel-bits.js';
import type { Chromosome } from './population.js';

/** A chromosome with what the tournament needs of it. */
export interface Candidate {
  readonly chromosome: Chromosome;
  readonly selection: KernelSelection;
  readonly kernels: KernelBits;
  /** Own-class logit on every image of the search; only the first `seen` are known. */
  readonly logits: Float32Array;
  seen: number;
}

/** A candidate that has not seen any image yet. */
export function newCandidate(
  chromosome: Chromosome,
  encoding: Encoding,
  classIndex: number,
  images: number,
): Candidate {
  const selection = encoding.decode(chromosome, classIndex);
  return { chromosome, selection, kernels: KernelBits.of(selection), logits: new Float32Array(images), seen: 0 };
}

export const isComplete = ({ seen, logits }: Candidate): boolean => seen === logits.length;

/** Chromosomes as strings of 0 and 1: in checkpoints, and as keys. */
export const toBits = (chromosome: Chromosome): string => chromosome.join('');
export const fromBits = (bits: string): Chromosome => Uint8Array.from(bits, Number);
