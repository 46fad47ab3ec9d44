import path from 'node:path';
import ts from 'typescript';

/** Which files every file imports, its types included: path → paths, relative to the project. Packages are left out. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the imports of TypeScript and JavaScript files: `import`, `export … from`, `import()`, `import('…').Type` and `require`.
 * @param sources path → text
 */
export function importGraph(sources: ReadonlyMap<string, string>): ImportGraph {
  const graph = new Map<string, string[]>();
  for (const [file, text] of sources) {
    const targets = ts
      .preProcessFile(text, true, true)
      .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => path.posix.join(path.posix.dirname(file), fileName))
      .map((target) => [target, target.replace(/js$/, 'ts')].find((there) => sources.has(there)))
      .filter((target) => target !== undefined);
    graph.set(file, [...new Set(targets)]);
  }
  return graph;
}

/** Groups of files that import each other in circles, each sorted; none where there is no circle. */
export function circles(graph: ImportGraph): string[][] {
  const number = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];

  // Tarjan's strongly connected components
  const visit = (file: string): void => {
    number.set(file, number.size);
    lowest.set(file, number.get(file)!);
    open.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!number.has(target)) visit(target);
      if (open.includes(target)) lowest.set(file, Math.min(lowest.get(file)!, lowest.get(target)!));
    }
    if (lowest.get(file) !== number.get(file)) return;
    const group = open.splice(open.indexOf(file));
    if (group.length > 1 || graph.get(file)?.includes(file)) found.push(group.sort());
  };
  for (const file of graph.keys()) if (!number.has(file)) visit(file);
  return found;
}
