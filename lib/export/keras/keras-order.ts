import type { KerasLayer } from './keras-layer.js';

/**
 * The layers in the order in which a Keras model holds them, by which its files name their weights: furthest from the output
 * first, and among equally far ones in the order in which a walk from the output meets them.
 * @param layers inputs before their readers; the last one is the output
 */
export function inKerasOrder(layers: readonly KerasLayer[]): KerasLayer[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const met = new Map<string, number>();
  const walk = [layers[layers.length - 1].name];
  while (walk.length > 0) {
    const name = walk.pop()!;
    if (met.has(name)) continue;
    met.set(name, met.size);
    walk.push(...[...byName.get(name)!.inputs].reverse());
  }
  const distance = new Map(layers.map(({ name }) => [name, 0]));
  for (const { name, inputs } of [...layers].reverse()) {
    for (const input of inputs) distance.set(input, Math.max(distance.get(input)!, distance.get(name)! + 1));
  }
  return [...layers].sort(
    (a, b) => distance.get(b.name)! - distance.get(a.name)! || met.get(a.name)! - met.get(b.name)!,
  );
}
