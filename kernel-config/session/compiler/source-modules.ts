import type * as ts from 'typescript';
import type { CellProgram } from './cell-program.js';
import { type ModuleOutput, moduleOutput } from './module-output.js';

/** The source files that cells import, translated when they are new or have changed. */
export class SourceModules {
  private readonly given = new Map<string, string>();

  constructor(private readonly cells: CellProgram) {}

  /** Where the source files lie that a file imports, by what it calls them. */
  sourcesOf(program: ts.Program, file: ts.SourceFile): Record<string, string> {
    const { typescript, options, files } = this.cells;
    const sources: Record<string, string> = {};
    for (const specifier of specifiersIn(typescript, file)) {
      const host = { ...files.sys, fileExists: files.exists, readFile: files.read };
      const { resolvedModule } = typescript.resolveModuleName(specifier, file.fileName, options, host);
      if (!resolvedModule || resolvedModule.isExternalLibraryImport) continue;
      const { resolvedFileName, extension } = resolvedModule;
      if (extension.endsWith('.json') || /\.d\.[cm]?ts$/.test(resolvedFileName)) continue;
      if (program.getSourceFile(resolvedFileName)) sources[specifier] = resolvedFileName;
    }
    return sources;
  }

  /** Those that the sources need and that are not as they were when they were last asked for, with all that build on them. */
  changed(program: ts.Program, sources: Readonly<Record<string, string>>): ModuleOutput[] {
    const found = new Map<string, Record<string, string>>();
    const collect = (name: string) => {
      if (found.has(name)) return;
      const own = this.sourcesOf(program, program.getSourceFile(name)!);
      found.set(name, own);
      Object.values(own).forEach(collect);
    };
    Object.values(sources).forEach(collect);

    const { files } = this.cells;
    const stale = new Set([...found.keys()].filter((name) => this.given.get(name) !== files.version(name)));
    for (let before = -1; before !== stale.size;) {
      before = stale.size;
      for (const [name, own] of found) if (Object.values(own).some((each) => stale.has(each))) stale.add(name);
    }
    return [...stale].map((name) => {
      this.given.set(name, files.version(name));
      const { typescript, options } = this.cells;
      return moduleOutput(typescript, options, name, program.getSourceFile(name)!.text, found.get(name)!);
    });
  }
}

/** All modules that a file names in the code. */
function specifiersIn(typescript: typeof ts, file: ts.SourceFile): Set<string> {
  const found = new Set<string>();
  const look = (node: ts.Node): void => {
    const named =
      typescript.isImportDeclaration(node) || typescript.isExportDeclaration(node)
        ? node.moduleSpecifier
        : typescript.isExternalModuleReference(node)
          ? node.expression
          : typescript.isCallExpression(node) && node.expression.kind === typescript.SyntaxKind.ImportKeyword
            ? node.arguments[0]
            : undefined;
    if (named && typescript.isStringLiteralLike(named)) found.add(named.text);
    typescript.forEachChild(node, look);
  };
  look(file);
  return found;
}
