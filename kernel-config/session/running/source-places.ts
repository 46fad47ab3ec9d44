import { SourceMap, type SourceMapPayload } from 'node:module';

/** Where something stands in what was written. Lines count from 1. */
export interface SourcePlace {
  readonly line: number;
  readonly text: string;
}

/** What was written, by the names that its JavaScript has in stack traces. */
export class SourcePlaces {
  private readonly sources = new Map<string, { lines: readonly string[]; map: SourceMap | null }>();

  /** @param map the JavaScript's source map, as JSON */
  add(file: string, source: string, map: string): void {
    const parsed = map === '' ? null : new SourceMap(JSON.parse(map) as SourceMapPayload);
    this.sources.set(file, { lines: source.split('\n'), map: parsed });
  }

  /** What stands at a place of the JavaScript; null where nothing is known of it. Lines and columns count from 1. */
  find(file: string, line: number, column: number): SourcePlace | null {
    const source = this.sources.get(file);
    if (!source) return null;
    // Empty where the map knows nothing of the place.
    const entry: { originalLine?: number } | undefined = source.map?.findEntry(line - 1, column - 1);
    const original = entry?.originalLine ?? line - 1;
    const text = source.lines[original];
    return text === undefined ? null : { line: original + 1, text };
  }

  clear(): void {
    this.sources.clear();
  }
}
