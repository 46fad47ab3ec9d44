import type { Conversion, Operator } from '../conversion.js';
import { axisSizes, type Feature, sameAxes, sameLayout } from '../feature.js';
import type { NodeReader } from '../node-reader.js';
import type { Constant } from '../onnx-tensor.js';

/** Both in the same layout, or in layouts of which one has axes of 1 (a factor per channel). */
function aligned(node: NodeReader, to: Conversion, features: readonly Feature[]): Feature[] {
  if (features.every((feature) => sameLayout(feature, features[0]))) return [...features];
  if (sameAxes(features)) return features.map((feature) => to.onPixel(feature));
  const ranks = new Set(features.map(({ axes }) => axes.length));
  if (ranks.size === 1 && ranks.has(3)) return features.map((feature) => to.map(node, feature));
  if (ranks.size === 1 && ranks.has(1)) return features.map((feature) => to.orderedVector(node, feature));
  return node.fail(
    `shapes [${features.map((f) => axisSizes(f).join(', ')).join('] and [')}] per image do not go together.`,
  );
}

function merged(node: NodeReader, to: Conversion, kind: string, features: readonly Feature[]): Feature {
  const parts = aligned(node, to, features);
  const sizes = parts.map(({ shape }) => shape);
  const largest = sizes[0].map((_, axis) => Math.max(...sizes.map((shape) => shape[axis])));
  if (sizes.some((shape) => shape.some((n, axis) => n !== 1 && n !== largest[axis]))) {
    node.fail(`shapes [${sizes.map((shape) => shape.join(', ')).join('] and [')}] per image do not go together.`);
  }
  const whole = parts.find(({ shape }) => shape.every((n, axis) => n === largest[axis]));
  if (!whole) return node.fail('two shapes that both have to be repeated are not converted.');
  // tfjs runs no layer that reads the same output twice.
  const distinct = parts.map((part, i) =>
    parts.findIndex(({ layer }) => layer === part.layer) === i
      ? part
      : to.layers.activation(`${part.layer}.copy`, { layer: part.layer, shape: part.shape }, 'linear'),
  );
  return to.through(whole, to.layers.merge(to.name(node), kind, distinct));
}

/** A feature with known numbers: x · scale + shift. */
function withKnown(node: NodeReader, to: Conversion, x: Feature, known: Constant, how: 'scale' | 'shift'): Feature {
  const flat = x.axes.length === 1 && x.shape.length === 3 ? to.flattened(node, x) : x;
  const numbers = to.perChannel(flat, known);
  if (numbers === null) {
    return node.fail(
      `combines the image's features [${axisSizes(x).join(', ')}] with known numbers [${known.shape.join(', ')}]; ` +
        `only one number, or one for every channel, is converted.`,
    );
  }
  if (numbers === (how === 'scale' ? 1 : 0)) return x;
  return how === 'scale' ? to.scaleAndShift(node, flat, numbers, 0) : to.scaleAndShift(node, flat, 1, numbers);
}

const mapped = (known: Constant, change: (v: number) => number): Constant => ({
  ...known,
  values: known.values.map(change),
});

/** The feature and the known numbers of a node with one of each; null for two features. */
function oneKnown(node: NodeReader): { x: Feature; known: Constant; knownFirst: boolean } | null {
  const [a, b] = node.inputs;
  if (a?.kind === 'feature' && b?.kind === 'constant') return { x: a, known: b, knownFirst: false };
  if (a?.kind === 'constant' && b?.kind === 'feature') return { x: b, known: a, knownFirst: true };
  return null;
}

const add: Operator = (node, to) => {
  const one = oneKnown(node);
  if (one) return withKnown(node, to, one.x, one.known, 'shift');
  return merged(node, to, 'Add', [node.feature(0), node.feature(1)]);
};

const subtract: Operator = (node, to) => {
  const one = oneKnown(node);
  if (!one) {
    return merged(node, to, 'Add', [node.feature(0), to.scaleAndShift(node, node.feature(1), -1, 0)]);
  }
  if (!one.knownFirst) return withKnown(node, to, one.x, mapped(one.known, (v) => -v), 'shift'); // prettier-ignore
  return withKnown(node, to, to.scaleAndShift(node, one.x, -1, 0), one.known, 'shift');
};

const multiply: Operator = (node, to) => {
  const one = oneKnown(node);
  if (one) return withKnown(node, to, one.x, one.known, 'scale');
  const [a, b] = [node.feature(0), node.feature(1)];
  return merged(node, to, 'Multiply', [a, b]);
};

const divide: Operator = (node, to) => {
  const one = oneKnown(node);
  if (!one || one.knownFirst) return node.fail('only a division by known numbers is converted.');
  return withKnown(node, to, one.x, mapped(one.known, (v) => 1 / v), 'scale'); // prettier-ignore
};

const many =
  (kind: string): Operator =>
  (node, to) => {
    const features = node.inputs.map((_, i) => node.feature(i));
    return features.length === 1 ? features[0] : merged(node, to, kind, features);
  };

/** Max(x, 0) and Min(x, 6) cut off as Clip does; of two features it is a layer. */
const extreme =
  (kind: 'Maximum' | 'Minimum'): Operator =>
  (node, to) => {
    const one = node.inputs.length === 2 ? oneKnown(node) : null;
    if (!one) return many(kind)(node, to);
    const bound = one.known.values.length === 1 ? one.known.values[0] : NaN;
    const before = to.layers.layer(one.x.layer);
    if (kind === 'Maximum' && bound === 0) {
      return to.through(one.x, to.layers.relu(to.name(node), { layer: one.x.layer, shape: one.x.shape }));
    }
    if (kind === 'Minimum' && bound > 0 && before.config['activation'] === 'relu' && to.readOnlyHere(one.x)) {
      to.layers.replace(one.x.layer, { className: 'ReLU', config: { max_value: bound } });
      return one.x;
    }
    return node.fail(`only Max(x, 0), and Min(x, a positive number) after it, are converted.`);
  };

export const ARITHMETIC: Readonly<Record<string, Operator>> = {
  Add: add,
  Sub: subtract,
  Mul: multiply,
  Div: divide,
  Neg: (node, to) => to.scaleAndShift(node, node.feature(0), -1, 0),
  Sum: many('Add'),
  Mean: many('Average'),
  Max: extreme('Maximum'),
  Min: extreme('Minimum'),
};
