import type { ImportGraph } from './import-graph.js';

/** The floors of the project, from the bottom: the rooms (folders, or single files) on each. */
export type Floors = readonly (readonly string[])[];

/**
 * Reads the table of floors out of CONTRIBUTING.md: rows such as ``| 3 | `lib/models` `lib/metrics` | … |``, the ground floor last.
 * @throws Error when there is no such table, or its numbers do not count down to 0
 */
export function readFloors(markdown: string): Floors {
  const rows = [...markdown.matchAll(/^\| *(\d+) *\| *((?:`[^`]+`,? *)+)\|/gm)];
  const floors = rows
    .map(([, , rooms = '']) => [...rooms.matchAll(/`([^`]+)`/g)].map(([, room = '']) => room))
    .reverse();
  if (rows.length === 0 || rows.some(([, floor], i) => Number(floor) !== rows.length - 1 - i)) {
    throw new Error(
      `CONTRIBUTING.md: expected a table of floors that counts down to 0, got rows ${rows.map(([, floor]) => floor).join(', ')}.`,
    );
  }
  return floors;
}

/** The room that a file belongs to: the longest of those it lies in; undefined where there is none. */
export function roomOf(file: string, floors: Floors): string | undefined {
  return floors
    .flat()
    .filter((room) => file === room || file.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0];
}

/**
 * Imports that floors do not allow: a room may use itself and the floors below it, neither those above nor its neighbours.
 * Files of no room are named as well.
 */
export function forbiddenImports(graph: ImportGraph, floors: Floors): string[] {
  const floorOf = new Map(floors.flatMap((rooms, floor) => rooms.map((room) => [room, floor] as const)));
  const forbidden: string[] = [];
  for (const [file, targets] of graph) {
    const room = roomOf(file, floors);
    if (room === undefined) {
      forbidden.push(`${file} is in no room of the table`);
      continue;
    }
    for (const target of targets) {
      const other = roomOf(target, floors);
      if (other === undefined || other === room) continue;
      const [from, to] = [floorOf.get(room)!, floorOf.get(other)!];
      if (to > from) forbidden.push(`${file} → ${target}: up, from floor ${from} to floor ${to}`);
      if (to === from) forbidden.push(`${file} → ${target}: to a neighbour on floor ${from}`);
    }
  }
  return forbidden;
}
