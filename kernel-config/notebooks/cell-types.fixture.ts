import type { Converter } from 'tslab/dist/converter.js';
import { loadTslabCompiler } from '../session/tslab-compiler.js';
import { joinText, type Notebook } from './notebook.js';

let made: Converter | undefined;

function converter(): Converter {
  const { require: tslabRequire } = loadTslabCompiler();
  return (tslabRequire('tslab/dist/converter.js') as typeof import('tslab/dist/converter.js')).createConverter();
}

/**
 * What the kernel's compiler says of a notebook's cells, nothing of which is run. They stand one below the other in a single cell: looking
 * at each of them by itself takes three times as long, and a kernel that runs the notebook does that.
 */
export function cellTypeErrors({ cells }: Pick<Notebook, 'cells'>): string[] {
  made ??= converter();
  const lines = cells.flatMap((cell, number) =>
    cell.cell_type === 'code'
      ? joinText(cell.source)
          .split('\n')
          .map((text) => ({ text, number }))
      : [],
  );
  const { diagnostics } = made.convert('', lines.map(({ text }) => text).join('\n'));
  return diagnostics.map(({ start, messageText }) => {
    const { text, number } = lines[start.line]!;
    return `cell ${number + 1}, ${text.trim()}: ${messageText}`;
  });
}

/** Lets the process end: the compiler watches files. */
export function endCellTypes(): void {
  made?.close();
  made = undefined;
}
