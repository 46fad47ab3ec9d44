import type { Finding } from './finding.js';
import type { RowContext } from './row-context.js';
import type { Scale } from './scale.js';

/** The papers, and the networks that their rows are about. */
export const PAPERS = {
  networks: 'Networks that the other rows start from',
  cnnsplitter: 'CNNSplitter (ASE 2022)',
  gradsplitter: 'GradSplitter (TOSEM 2024)',
  decompose: 'Pan and Rajan: decomposing CNNs into modules (ICSE 2022)',
  doctor: 'Model Doctor (AAAI 2022)',
  progressive: 'Progressive retraining',
} as const;
export type PaperId = keyof typeof PAPERS;

/** What a row computes at one scale. */
export interface RowSize<Settings> {
  readonly settings: Settings;
  readonly seeds: readonly number[];
  /** About how long it takes on two cores that do nothing else; its networks are extra. */
  readonly minutes: number;
}

/** A part of a row that can be computed by itself, anywhere: plain data in, plain data out. */
export interface RowPart<Input> {
  /** Different from the row's other parts. */
  readonly key: string;
  readonly input: Input;
}

/** A table or figure of a paper, or a trained network: what is measured, on what, beside what, and what that says. */
export interface RowDefinition<Settings, Input, Output> {
  /** Of its results' files too, e.g. 'cnnsplitter-modules'. */
  readonly id: string;
  readonly paper: PaperId;
  readonly title: string;
  /** What is measured on which images, in a sentence. */
  readonly measured: string;
  /** Ids of the networks' rows that must be done before. */
  readonly networks: readonly string[];
  /** Missing: not offered at that scale. */
  readonly sizes: Readonly<Partial<Record<Scale, RowSize<Settings>>>>;
  /** In the order in which they are computed and stored. */
  readonly parts: (settings: Settings, seeds: readonly number[]) => readonly RowPart<Input>[];
  /** Computes a part. Depends on its input and the context's images and networks alone, and holds no time of day or duration. */
  readonly run: (input: Input, context: RowContext) => Promise<Output>;
  /** The lines of the table. @param outputs in the order of the parts */
  readonly findings: (outputs: readonly Output[], settings: Settings) => readonly Finding[];
}

/** What tells the rows of one table, on different networks, apart. */
export interface RowOnNetwork<Settings> {
  readonly id: string;
  /** Id of the network's row. */
  readonly network: string;
  /** The network, in the row's title. */
  readonly name: string;
  readonly sizes: Readonly<Partial<Record<Scale, RowSize<Settings>>>>;
}

/** A row of whatever settings and outputs; these are JSON. */
export type ReproductionRow = RowDefinition<unknown, unknown, unknown>;

/** Makes a row of the registry of a definition with types of its own. */
export function reproductionRow<Settings, Input, Output>(
  definition: RowDefinition<Settings, Input, Output>,
): ReproductionRow {
  return definition as unknown as ReproductionRow;
}
