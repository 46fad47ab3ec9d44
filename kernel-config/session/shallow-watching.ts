import type * as ts from '@tslab/typescript-for-tslab';

/**
 * Lets the type checker watch folders without what is in their folders. It watches those in which a package that it has
 * looked for may turn up, and the files that it has read one by one. With all that is below, these are some thousands of
 * folders for each kernel, and tens of thousands where the notebook lies in a home folder, which takes seconds.
 * @param sys changed in place
 */
export function watchShallowly(sys: Pick<ts.System, 'watchDirectory'>): void {
  const watchDirectory = sys.watchDirectory?.bind(sys);
  if (!watchDirectory) return;
  sys.watchDirectory = (folder, callback, _recursive, options) => watchDirectory(folder, callback, false, options);
}
