import type { Converter } from 'tslab/dist/converter.js';
import { loadTslabCompiler } from '../session/tslab-compiler.js';
import { joinText, type Notebook } from './notebook.js';

let made: Converter | undefined;

function converter(): Converter {
  const { require: tslabRequire } = loadTslabCompiler();
  return (tslabRequire('tslab/dist/converter.js') as typeof import('tslab/dist/converter.js')).createConverter();
}

/** What the kernel's compiler says of a notebook's cells, each knowing what those before it declare; nothing is run. */
export function cellTypeErrors({ cells }: Pick<Notebook, 'cells'>): string[] {
  made ??= converter();
  let declared = '';
  for (const cell of cells) {
    if (cell.cell_type !== 'code') continue;
    const { diagnostics, declOutput } = made.convert(declared, joinText(cell.source));
    if (diagnostics.length > 0) return diagnostics.map(({ start, messageText }) => `${start.line + 1}: ${messageText}`);
    declared = declOutput ?? '';
  }
  return [];
}

/** Lets the process end: the compiler watches files. */
export function endCellTypes(): void {
  made?.close();
  made = undefined;
}
