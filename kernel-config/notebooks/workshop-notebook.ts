import { DataError } from '../../lib/errors.js';
import { OUTCOME } from '../../lib/workshop/lesson.js';
import { bundleOf, joinText, type MultilineText, type Notebook } from './notebook.js';

/** Cells with this tag are for the solutions only. */
const SOLUTION_ONLY = 'solution-only';
const MARKER = /^\s*\/\/ solution:(begin|instead|end)\s*$/;

/**
 * What participants get of a notebook with solutions: without outputs, and without what stands between the lines
 * `// solution:begin` and `// solution:end`. Lines after `// solution:instead` take its place, without their `// `.
 * @throws DataError on markers that do not pair up
 */
export function participantNotebook(solutions: Notebook): Notebook {
  return {
    ...solutions,
    cells: solutions.cells
      .filter(({ metadata }) => !(metadata.tags as string[] | undefined)?.includes(SOLUTION_ONLY))
      .map((cell) => ({
        ...cell,
        source: cell.cell_type === 'code' ? withoutSolution(joinText(cell.source)) : cell.source,
        ...(cell.cell_type === 'code' && { execution_count: null, outputs: [] }),
      })),
  };
}

function withoutSolution(source: string): string {
  let where: 'outside' | 'begin' | 'instead' = 'outside';
  const kept: string[] = [];
  for (const line of source.split('\n')) {
    const marker = MARKER.exec(line)?.[1];
    const before = { begin: ['outside'], instead: ['begin'], end: ['begin', 'instead'] }[marker ?? ''];
    if (before && !before.includes(where)) {
      throw new DataError(`workshop: 'solution:${marker}' in the wrong place, in the cell\n${source}`);
    }
    if (marker) where = marker === 'end' ? 'outside' : (marker as 'begin' | 'instead');
    else if (where === 'outside') kept.push(line);
    else if (where === 'instead') kept.push(line.replace(/^(\s*)\/\/ ?/, '$1'));
  }
  if (where !== 'outside') throw new DataError(`workshop: 'solution:end' is missing in the cell\n${source}`);
  return kept.join('\n');
}

/** The exercises that a notebook's cells check, in their order. */
export function checkedExercises(notebook: Notebook): string[] {
  return notebook.cells.flatMap(({ cell_type, source }) =>
    cell_type === 'code' ? [...joinText(source).matchAll(/\bcheck\('([\d.]+)'/g)].map(([, id = '']) => id) : [],
  );
}

/**
 * A notebook that goes through a part twice in one kernel, for tests: as a participant who answers nothing, then once more
 * through the exercises with the solutions. Figures are left out.
 */
export function rehearsal(solutions: Notebook): Notebook {
  const again = solutions.cells.filter(({ cell_type, source }) => {
    const code = cell_type === 'code' ? joinText(source) : '';
    return /^\s*\/\/ solution:begin/m.test(code) || /\bcheck\('/.test(code);
  });
  const cells = [
    ...participantNotebook(solutions).cells,
    ...again.map((cell) => ({ ...cell, id: `${cell.id}-solved` })),
  ];
  return { ...solutions, cells: cells.map((cell) => ({ ...cell, source: withoutFigures(joinText(cell.source)) })) };
}

const withoutFigures = (source: string) => source.replace(/^plot\.(?!table\b)\w+\(.*\)\.show\(\);$/gm, '');

/** The marks that each check left in an executed notebook's outputs: '✓' solved, '✗' wrong, '…' not yet answered. */
export function checkOutcomes(notebook: Notebook): Record<string, string[]> {
  const outcomes: Record<string, string[]> = {};
  for (const output of notebook.cells.flatMap((cell) => cell.outputs ?? [])) {
    const [, mark, id = ''] = OUTCOME.exec(joinText((bundleOf(output)?.['text/plain'] ?? '') as MultilineText)) ?? [];
    if (mark) (outcomes[id] ??= []).push(mark);
  }
  return outcomes;
}
