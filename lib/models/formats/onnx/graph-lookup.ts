import type { OnnxNode, OnnxTensorProto } from './onnx-schema.js';

/** Who makes and who reads the values of a graph. */
export class GraphLookup {
  readonly #makers = new Map<string, OnnxNode>();
  readonly #readers = new Map<string, OnnxNode[]>();

  constructor(
    nodes: readonly OnnxNode[],
    private readonly initializers: ReadonlyMap<string, OnnxTensorProto>,
    private readonly outputs: ReadonlySet<string>,
  ) {
    for (const node of nodes) {
      for (const output of node.outputs) this.#makers.set(output, node);
      for (const input of new Set(node.inputs)) {
        const readers = this.#readers.get(input);
        if (readers) readers.push(node);
        else this.#readers.set(input, [node]);
      }
    }
  }

  /** The node that makes a value, when it is of this operator. */
  maker(value: string, ...operators: readonly string[]): OnnxNode | undefined {
    const node = this.#makers.get(value);
    return node && (operators.length === 0 || operators.includes(node.operator)) ? node : undefined;
  }

  readers(value: string): readonly OnnxNode[] {
    return this.#readers.get(value) ?? [];
  }

  isOutput(value: string): boolean {
    return this.outputs.has(value);
  }

  isInitializer(value: string): boolean {
    return this.initializers.has(value);
  }

  /** The number that a value is, when it is a single known one; undefined otherwise. */
  scalar(value: string): number | undefined {
    const node = this.#makers.get(value);
    if (node?.operator === 'Cast' || node?.operator === 'Identity') return this.scalar(node.inputs[0]);
    const attributes = node?.operator === 'Constant' ? node.attributes : undefined;
    const plain = attributes?.get('value_float')?.float ?? attributes?.get('value_int')?.int;
    if (plain !== undefined) return plain;
    const tensor = attributes?.get('value')?.tensor ?? this.initializers.get(value);
    if (!tensor || tensor.external || tensor.dims.reduce((total, n) => total * n, 1) !== 1) return undefined;
    const stored = tensor.floats?.[0] ?? tensor.doubles?.[0] ?? tensor.ints[0];
    if (stored !== undefined || !tensor.raw) return stored;
    const raw = Buffer.from(tensor.raw);
    if (tensor.dataType === 1 && raw.length === 4) return raw.readFloatLE();
    if (tensor.dataType === 11 && raw.length === 8) return raw.readDoubleLE();
    if (tensor.dataType === 7 && raw.length === 8) return Number(raw.readBigInt64LE());
    if (tensor.dataType === 6 && raw.length === 4) return raw.readInt32LE();
    return undefined;
  }

  /** The known number and the other value of a node of two inputs. */
  withScalar(node: OnnxNode): { scalar: number; other: string } | undefined {
    const [a, b] = node.inputs;
    const [first, second] = [this.scalar(a), this.scalar(b)];
    if (second !== undefined) return { scalar: second, other: a };
    return first === undefined ? undefined : { scalar: first, other: b };
  }
}
