/**
 * The modules of a record in the order of their classes. The record's own order is another one where names are whole
 * numbers, as those of folders `1`, `10`, `2` are: JavaScript puts such keys first, by size.
 */
export function inClassOrder<M extends { readonly classIndex: number }>(modules: Readonly<Record<string, M>>): M[] {
  return Object.values(modules).sort((a, b) => a.classIndex - b.classIndex);
}
