import { GraphLookup } from './graph-lookup.js';
import type { OnnxAttribute, OnnxNode } from './onnx-schema.js';

/**
 * Operator of the nodes that stand for a recognised activation; its attribute `activation` names that of tfjs or
 * `lib/models/layers`.
 */
export const RECOGNISED_ACTIVATION = 'modulab.Activation';

type Scalar = (inputs: readonly number[], node: OnnxNode) => number;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => (x > 30 ? x : Math.log1p(Math.exp(x)));
const clip = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);
const float = (node: OnnxNode, name: string, otherwise: number) => node.attributes.get(name)?.float ?? otherwise;

/** Abramowitz & Stegun 7.1.26 is too coarse here (1.5e-7); the series and the continued fraction are exact to 1e-12. */
function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 5) return Math.sign(x);
  let term = a;
  let sum = a;
  for (let n = 1; n < 120; n++) {
    term *= (-a * a) / n;
    sum += term / (2 * n + 1);
  }
  return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
}

/** What element-wise operators do to single numbers. */
const SCALARS: Readonly<Record<string, Scalar>> = {
  Add: ([a, b]) => a + b,
  Sub: ([a, b]) => a - b,
  Mul: ([a, b]) => a * b,
  Div: ([a, b]) => a / b,
  Pow: ([a, b]) => Math.pow(a, b),
  Neg: ([a]) => -a,
  Abs: ([a]) => Math.abs(a),
  Sqrt: ([a]) => Math.sqrt(a),
  Reciprocal: ([a]) => 1 / a,
  Exp: ([a]) => Math.exp(a),
  Log: ([a]) => Math.log(a),
  Erf: ([a]) => erf(a),
  Tanh: ([a]) => Math.tanh(a),
  Sigmoid: ([a]) => sigmoid(a),
  Softplus: ([a]) => softplus(a),
  Relu: ([a]) => Math.max(a, 0),
  HardSigmoid: ([a], node) => clip(float(node, 'alpha', 0.2) * a + float(node, 'beta', 0.5), 0, 1),
  Clip: ([a, low, high], node) => clip(a, low ?? float(node, 'min', -Infinity), high ?? float(node, 'max', Infinity)),
  Min: (inputs) => Math.min(...inputs),
  Max: (inputs) => Math.max(...inputs),
  Greater: ([a, b]) => +(a > b),
  Less: ([a, b]) => +(a < b),
  Where: ([condition, a, b]) => (condition ? a : b),
  Cast: ([a]) => a,
};

/** Activations that exporters take apart, by the names that layers know them by. */
const ACTIVATIONS: Readonly<Record<string, (x: number) => number>> = {
  swish: (x) => x * sigmoid(x),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  geluNew: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  mish: (x) => x * Math.tanh(softplus(x)),
  hardSilu: (x) => (x * clip(x + 3, 0, 6)) / 6,
  hardSigmoidRelu6: (x) => clip(x + 3, 0, 6) / 6,
  softplus,
  softsign: (x) => x / (1 + Math.abs(x)),
  logSigmoid: (x) => -softplus(-x),
};

/** Where functions are compared: both bends of the hard activations, and numbers between them. */
const SAMPLES = [-9, -6.3, -4.1, -3.2, -2.9, -2, -1.3, -0.7, -0.2, 0, 0.1, 0.6, 1.2, 1.9, 2.8, 3.3, 4.4, 5.9, 7.1, 9];
const MOST_NODES = 16;

/**
 * Puts one node in place of those by which an exporter wrote an activation (GELU as Div, Erf, Add, Mul, Mul). Every exporter
 * and every version writes them in another way; so nodes that together make one number out of one number are computed for
 * some numbers and compared with the activations that layers know.
 */
export function recogniseActivations(nodes: readonly OnnxNode[], lookup: GraphLookup): OnnxNode[] {
  /** For a value: the nearest value that it is computed from element by element and alone. */
  const source = new Map<string, string>();
  const chain = (value: string): string[] => {
    const list = [value];
    for (let at = source.get(value); at !== undefined && list.length < MOST_NODES; at = source.get(at)) list.push(at);
    return list;
  };
  const replaced = new Map<OnnxNode, OnnxNode>();
  for (const node of nodes) {
    if (!Object.hasOwn(SCALARS, node.operator) || node.outputs.length !== 1) continue;
    const open = [...new Set(node.inputs.filter((input) => input !== '' && lookup.scalar(input) === undefined))];
    if (open.length === 0 || open.some((input) => lookup.isInitializer(input))) continue;
    const chains = open.map(chain);
    const from =
      open.length === 1 ? open[0] : chains[0].find((value) => chains.every((other) => other.includes(value)));
    if (from === undefined) continue;
    source.set(node.outputs[0], from);
    for (const start of chain(from).reverse()) {
      const activation = match(node, start, lookup);
      if (!activation) continue;
      const attribute: OnnxAttribute = { name: 'activation', reference: '', float: 0, int: 0, text: activation, tensor: null, floats: [], ints: [], hasGraph: false }; // prettier-ignore
      replaced.set(node, { ...node, operator: RECOGNISED_ACTIVATION, inputs: [start], attributes: new Map([['activation', attribute]]) }); // prettier-ignore
      source.delete(node.outputs[0]); // the next activation starts here
      break;
    }
  }
  return nodes.map((node) => replaced.get(node) ?? node);
}

/** The activation that the nodes between `start` and `end` are together. */
function match(end: OnnxNode, start: string, lookup: GraphLookup): string | null {
  const region = new Set<OnnxNode>();
  const collect = (node: OnnxNode): boolean => {
    if (region.has(node)) return true;
    if (!Object.hasOwn(SCALARS, node.operator) || region.size >= MOST_NODES) return false;
    region.add(node);
    return node.inputs.every((input) => {
      if (input === start || input === '' || lookup.scalar(input) !== undefined) return true;
      const maker = lookup.maker(input);
      return maker !== undefined && collect(maker);
    });
  };
  if (!collect(end) || region.size < 2) return null;
  // What stays inside must be of no use outside.
  for (const node of region) {
    if (node === end) continue;
    const [output] = node.outputs;
    if (lookup.isOutput(output) || lookup.readers(output).some((reader) => !region.has(reader))) return null;
  }
  const evaluate = (x: number): number => {
    const values = new Map<OnnxNode, number>();
    const valueOf = (input: string): number => {
      if (input === start) return x;
      const scalar = lookup.scalar(input);
      if (scalar !== undefined) return scalar;
      const maker = lookup.maker(input)!;
      if (!values.has(maker)) values.set(maker, compute(maker));
      return values.get(maker)!;
    };
    const compute = (node: OnnxNode): number =>
      SCALARS[node.operator](node.inputs.map((input) => (input === '' ? (undefined as unknown as number) : valueOf(input))), node); // prettier-ignore
    return compute(end);
  };
  const results = SAMPLES.map(evaluate);
  for (const [name, activation] of Object.entries(ACTIVATIONS)) {
    if (SAMPLES.every((x, i) => Math.abs(activation(x) - results[i]) <= 2e-6 * Math.max(1, Math.abs(x)))) return name;
  }
  return null;
}
