/**
 * Names for WordNet ids, from lines such as `n01443537 goldfish, Carassius auratus`: the first name of each, and the id beside it
 * where two would have the same, as `crane (n02012849)`.
 * @param ids the ids that need one
 */
export function synsetNames(lines: string, ids: readonly string[]): Map<string, string> {
  const known = new Map<string, string>();
  for (const line of lines.split(/\r?\n/)) {
    const [, id, name = ''] = /^(n\d{8})\s+([^,]+)/.exec(line) ?? [];
    if (id !== undefined) known.set(id, name.trim());
  }
  const count = new Map<string, number>();
  const nameOf = (id: string): string => known.get(id) ?? id;
  for (const id of ids) count.set(nameOf(id), (count.get(nameOf(id)) ?? 0) + 1);
  return new Map(ids.map((id) => [id, (count.get(nameOf(id)) ?? 0) > 1 ? `${nameOf(id)} (${id})` : nameOf(id)]));
}
