import type { PbfWriter } from 'pbf' with { 'resolution-mode': 'import' };

/** Attribute of a node: whole numbers, a float or a text. */
export type NodeAttribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly text: string };

interface WrittenNode {
  readonly operator: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, NodeAttribute>>;
}

interface WrittenTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

/** One size of an input or output; a text is the name of an open one. */
export type Dimension = number | string;

const OPSET = 17;
/** IR version 8 goes with opset 17: onnxruntime 1.12 and everything since reads it. */
const IR_VERSION = 8;
const FLOAT = 1;
const INT64 = 7;

/** Gathers the nodes of an ONNX graph and writes them. Field numbers are those of onnx.proto. */
export class OnnxWriter {
  readonly #nodes: WrittenNode[] = [];
  readonly #tensors = new Map<string, WrittenTensor>();
  #count = 0;

  /** Adds a node and returns the name of what it puts out. */
  node(
    operator: string,
    name: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, NodeAttribute>> = {},
  ): string {
    const number = this.#count++;
    const output = `${name}:${number}`;
    this.#nodes.push({ operator, name: `${name}/${operator}_${number}`, inputs, output, attributes });
    return output;
  }

  floats(name: string, shape: readonly number[], values: Float32Array): string {
    return this.#tensor(name, shape, values);
  }

  scalar(name: string, value: number): string {
    return this.#tensor(name, [], Float32Array.of(value));
  }

  ints(name: string, values: readonly number[]): string {
    return this.#tensor(name, [values.length], BigInt64Array.from(values, BigInt));
  }

  #tensor(wanted: string, shape: readonly number[], values: WrittenTensor['values']): string {
    let name = wanted;
    for (let i = 1; this.#tensors.has(name); i++) name = `${wanted}_${i}`;
    this.#tensors.set(name, { name, shape, values });
    return name;
  }

  /** The whole model as protobuf. @param metadata texts by name */
  write(
    pbf: PbfWriter,
    graph: {
      name: string;
      input: string;
      inputShape: readonly Dimension[];
      output: string;
      outputShape: readonly Dimension[];
    },
    metadata: Readonly<Record<string, string>>,
  ): void {
    pbf.writeVarintField(1, IR_VERSION);
    pbf.writeStringField(2, 'modulab');
    pbf.writeMessage(
      7,
      () => {
        for (const node of this.#nodes) pbf.writeMessage(1, writeNode, node);
        pbf.writeStringField(2, graph.name);
        for (const tensor of this.#tensors.values()) pbf.writeMessage(5, writeTensor, tensor);
        pbf.writeMessage(11, writeValueInfo, { name: graph.input, shape: graph.inputShape });
        pbf.writeMessage(12, writeValueInfo, { name: graph.output, shape: graph.outputShape });
      },
      null,
    );
    pbf.writeMessage(8, () => pbf.writeVarintField(2, OPSET), null);
    for (const [key, value] of Object.entries(metadata)) {
      pbf.writeMessage(
        14,
        () => {
          pbf.writeStringField(1, key);
          pbf.writeStringField(2, value);
        },
        null,
      );
    }
  }

  /** The output under the graph's own name for it. */
  rename(value: string, name: string): void {
    this.#nodes.push({ operator: 'Identity', name: `${name}/Identity`, inputs: [value], output: name, attributes: {} });
  }
}

function writeNode(node: WrittenNode, pbf: PbfWriter): void {
  for (const input of node.inputs) pbf.writeStringField(1, input);
  pbf.writeStringField(2, node.output);
  pbf.writeStringField(3, node.name);
  pbf.writeStringField(4, node.operator);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    pbf.writeMessage(5, writeAttribute, { name, attribute });
  }
}

function writeAttribute({ name, attribute }: { name: string; attribute: NodeAttribute }, pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  if ('float' in attribute) {
    pbf.writeFloatField(2, attribute.float);
    pbf.writeVarintField(20, 1);
  } else if ('int' in attribute) {
    pbf.writeVarintField(3, attribute.int);
    pbf.writeVarintField(20, 2);
  } else if ('text' in attribute) {
    pbf.writeStringField(4, attribute.text);
    pbf.writeVarintField(20, 3);
  } else {
    for (const value of attribute.ints) pbf.writeVarintField(8, value);
    pbf.writeVarintField(20, 7);
  }
}

function writeTensor({ name, shape, values }: WrittenTensor, pbf: PbfWriter): void {
  for (const size of shape) pbf.writeVarintField(1, size);
  pbf.writeVarintField(2, values instanceof Float32Array ? FLOAT : INT64);
  pbf.writeStringField(8, name);
  pbf.writeBytesField(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

function writeValueInfo({ name, shape }: { name: string; shape: readonly Dimension[] }, pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  pbf.writeMessage(
    2,
    () =>
      pbf.writeMessage(
        1,
        () => {
          pbf.writeVarintField(1, FLOAT);
          pbf.writeMessage(
            2,
            () => {
              for (const size of shape) {
                pbf.writeMessage(
                  1,
                  () => (typeof size === 'number' ? pbf.writeVarintField(1, size) : pbf.writeStringField(2, size)),
                  null,
                );
              }
            },
            null,
          );
        },
        null,
      ),
    null,
  );
}
