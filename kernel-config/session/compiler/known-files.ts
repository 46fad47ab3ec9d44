import path from 'node:path';
import type * as ts from 'typescript';
import { addProjectTypes } from '../project-modules.js';
import { projectRoot } from '../project-root.js';

/** A parsed file; the fields that TypeScript's language service keeps at it are not in its types. */
export type ParsedFile = ts.SourceFile & { version: string; scriptSnapshot: ts.IScriptSnapshot };

/**
 * The files that cells are checked with: those in memory, and those on disk, which are parsed once and again when they have changed
 * there.
 */
export class KnownFiles {
  readonly sys: ts.System;
  private readonly inMemory = new Map<string, ts.IScriptSnapshot & { version: string }>();
  private readonly onDisk = new Map<string, string | null>();
  private readonly parsed = new Map<string, ParsedFile>();
  private readonly libraryFolder: string;
  private edits = 0;

  constructor(
    private readonly typescript: typeof ts,
    folder: string,
  ) {
    this.sys = { ...typescript.sys };
    addProjectTypes(this.sys, folder, projectRoot);
    this.libraryFolder = path.dirname(typescript.getDefaultLibFilePath({})).replaceAll('\\', '/');
  }

  /** Puts a file into memory, or another text into one. */
  write(file: string, text: string): void {
    const snapshot = this.typescript.ScriptSnapshot.fromString(text);
    this.inMemory.set(file, Object.assign(snapshot, { version: `m${++this.edits}` }));
  }

  /** Looks which files have changed on disk since the last look. */
  refresh(): void {
    for (const [file, version] of this.onDisk) {
      if (file.startsWith(this.libraryFolder)) continue;
      const now = this.stampOf(file);
      if (now !== version) this.onDisk.set(file, now);
    }
  }

  exists = (file: string): boolean => this.inMemory.has(file) || this.sys.fileExists(file);

  read = (file: string): string | undefined => {
    const snapshot = this.inMemory.get(file);
    return snapshot ? snapshot.getText(0, snapshot.getLength()) : this.sys.readFile(file);
  };

  version = (file: string): string => {
    const own = this.inMemory.get(file)?.version;
    if (own !== undefined) return own;
    if (!this.onDisk.has(file)) this.onDisk.set(file, this.stampOf(file));
    return this.onDisk.get(file) ?? 'gone';
  };

  snapshot = (file: string): ts.IScriptSnapshot | undefined => {
    const own = this.inMemory.get(file);
    if (own) return own;
    const known = this.parsed.get(file);
    if (known?.version === this.version(file)) return known.scriptSnapshot;
    const text = this.sys.readFile(file);
    return text === undefined ? undefined : this.typescript.ScriptSnapshot.fromString(text);
  };

  /** The parsed file, the same one until its version is another. */
  parse(
    file: string,
    snapshot: ts.IScriptSnapshot,
    version: string,
    options: ts.CreateSourceFileOptions | ts.ScriptTarget,
    kind?: ts.ScriptKind,
  ): ParsedFile {
    const known = this.parsed.get(file);
    if (known?.version === version) return known;
    const text = snapshot.getText(0, snapshot.getLength());
    const made = this.typescript.createSourceFile(file, text, options, true, kind) as ParsedFile;
    made.version = version;
    made.scriptSnapshot = snapshot;
    this.parsed.set(file, made);
    return made;
  }

  private stampOf(file: string): string | null {
    const time = this.sys.getModifiedTime?.(file);
    return time === undefined ? null : String(time.getTime());
  }
}
