/** A run of one axis of a feature's numbers; two of the same size are still two. */
export interface Atom {
  readonly size: number;
}

/**
 * A tensor that depends on the images: the output of a layer, seen as ONNX sees it. The layer holds [height, width, channels]
 * or [features] per image; ONNX's axes (channels first, or whatever Reshape and Transpose made of them) are lists of
 * `atoms`, the factors into which the layer's axes fall. Reshape and Transpose only regroup atoms; nothing is computed.
 */
export interface Feature {
  readonly kind: 'feature';
  readonly layer: string;
  /** What the layer puts out per image. */
  readonly shape: readonly number[];
  /** Factors of `shape` larger than 1, in the order in which the layer's numbers lie. */
  readonly atoms: readonly Atom[];
  /** ONNX's axes after the batch axis; an axis of size 1 has no atoms. */
  readonly axes: readonly (readonly Atom[])[];
  /** The numbers of all images in one axis, which `axes` has as if it were that of one image. */
  readonly acrossBatch?: true;
}

const atomsOf = (size: number): Atom[] => (size === 1 ? [] : [{ size }]);

/** The output of a layer [height, width, channels], which ONNX sees as [batch, channels, height, width]. */
export function mapFeature(layer: string, [height, width, channels]: readonly number[]): Feature {
  const [h, w, c] = [atomsOf(height), atomsOf(width), atomsOf(channels)];
  return {
    kind: 'feature',
    layer,
    shape: [height, width, channels],
    atoms: [...h, ...w, ...c],
    axes: [c, h, w],
  };
}

/** The output of a layer [features], which ONNX sees as [batch, features]. */
export function vectorFeature(layer: string, features: number): Feature {
  const atoms = atomsOf(features);
  return { kind: 'feature', layer, shape: [features], atoms, axes: [atoms] };
}

export const product = (sizes: readonly number[]): number => sizes.reduce((total, n) => total * n, 1);

/** Sizes of ONNX's axes after the batch axis. */
export const axisSizes = ({ axes }: Feature): number[] => axes.map((axis) => product(axis.map(({ size }) => size)));

/** The same numbers, their first axis the batch again. */
export const perImage = ({ kind, layer, shape, atoms, axes }: Feature): Feature => ({
  kind,
  layer,
  shape,
  atoms,
  axes,
});

/** The same numbers with ONNX's axes in another order. @param order of the axes after the batch axis, from 0 */
export const transposed = (feature: Feature, order: readonly number[]): Feature => ({
  ...feature,
  axes: order.map((axis) => feature.axes[axis]),
});

/** The same numbers under other axes; null when the new axes cut across the old ones. */
export function reshaped(feature: Feature, sizes: readonly number[]): Feature | null {
  if (product(sizes) !== product(feature.shape)) return null;
  const left = feature.axes.flat();
  let atoms = feature.atoms;
  const axes: Atom[][] = [];
  for (const size of sizes) {
    const axis: Atom[] = [];
    let missing = size;
    while (missing > 1) {
      const atom = left.shift()!;
      if (missing % atom.size === 0) {
        axis.push(atom);
        missing /= atom.size;
      } else if (atom.size % missing === 0) {
        const [first, rest] = [{ size: missing }, { size: atom.size / missing }];
        atoms = atoms.flatMap((one) => (one === atom ? [first, rest] : [one]));
        axis.push(first);
        left.unshift(rest);
        missing = 1;
      } else return null;
    }
    axes.push(axis);
  }
  return { ...feature, atoms, axes };
}

/** Whether ONNX's numbers lie as the layer's do, axis for axis in the same grouping: what element-wise layers may combine. */
export function sameLayout(a: Feature, b: Feature): boolean {
  const layout = ({ shape, atoms, axes }: Feature) =>
    JSON.stringify([shape, axes.map((axis) => axis.map((atom) => [atoms.indexOf(atom), atom.size]))]);
  return layout(a) === layout(b);
}

/**
 * Whether every axis of ONNX is the same axis of the layers [height, width, channels] or [channels] in all features, axes of size
 * 1 aside: then their layers can be combined as they are, in whatever order ONNX sees the axes.
 */
export function sameAxes(features: readonly Feature[]): boolean {
  if (features.some(({ shape, axes }) => shape.length === 2 || axes.length !== 3)) return false;
  const found = [0, 1, 2].map((axis) => {
    const places = new Set(features.map((feature) => layerAxis(feature, axis)).filter((place) => place !== null));
    return places.size > 1 ? [-1, -1] : [...places];
  });
  const places = found.flat();
  return new Set(places).size === places.length && !places.includes(-1);
}

/** Which axis of the layer an axis of ONNX is: null for one of size 1, −1 for none. */
function layerAxis({ shape, atoms, axes }: Feature, axis: number): number | null {
  if (axes[axis].length === 0) return null;
  if (shape.length === 1) return sameAtoms(atoms, axes[axis]) ? 2 : -1;
  let from = 0;
  for (const [place, size] of shape.entries()) {
    let to = from;
    for (let left = size; left > 1; to++) left /= atoms[to].size;
    if (size > 1 && sameAtoms(atoms.slice(from, to), axes[axis])) return place;
    from = to;
  }
  return -1;
}

/** For every position of the layer's numbers in these atoms' order, the position in the order of `as`; the same atoms. */
export function positionsIn(atoms: readonly Atom[], as: readonly Atom[]): Int32Array {
  const strides = new Map<Atom, number>();
  let stride = 1;
  for (const atom of [...as].reverse()) {
    strides.set(atom, stride);
    stride *= atom.size;
  }
  let positions = [0];
  for (const atom of atoms) {
    const step = strides.get(atom)!;
    positions = positions.flatMap((position) => Array.from({ length: atom.size }, (_, i) => position + i * step));
  }
  return Int32Array.from(positions);
}

/** Whether two lists hold the same atoms in the same order. */
export const sameAtoms = (a: readonly Atom[], b: readonly Atom[]): boolean =>
  a.length === b.length && a.every((atom, i) => atom === b[i]);

/** Whether two lists hold the same atoms in any order. */
export const sameAtomSet = (a: readonly Atom[], b: readonly Atom[]): boolean =>
  a.length === b.length && a.every((atom) => b.includes(atom));
