import type { PbfWriter } from 'pbf' with { 'resolution-mode': 'import' };

/** For tests: ONNX files out of a few lines, written independently of the exporter. */
export interface FixtureGraph {
  nodes: readonly FixtureNode[];
  /** By name: sizes, and floats, or whole numbers as int64. */
  tensors?: Readonly<
    Record<string, { shape: readonly number[]; floats?: readonly number[]; ints?: readonly number[] }>
  >;
  /** Tensors whose numbers are said to be in a file beside. */
  external?: Readonly<Record<string, { shape: readonly number[]; location: string; offset?: number }>>;
  input?: readonly (number | string)[];
  outputs?: readonly string[];
  opset?: number;
  functions?: readonly {
    name: string;
    inputs: readonly string[];
    outputs: readonly string[];
    nodes: readonly FixtureNode[];
  }[];
  metadata?: Readonly<Record<string, string>>;
}

export interface FixtureNode {
  op: string;
  in: readonly string[];
  out: string | readonly string[];
  domain?: string;
  ints?: Readonly<Record<string, readonly number[]>>;
  int?: Readonly<Record<string, number>>;
  float?: Readonly<Record<string, number>>;
  text?: Readonly<Record<string, string>>;
}

const child = (pbf: PbfWriter, field: number, write: () => void) => pbf.writeMessage(field, write, null);

function writeNode(pbf: PbfWriter, field: number, node: FixtureNode): void {
  child(pbf, field, () => {
    for (const name of node.in) pbf.writeStringField(1, name);
    for (const name of [node.out].flat()) pbf.writeStringField(2, name);
    pbf.writeStringField(3, `node ${[node.out].flat()[0]}`);
    pbf.writeStringField(4, node.op);
    if (node.domain !== undefined) pbf.writeStringField(7, node.domain);
    const attribute = (name: string, write: () => void) =>
      child(pbf, 5, () => {
        pbf.writeStringField(1, name);
        write();
      });
    for (const [name, list] of Object.entries(node.ints ?? {})) {
      attribute(name, () => list.forEach((value) => pbf.writeVarintField(8, value)));
    }
    for (const [name, value] of Object.entries(node.int ?? {})) attribute(name, () => pbf.writeVarintField(3, value));
    for (const [name, value] of Object.entries(node.float ?? {})) attribute(name, () => pbf.writeFloatField(2, value));
    for (const [name, value] of Object.entries(node.text ?? {})) attribute(name, () => pbf.writeStringField(4, value));
  });
}

function writeValue(pbf: PbfWriter, field: number, name: string, shape: readonly (number | string)[]): void {
  child(pbf, field, () => {
    pbf.writeStringField(1, name);
    child(pbf, 2, () =>
      child(pbf, 1, () => {
        pbf.writeVarintField(1, 1);
        child(pbf, 2, () => {
          for (const size of shape) {
            child(pbf, 1, () =>
              typeof size === 'number' ? pbf.writeVarintField(1, size) : pbf.writeStringField(2, size),
            );
          }
        });
      }),
    );
  });
}

export async function onnxFixture(graph: FixtureGraph): Promise<Buffer> {
  const { PbfWriter } = await import('pbf');
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, 8);
  pbf.writeStringField(2, 'pytorch');
  child(pbf, 7, () => {
    for (const node of graph.nodes) writeNode(pbf, 1, node);
    for (const [name, { shape, floats, ints }] of Object.entries(graph.tensors ?? {})) {
      child(pbf, 5, () => {
        for (const size of shape) pbf.writeVarintField(1, size);
        pbf.writeVarintField(2, ints ? 7 : 1);
        pbf.writeStringField(8, name);
        const values = ints ? BigInt64Array.from(ints, BigInt) : Float32Array.from(floats ?? []);
        pbf.writeBytesField(9, new Uint8Array(values.buffer));
      });
    }
    for (const [name, { shape, location, offset }] of Object.entries(graph.external ?? {})) {
      child(pbf, 5, () => {
        for (const size of shape) pbf.writeVarintField(1, size);
        pbf.writeVarintField(2, 1);
        pbf.writeStringField(8, name);
        const entries = { location, offset: String(offset ?? 0) };
        for (const [key, value] of Object.entries(entries)) {
          child(pbf, 13, () => {
            pbf.writeStringField(1, key);
            pbf.writeStringField(2, value);
          });
        }
      });
    }
    writeValue(pbf, 11, 'x', graph.input ?? ['batch', 2, 4, 4]);
    for (const name of graph.outputs ?? ['y']) writeValue(pbf, 12, name, ['batch', 3]);
  });
  child(pbf, 8, () => pbf.writeVarintField(2, graph.opset ?? 17));
  for (const [key, value] of Object.entries(graph.metadata ?? {})) {
    child(pbf, 14, () => {
      pbf.writeStringField(1, key);
      pbf.writeStringField(2, value);
    });
  }
  for (const fn of graph.functions ?? []) {
    child(pbf, 25, () => {
      pbf.writeStringField(1, fn.name);
      for (const name of fn.inputs) pbf.writeStringField(4, name);
      for (const name of fn.outputs) pbf.writeStringField(5, name);
      for (const node of fn.nodes) writeNode(pbf, 7, node);
      pbf.writeStringField(10, 'own');
    });
  }
  return Buffer.from(pbf.finish());
}
