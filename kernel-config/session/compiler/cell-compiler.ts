import path from 'node:path';
import type * as ts from 'typescript';
import { cellOutput, withoutExportModifiers } from './cell-output.js';
import { CellProgram } from './cell-program.js';
import type { Completion, ConvertedCell } from './compiler-protocol.js';
import { SourceModules } from './source-modules.js';
import type { CompilerMessage } from './type-error-text.js';

/** Checks, translates, completes and explains the cells of one session. */
export class CellCompiler {
  private readonly cells: CellProgram;
  private readonly modules: SourceModules;

  /**
   * @param folder where imports of files are looked for
   * @param globals declarations of what the host puts in scope, as TypeScript
   */
  constructor(
    private readonly typescript: typeof ts,
    private readonly folder: string,
    globals = '',
  ) {
    this.cells = new CellProgram(typescript, folder, globals);
    this.modules = new SourceModules(this.cells);
  }

  /** Reads the types that every cell needs, or modulab's as well, before one asks for them. */
  prepare(library: boolean): void {
    if (library) this.cells.readLibrary();
    else this.cells.load('').program.getTypeChecker();
  }

  convert(code: string): ConvertedCell {
    const { file, program } = this.cells.load(withoutExportModifiers(this.typescript, code));
    const sources = this.modules.sourcesOf(program, file);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    const errors = found.filter(({ category }) => category === this.typescript.DiagnosticCategory.Error);
    if (errors.length > 0) {
      return { errors: errors.map((each) => this.message(each)), output: null, sources, modules: [] };
    }
    const output = cellOutput(this.cells, program, file);
    const modules = this.modules.changed(program, sources);
    this.cells.run();
    return { errors: [], output, sources, modules };
  }

  accept(gone: readonly string[]): void {
    this.cells.accept(new Set(gone));
  }

  reset(): void {
    this.cells.reset();
  }

  complete(code: string, position: number): Completion {
    const { file } = this.cells.load(withoutExportModifiers(this.typescript, code));
    const before = /[\p{L}\p{N}_$]*$/u.exec(code.slice(0, position))![0];
    const behind = /^[\p{L}\p{N}_$]*/u.exec(code.slice(position))![0];
    const info = this.cells.service.getCompletionsAtPosition(file.fileName, position, {});
    const span = info?.optionalReplacementSpan;
    const start = span?.start ?? position - before.length;
    const end = span ? span.start + span.length : position + behind.length;
    const typed = code.slice(start, position);
    const rank = (name: string) =>
      name.startsWith(typed) ? 0 : name.toLowerCase().startsWith(typed.toLowerCase()) ? 1 : 2;
    const names = (info?.entries ?? [])
      // Those of kind 'warning' are offered because they stand somewhere in the text.
      .filter(({ kind, name }) => kind !== this.typescript.ScriptElementKind.warning && rank(name) < 2)
      .sort(
        (a, b) => rank(a.name) - rank(b.name) || a.sortText.localeCompare(b.sortText) || a.name.localeCompare(b.name),
      )
      .map(({ name }) => name);
    return { start, end, names: [...new Set(names)] };
  }

  /** @returns what is known at the first of the positions where something is */
  inspect(code: string, positions: readonly number[]): string | null {
    const { file } = this.cells.load(withoutExportModifiers(this.typescript, code));
    for (const position of positions) {
      const info = this.cells.service.getQuickInfoAtPosition(file.fileName, position);
      // A name that is not known is of no kind.
      if (info && info.kind !== this.typescript.ScriptElementKind.unknown) return explained(info);
    }
    return null;
  }

  typeOf(expression: string): string {
    const code = `(${expression}\n)`;
    const { file, program } = this.cells.load(code);
    const errors = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    if (errors.length > 0) return errors.map((each) => this.message(each).messageText).join('\n');
    if (/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(expression)) {
      const info = this.cells.service.getQuickInfoAtPosition(file.fileName, 1);
      if (info) return explained(info);
    }
    const [statement] = file.statements;
    if (!statement || !this.typescript.isExpressionStatement(statement)) return 'unknown';
    const checker = program.getTypeChecker();
    return checker.typeToString(checker.getTypeAtLocation(statement.expression));
  }

  private message({ file, start = 0, length = 0, messageText, code }: ts.Diagnostic): CompilerMessage {
    const place = (position: number) => file?.getLineAndCharacterOfPosition(position) ?? { line: 0, character: 0 };
    return {
      start: place(start),
      end: place(start + length),
      messageText: this.typescript.flattenDiagnosticMessageText(messageText, '\n'),
      code,
      ...(file && file.fileName !== this.cells.scratch ? { fileName: path.relative(this.folder, file.fileName) } : {}),
    };
  }
}

/** What stands at a name: its type, what is written about it, and the tags of that by their names. */
function explained({ displayParts, documentation, tags }: ts.QuickInfo): string {
  const text = (parts: readonly ts.SymbolDisplayPart[] | undefined) => (parts ?? []).map((part) => part.text).join('');
  const about = [text(documentation), ...(tags ?? []).map((tag) => `@${tag.name} ${text(tag.text)}`.trim())];
  return [text(displayParts), ...about.filter((line) => line !== '')].join('\n');
}
