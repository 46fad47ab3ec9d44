/** One cell of the history. */
interface Entry {
  readonly number: number;
  readonly input: string;
  output: string | null;
}

/** What a front end asks of the history; see Jupyter's `history_request`. */
export interface HistoryRequest {
  hist_access_type?: string;
  output?: boolean;
  /** 0 is this session; others are not kept. */
  session?: number;
  start?: number;
  stop?: number | null;
  n?: number | null;
  pattern?: string | null;
  unique?: boolean;
}

const SESSION = 1;

/** The cells of this session, by their numbers. */
export class CellHistory {
  private entries: Entry[] = [];

  add(number: number, input: string): void {
    this.entries.push({ number, input, output: null });
  }

  /** The value of a cell as text. */
  setOutput(number: number, output: string): void {
    const entry = this.entries.findLast((each) => each.number === number);
    if (entry) entry.output = output;
  }

  clear(): void {
    this.entries = [];
  }

  /** Rows of session, number and input, the latter with its output where that is asked for. */
  find(request: HistoryRequest): unknown[] {
    const row = ({ number, input, output }: Entry) => [SESSION, number, request.output ? [input, output] : input];
    return this.chosen(request).map(row);
  }

  private chosen({
    hist_access_type: type,
    session = 0,
    start = 0,
    stop,
    n,
    pattern,
    unique,
  }: HistoryRequest): Entry[] {
    const last = (entries: Entry[]) =>
      typeof n === 'number' && n >= 0 ? entries.slice(Math.max(0, entries.length - n)) : entries;
    if (type === 'tail') return last(this.entries);
    if (type === 'range') {
      if (session !== 0 && session !== SESSION) return [];
      return this.entries.filter(({ number }) => number >= start && (typeof stop !== 'number' || number < stop));
    }
    const glob = globPattern(pattern ?? '*');
    const found = this.entries.filter(({ input }) => glob.test(input));
    const latest = new Map(found.map((entry) => [entry.input, entry]));
    return last(unique ? found.filter((entry) => latest.get(entry.input) === entry) : found);
  }
}

function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '[\\s\\S]*').replaceAll('?', '[\\s\\S]')}$`);
}
