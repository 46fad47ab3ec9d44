/** How often something happened to files, and one of them. */
export interface Counted {
  /** What happened, or what the files are; in the plural. */
  readonly what: string;
  readonly count: number;
  /** The first of them. */
  readonly example: string;
}

/** Counts files by what happened to them, in the order of the first of each. */
export class Tally {
  private readonly counts = new Map<string, { count: number; example: string }>();

  add(what: string, example: string, count = 1): void {
    const seen = this.counts.get(what);
    if (seen) seen.count += count;
    else this.counts.set(what, { count, example });
  }

  list(): Counted[] {
    return Array.from(this.counts, ([what, counted]) => ({ what, ...counted }));
  }
}
