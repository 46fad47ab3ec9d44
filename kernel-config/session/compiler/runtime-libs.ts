import type * as ts from 'typescript';

/** Parts of TypeScript's library, and whether the running Node has what they describe. */
const BEYOND_ES2023: readonly (readonly [lib: string, has: () => boolean])[] = [
  ['es2024.arraybuffer', () => 'resize' in ArrayBuffer.prototype],
  ['es2024.collection', () => 'groupBy' in Map],
  ['es2024.object', () => 'groupBy' in Object],
  ['es2024.promise', () => 'withResolvers' in Promise],
  ['es2024.regexp', () => 'unicodeSets' in RegExp.prototype],
  ['es2024.sharedmemory', () => 'waitAsync' in Atomics],
  ['es2024.string', () => 'isWellFormed' in String.prototype],
  ['esnext.array', () => 'fromAsync' in Array],
  ['esnext.collection', () => 'union' in Set.prototype],
  ['esnext.disposable', () => 'dispose' in Symbol],
  ['esnext.error', () => 'isError' in Error],
  ['esnext.float16', () => 'Float16Array' in globalThis],
  ['esnext.iterator', () => typeof (globalThis as { Iterator?: unknown }).Iterator === 'function'],
  ['esnext.promise', () => 'try' in Promise],
  ['esnext.sharedmemory', () => 'pause' in Atomics],
];

/**
 * The files of TypeScript's library that describe what the running Node has: what a cell may call is there, and what is there it may
 * call.
 */
export function runtimeLibs(typescript: Pick<typeof ts, 'sys'>, folder: string): string[] {
  const libs = ['es2023', ...BEYOND_ES2023.filter(([, has]) => has()).map(([lib]) => lib)];
  return libs.map((lib) => `lib.${lib}.d.ts`).filter((file) => typescript.sys.fileExists(`${folder}/${file}`));
}
