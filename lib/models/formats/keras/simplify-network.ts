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
      if (isReshape(layer) && only.className === 'Flatten' && makesVectors(layer, layers)) {
        // There and back: [channels] of a pool that kept its axes.
        if (network.outputs.includes(only.name)) continue;
        const [vector] = layer.inputs;
        const redirected = (name: string) => (name === only.name ? vector : name);
        layers = layers
          .filter((one) => one !== layer && one !== only)
          .map((one) => (one.inputs.includes(only.name) ? { ...one, inputs: one.inputs.map(redirected) } : one));
        progress = true;
        break;
      }
      const joined = joinedLayer(layer, only);
      if (!joined) continue;
      layers = layers.filter((one) => one !== layer).map((one) => (one === only ? joined : one));
      progress = true;
      break;
    }
  }
  return { ...network, layers };
}

const isReshape = ({ className }: NetworkLayer): boolean => className === 'Reshape';

/** Whether what the layer reads is one row of numbers per image. */
function makesVectors({ inputs }: NetworkLayer, layers: readonly NetworkLayer[]): boolean {
  const source = layers.find(({ name }) => name === inputs[0]);
  return source !== undefined && /^(Global\w+Pooling2D|Dense|Flatten)$/.test(source.className);
}

/** A layer and its only reader as one; null where they stay two. */
function joinedLayer(first: NetworkLayer, second: NetworkLayer): NetworkLayer | null {
  if (isReshape(first) && (isReshape(second) || second.className === 'Flatten')) {
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
