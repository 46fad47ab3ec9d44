import path from 'node:path';
import type * as ts from 'typescript';
import { KnownFiles } from './known-files.js';
import { runtimeLibs } from './runtime-libs.js';

/** So many cells may declare something before the program has to be set up anew, and again that often. */
const CELLS = 64;

/**
 * The cells of a session as one program of TypeScript. Every cell that has declared something stays a file of its own; a name is looked
 * up in the cell that uses it, then in the one before, and so on: a later cell may declare a name again, and types are inferred from
 * the code that was written.
 */
export class CellProgram {
  readonly files: KnownFiles;
  readonly options: ts.CompilerOptions;
  readonly service: ts.LanguageService;
  private readonly folder: string;
  private readonly cells: string[] = [];
  /** How many of the cells have been accepted; the next one is the running cell, or else the scratch cell. */
  private accepted = 0;
  private running = false;
  /** A file that is always there: what it imports stays read. */
  private readonly base: string;
  private projectVersion = 0;

  /**
   * @param folder where imports of files are looked for
   * @param globals declarations of what the host puts in scope, as TypeScript
   */
  constructor(
    readonly typescript: typeof ts,
    folder: string,
    private readonly globals: string,
  ) {
    this.folder = folder.replaceAll('\\', '/');
    this.base = path.posix.join(this.folder, '__modulab_base__.ts');
    this.files = new KnownFiles(typescript, folder);
    const library = path.dirname(typescript.getDefaultLibFilePath({}));
    this.options = {
      target: typescript.ScriptTarget.ES2022,
      module: typescript.ModuleKind.Preserve,
      moduleResolution: typescript.ModuleResolutionKind.Bundler,
      moduleDetection: typescript.ModuleDetectionKind.Force,
      customConditions: ['node'],
      lib: runtimeLibs(typescript, library),
      types: ['node'],
      allowImportingTsExtensions: true,
      allowJs: true,
      checkJs: false,
      esModuleInterop: true,
      resolveJsonModule: true,
      preserveConstEnums: true,
      jsx: typescript.JsxEmit.React,
      skipLibCheck: true,
      sourceMap: true,
      newLine: typescript.NewLineKind.LineFeed,
    };
    this.files.write(this.base, globals);
    this.addCells();
    this.service = typescript.createLanguageService(this.host(library), this.registry());
  }

  /** Reads modulab's types, which stay read. */
  readLibrary(): void {
    this.files.write(this.base, `import 'modulab';\n${this.globals}`);
    this.projectVersion++;
    this.service.getProgram();
  }

  /** Puts a text into the scratch cell; what it imports is looked for again even where the text is the same. @returns its file, which knows what accepted cells have declared */
  load(code: string): { file: ts.SourceFile; program: ts.Program } {
    this.files.refresh();
    const name = this.scratch;
    this.files.write(name, code);
    this.projectVersion++;
    const program = this.service.getProgram()!;
    const file = program.getSourceFile(name)!;
    const before = this.accepted > 0 ? program.getSourceFile(this.cells[this.accepted - 1]!) : undefined;
    // Names that a file does not know are looked up in its parent.
    (file as { parent: ts.Node | undefined }).parent = before;
    return { file, program };
  }

  /** The scratch cell's file. */
  get scratch(): string {
    return this.cells[this.accepted + (this.running ? 1 : 0)]!;
  }

  /** The scratch cell runs from now on: another one takes its place. */
  run(): void {
    this.running = true;
  }

  /**
   * Keeps what the running cell has declared.
   * @param gone names that are not kept: what they were before counts
   */
  accept(gone: ReadonlySet<string>): void {
    if (!this.running) return;
    this.running = false;
    const { locals } = this.service.getProgram()!.getSourceFile(this.scratch)! as FileWithLocals;
    for (const name of gone) locals?.delete(this.typescript.escapeLeadingUnderscores(name));
    if (!locals?.size) return;
    this.accepted++;
    if (this.accepted + 1 === this.cells.length) this.addCells();
  }

  /** Forgets all cells. */
  reset(): void {
    for (const name of this.cells) this.files.write(name, '');
    this.accepted = 0;
    this.running = false;
    this.projectVersion++;
  }

  /** Whether a symbol was declared by an accepted cell, at its top level. */
  isOfEarlierCell(symbol: ts.Symbol): boolean {
    const file: FileWithLocals | undefined = symbol.declarations?.[0]?.getSourceFile();
    if (!file || file.fileName === this.scratch || !this.cells.includes(file.fileName)) return false;
    return file.locals?.get(symbol.escapedName) === symbol;
  }

  private addCells(): void {
    const end = this.cells.length + CELLS;
    for (let i = this.cells.length; i < end; i++) {
      const name = path.posix.join(this.folder, `__modulab_cell_${i + 1}__.ts`);
      this.cells.push(name);
      this.files.write(name, '');
    }
    this.projectVersion++;
  }

  private host(library: string): ts.LanguageServiceHost {
    const { files, typescript } = this;
    return {
      getCompilationSettings: () => this.options,
      getProjectVersion: () => String(this.projectVersion),
      getScriptFileNames: () => [this.base, ...this.cells],
      getScriptVersion: files.version,
      getScriptSnapshot: files.snapshot,
      getCurrentDirectory: () => this.folder,
      getDefaultLibFileName: (options) => path.join(library, typescript.getDefaultLibFileName(options)),
      useCaseSensitiveFileNames: () => true,
      fileExists: files.exists,
      readFile: files.read,
      directoryExists: (name) => files.sys.directoryExists(name),
      getDirectories: (name) => files.sys.getDirectories(name),
      readDirectory: (...asked) => files.sys.readDirectory(...asked),
      realpath: (name) => files.sys.realpath?.(name) ?? name,
    };
  }

  private registry(): ts.DocumentRegistry {
    const { files } = this;
    const parse: ts.DocumentRegistry['acquireDocumentWithKey'] = (
      file,
      _path,
      _settings,
      _key,
      snapshot,
      version,
      kind,
      options,
    ) => files.parse(file, snapshot, version, options ?? this.options.target!, kind);
    return {
      acquireDocument: (file, _settings, snapshot, version, kind, options) =>
        files.parse(file, snapshot, version, options ?? this.options.target!, kind),
      updateDocument: (file, _settings, snapshot, version, kind, options) =>
        files.parse(file, snapshot, version, options ?? this.options.target!, kind),
      acquireDocumentWithKey: parse,
      updateDocumentWithKey: parse,
      getKeyForCompilationSettings: () => 'cells' as ts.DocumentRegistryBucketKey,
      releaseDocument: () => undefined,
      releaseDocumentWithKey: () => undefined,
      reportStats: () => '',
    };
  }
}

/** A file and the names that it declares, which TypeScript's types leave out. */
export type FileWithLocals = ts.SourceFile & { readonly locals?: Map<ts.__String, ts.Symbol> };
