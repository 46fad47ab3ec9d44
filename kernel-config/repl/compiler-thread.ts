/**
 * The thread in which the prompt's TypeScript lives: loading it takes seconds, and the prompt is to answer every key in
 * the meantime.
 */
import fs from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type * as ts from '@tslab/typescript-for-tslab';
import type { Converter } from 'tslab/dist/converter.js';
import { loadTslabCompiler } from '../session/tslab-compiler.js';
import type { Answer, CompilerQuestions, Completion, Question } from './compiler-protocol.js';
import { completenessOf } from './completeness.js';

const { typescript, require: tslabRequire } = loadTslabCompiler();
const { createConverter } = tslabRequire('tslab/dist/converter.js') as typeof import('tslab/dist/converter.js');
let made: Converter | undefined;
const converter = () => (made ??= createConverter());

type Answers = {
  [K in keyof CompilerQuestions]: (ask: CompilerQuestions[K]['ask']) => CompilerQuestions[K]['answer'];
};

const answers: Answers = {
  convert: ({ declarations, code }) => converter().convert(declarations, code),
  complete: ({ declarations, code, position }) => complete(declarations, code, position),
  typeOf: ({ declarations, expression }) => ({ text: typeOf(declarations, expression) }),
  isComplete: ({ code }) => completenessOf(typescript, code),
  exportedNames: ({ file }) => exportedNames(file),
};

function complete(declarations: string, code: string, position: number): Completion {
  const { start, end, candidates, original } = converter().complete(declarations, code, position);
  const prefix = code.slice(start, Math.min(end, position));
  // Those that TypeScript offers because they stand somewhere in the text.
  const guessed = new Set(original?.entries.filter(({ kind }) => String(kind) === 'warning').map(({ name }) => name));
  const names = candidates.filter(
    (name) => name.startsWith(prefix) && !name.startsWith('tsLastExpr') && !guessed.has(name),
  );
  return { start, end, names: [...new Set(names)] };
}

function typeOf(declarations: string, expression: string): string {
  if (/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(expression)) {
    const info = converter().inspect(declarations, expression, 0) as ts.QuickInfo | undefined;
    if (info) return parts(info.displayParts) + (info.documentation?.length ? `\n${parts(info.documentation)}` : '');
  }
  const name = 'typeOfExpression';
  const { diagnostics, declOutput } = converter().convert(declarations, `const ${name} = (${expression}\n);`);
  if (diagnostics.length > 0) return diagnostics.map(({ messageText }) => messageText).join('\n');
  const file = typescript.createSourceFile('types.d.ts', declOutput ?? '', typescript.ScriptTarget.Latest, false);
  for (const statement of file.statements) {
    if (!typescript.isVariableStatement(statement)) continue;
    for (const declaration of statement.declarationList.declarations) {
      if (declaration.name.getText(file) === name) return declaration.type?.getText(file) ?? 'any';
    }
  }
  return 'unknown';
}

const parts = (all: readonly ts.SymbolDisplayPart[] | undefined) => (all ?? []).map(({ text }) => text).join('');

function exportedNames(file: string): string[] {
  const text = fs.readFileSync(file, 'utf8');
  const { statements } = typescript.createSourceFile(file, text, typescript.ScriptTarget.Latest, false);
  return statements.flatMap((statement) => {
    if (!typescript.isExportDeclaration(statement) || !statement.exportClause) return [];
    const clause = statement.exportClause;
    if (typescript.isNamespaceExport(clause)) return [clause.name.text];
    return clause.elements.map(({ name }) => name.text);
  });
}

parentPort!.on('message', ({ id, kind, ask }: Question) => {
  const reply: Answer = { id };
  try {
    reply.answer = answers[kind](ask as never);
  } catch (error) {
    reply.error = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  parentPort!.postMessage(reply);
});
