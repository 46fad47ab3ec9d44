/**
 * The thread in which a session's TypeScript lives: loading it takes a second, and the prompt is to answer every key in the meantime,
 * the kernel every request.
 */
import fs from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import typescript from 'typescript';
import { CellCompiler } from './cell-compiler.js';
import type { Answer, CompilerQuestions, Question } from './compiler-protocol.js';
import { completenessOf } from './completeness.js';

const { folder, globals } = workerData as { folder: string; globals: string };
let made: CellCompiler | undefined;
const compiler = () => (made ??= new CellCompiler(typescript, folder, globals));

type Answers = {
  [K in keyof CompilerQuestions]: (ask: CompilerQuestions[K]['ask']) => CompilerQuestions[K]['answer'];
};

const answers: Answers = {
  prepare({ library }) {
    compiler().prepare(library);
    return null;
  },
  convert: ({ code }) => compiler().convert(code),
  accept({ gone }) {
    compiler().accept(gone);
    return null;
  },
  reset() {
    compiler().reset();
    return null;
  },
  complete: ({ code, position }) => compiler().complete(code, position),
  inspect: ({ code, positions }) => compiler().inspect(code, positions),
  typeOf: ({ expression }) => ({ text: compiler().typeOf(expression) }),
  isComplete: ({ code }) => completenessOf(typescript, code),
  exportedNames: ({ file }) => exportedNames(file),
};

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
