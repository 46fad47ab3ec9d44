import path from 'node:path';
import ts from 'typescript';
import { projectRoot } from '../session/project-root.js';
import { projectOptions } from './type-errors.fixture.js';

/** Exported names and what they stand for, behind all re-exports. */
export type Exports = ReadonlyMap<string, ts.Symbol>;

/** What 'modulab' exports, as the compiler sees its source. */
export interface Face {
  readonly checker: ts.TypeChecker;
  readonly flat: Exports;
  /** Of the flat names those that are namespaces, with what is in them. */
  readonly namespaces: ReadonlyMap<string, Exports>;
}

/** Reads the face of the library. It takes seconds. */
export function readFace(): Face {
  const file = path.join(projectRoot, 'lib/index.ts');
  const program = ts.createProgram([file], projectOptions(projectRoot));
  const checker = program.getTypeChecker();
  const resolved = (symbol: ts.Symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const exportsOf = (module: ts.Symbol): Exports =>
    new Map(checker.getExportsOfModule(module).map((symbol) => [symbol.name, resolved(symbol)]));
  const flat = exportsOf(checker.getSymbolAtLocation(program.getSourceFile(file)!)!);
  const modules = [...flat].filter(([, symbol]) => symbol.flags & ts.SymbolFlags.ValueModule);
  return { checker, flat, namespaces: new Map(modules.map(([name, symbol]) => [name, exportsOf(symbol)])) };
}
