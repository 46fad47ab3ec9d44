import type { Network, NetworkLayer } from '../network.js';

/**
 * The same network with fewer layers: scalings one after another become one, and a reshape that only another reads is left
 * out.
 */
export function simplifyNetwork(network: Network): Network {
  let layers = [...network.layers];
  const readers = () => {
    const found = new Map<string, NetworkLayer[]>();
    for (const layer of layers)
      for (const input of layer.inputs) found.set(input, [...(found.get(input) ?? []), layer]);
    return found;
  };
  for (let progress = true; progress;) {
    progress = false;
    const readersOf = readers();
    for (const layer of layers) {
      const [only, ...others] = readersOf.get(layer.name) ?? [];
      if (!only || others.length > 0 || only.inputs.length !== 1 || network.outputs.includes(layer.name)) continue;
      const joined = joinedLayer(layer, only);
      if (!joined) continue;
      layers = layers.filter((one) => one !== layer).map((one) => (one === only ? joined : one));
      progress = true;
      break;
    }
  }
  return { ...network, layers };
}

/** A layer and its only reader as one; null where they stay two. */
function joinedLayer(first: NetworkLayer, second: NetworkLayer): NetworkLayer | null {
  if (first.className === 'Reshape' && (second.className === 'Reshape' || second.className === 'Flatten')) {
    return { ...second, inputs: first.inputs };
  }
  if (first.className !== 'Rescaling' || second.className !== 'Rescaling') return null;
  const a = scaling(first);
  const b = scaling(second);
  const length = Math.max(...[a.scale, a.offset, b.scale, b.offset].map((list) => list.length));
  const at = (list: readonly number[], i: number) => list[list.length === 1 ? 0 : i];
  const numbers = (of: (i: number) => number) => {
    const list = Array.from({ length }, (_, i) => of(i));
    return list.every((n) => n === list[0]) ? list[0] : list;
  };
  const scale = numbers((i) => at(a.scale, i) * at(b.scale, i));
  const offset = numbers((i) => at(a.offset, i) * at(b.scale, i) + at(b.offset, i));
  return { ...second, config: { ...second.config, scale, offset }, inputs: first.inputs };
}

function scaling({ config }: NetworkLayer): { scale: readonly number[]; offset: readonly number[] } {
  const list = (value: unknown) => (Array.isArray(value) ? (value as number[]) : [value as number]);
  return { scale: list(config['scale']), offset: list(config['offset'] ?? 0) };
}
