import typescript from 'typescript';
import { CellCompiler } from '../session/compiler/cell-compiler.js';
import { joinText, type Notebook } from './notebook.js';

let compiler: CellCompiler | undefined;

/**
 * What the kernel's compiler says of a notebook's cells, nothing of which is run. They stand one below the other in a single cell: looking
 * at each of them by itself takes longer, and a kernel that runs the notebook does that.
 */
export function cellTypeErrors({ cells }: Pick<Notebook, 'cells'>): string[] {
  compiler ??= new CellCompiler(typescript, process.cwd());
  compiler.reset();
  const lines = cells.flatMap((cell, number) =>
    cell.cell_type === 'code'
      ? joinText(cell.source)
          .split('\n')
          .map((text) => ({ text, number }))
      : [],
  );
  const { errors } = compiler.convert(lines.map(({ text }) => text).join('\n'));
  return errors.map(({ start, messageText }) => {
    const { text, number } = lines[start.line]!;
    return `cell ${number + 1}, ${text.trim()}: ${messageText}`;
  });
}
