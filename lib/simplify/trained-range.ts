import { roleOf } from '../surgery/layers/table.js';
import type { ChannelGroup, ModelTrace, TracedLayer } from '../surgery/trace/trace.js';

/** Where a layer stands between those before it and those that are not reached yet. */
export interface LayerPlace {
  /** The next layers with kernels that read the layer's map: the `next(l)` of spec progressive §3.2. */
  readonly next: readonly string[];
  /** `next` with their batch norms. */
  readonly nextWithNorms: readonly string[];
  /** All layers from the image up to `next` and their batch norms. */
  readonly upToNext: readonly string[];
  /** Number of the last of `next` in the network's order of layers; what the sweep is ordered by. */
  readonly position: number;
}

/**
 * Finds which layers read a layer's map and which lie before them. Layers that only lie beside the way to `next`, such
 * as a parallel branch, are not among them.
 */
export function placeOf(trace: ModelTrace, group: ChannelGroup): LayerPlace {
  const byName = new Map(trace.layers.map((layer) => [layer.name, layer]));
  const readers = new Map<string, TracedLayer[]>(trace.layers.map(({ name }) => [name, []]));
  for (const layer of trace.layers) for (const input of layer.inputs) readers.get(input)!.push(layer);

  const withKernels = new Set(trace.convLayers.map(({ name }) => name));
  const next = new Set<string>();
  const passed = new Set<string>();
  const follow = (name: string) => {
    if (passed.has(name)) return;
    passed.add(name);
    for (const reader of readers.get(name)!) {
      // A depthwise convolution has no kernels to be selected and passes the channels on.
      if (withKernels.has(reader.name) || roleOf(reader) === 'dense') next.add(reader.name);
      else follow(reader.name);
    }
  };
  group.layers.forEach(follow);

  const nextWithNorms = [...next].flatMap((name) => [
    name,
    ...readers
      .get(name)!
      .filter((reader) => roleOf(reader) === 'normalisation')
      .map((norm) => norm.name),
  ]);
  const upToNext = new Set<string>();
  const collect = (name: string) => {
    if (upToNext.has(name)) return;
    upToNext.add(name);
    byName.get(name)!.inputs.forEach(collect);
  };
  [...nextWithNorms, ...passed].forEach(collect);
  const order = trace.layers.map(({ name }) => name);
  const position = Math.max(...[...next].map((name) => order.indexOf(name)), -1);
  const inOrder = (names: Iterable<string>) => [...names].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return { next: inOrder(next), nextWithNorms: inOrder(nextWithNorms), upToNext: inOrder(upToNext), position };
}
