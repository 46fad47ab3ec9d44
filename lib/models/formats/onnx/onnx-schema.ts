import type { PbfReader } from 'pbf' with { 'resolution-mode': 'import' };

/** The parts of ONNX's protobuf messages that a reader of networks needs (onnx.proto, IR version 3 to 13). */
export interface OnnxModel {
  irVersion: number;
  producer: string;
  producerVersion: string;
  /** Operator set version by domain; '' is ONNX's own. */
  opsets: Map<string, number>;
  metadata: Map<string, string>;
  graph: OnnxGraph | null;
  functions: OnnxFunction[];
}

export interface OnnxGraph {
  name: string;
  nodes: OnnxNode[];
  initializers: OnnxTensorProto[];
  inputs: OnnxValueInfo[];
  outputs: OnnxValueInfo[];
}

/** A function of the model itself, which nodes call like an operator. */
export interface OnnxFunction {
  name: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  nodes: OnnxNode[];
  /** Values of attributes that a call leaves out. */
  defaults: Map<string, OnnxAttribute>;
}

export interface OnnxNode {
  name: string;
  operator: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, OnnxAttribute>;
  metadata: Map<string, string>;
}

export interface OnnxAttribute {
  name: string;
  /** In a function: the attribute of the call that this one takes its value from. */
  reference: string;
  float: number;
  int: number;
  text: string;
  tensor: OnnxTensorProto | null;
  floats: number[];
  ints: number[];
  /** A graph (of If, Loop, Scan), which is not read. */
  hasGraph: boolean;
}

export interface OnnxTensorProto {
  name: string;
  dims: number[];
  dataType: number;
  raw: Uint8Array | null;
  floats: Float32Array | null;
  doubles: Float64Array | null;
  /** `int32_data` or `int64_data` or `uint64_data`. */
  ints: number[];
  /** Where the data stand, when in another file: location, offset, length. */
  external: Map<string, string> | null;
}

export interface OnnxValueInfo {
  name: string;
  dataType: number;
  /** Null: the file says no shape. A dimension without a number is null. */
  dims: (number | null)[] | null;
  /** Names of the dimensions without number, '' where they have a number or no name. */
  dimNames: string[];
  /** 'tensor', or what else it is. */
  kind: string;
}

type Fields<T> = Readonly<Record<number, (into: T, pbf: PbfReader) => void>>;

/** Reads one message; what its fields do not name is passed over. Nothing may reach beyond the message's end. */
function message<T>(pbf: PbfReader, into: T, fields: Fields<T>, end: number): T {
  if (end > pbf.length) throw new RangeError(`a message ends at byte ${end}, the file at byte ${pbf.length}`);
  while (pbf.pos < end) {
    const tag = pbf.readVarint();
    pbf.type = tag & 7;
    const read = Object.hasOwn(fields, tag >>> 3) ? fields[tag >>> 3] : undefined;
    if (read) read(into, pbf);
    else pbf.skip(pbf.type);
    if (pbf.pos > end) throw new RangeError(`field ${tag >>> 3} reaches beyond its message at byte ${end}`);
  }
  return into;
}

function sub<T>(pbf: PbfReader, into: T, fields: Fields<T>): T {
  if (pbf.type !== 2) throw new RangeError(`expected a message at byte ${pbf.pos}`);
  return message(pbf, into, fields, pbf.readVarint() + pbf.pos);
}

function bytes(pbf: PbfReader): Uint8Array {
  if (pbf.type !== 2) throw new RangeError(`expected bytes at byte ${pbf.pos}`);
  const length = pbf.readVarint();
  if (pbf.pos + length > pbf.length) throw new RangeError(`${length} bytes at ${pbf.pos} reach beyond the file`);
  const start = pbf.pos;
  pbf.pos += length;
  return pbf.buf.subarray(start, pbf.pos);
}

const text = (pbf: PbfReader): string => Buffer.from(bytes(pbf)).toString('utf8');

function ints(pbf: PbfReader, into: number[]): void {
  if (pbf.type !== 2) return void into.push(pbf.readVarint(true));
  const end = pbf.readVarint() + pbf.pos;
  if (end > pbf.length) throw new RangeError(`a list ends at byte ${end}, the file at byte ${pbf.length}`);
  while (pbf.pos < end) into.push(pbf.readVarint(true));
}

/** Packed numbers as their bytes in a buffer of their own. */
function packed(pbf: PbfReader): ArrayBuffer {
  return Uint8Array.from(bytes(pbf)).buffer;
}

function floats(pbf: PbfReader, before: Float32Array | null): Float32Array {
  const more = pbf.type === 2 ? new Float32Array(packed(pbf)) : Float32Array.of(pbf.readFloat());
  return before === null ? more : Float32Array.of(...before, ...more);
}

const ENTRY: Fields<{ key: string; value: string }> = {
  1: (entry, pbf) => (entry.key = text(pbf)),
  2: (entry, pbf) => (entry.value = text(pbf)),
};

function entry(pbf: PbfReader, into: Map<string, string>): void {
  const { key, value } = sub(pbf, { key: '', value: '' }, ENTRY);
  into.set(key, value);
}

const TENSOR: Fields<OnnxTensorProto> = {
  1: (tensor, pbf) => ints(pbf, tensor.dims),
  2: (tensor, pbf) => (tensor.dataType = pbf.readVarint()),
  4: (tensor, pbf) => (tensor.floats = floats(pbf, tensor.floats)),
  5: (tensor, pbf) => ints(pbf, tensor.ints),
  7: (tensor, pbf) => ints(pbf, tensor.ints),
  8: (tensor, pbf) => (tensor.name = text(pbf)),
  9: (tensor, pbf) => (tensor.raw = bytes(pbf)),
  10: (tensor, pbf) => (tensor.doubles = new Float64Array(packed(pbf))),
  11: (tensor, pbf) => ints(pbf, tensor.ints),
  13: (tensor, pbf) => entry(pbf, (tensor.external ??= new Map<string, string>())),
};
const emptyTensor = (): OnnxTensorProto => ({
  name: '',
  dims: [],
  dataType: 0,
  raw: null,
  floats: null,
  doubles: null,
  ints: [],
  external: null,
});

const ATTRIBUTE: Fields<OnnxAttribute> = {
  1: (attribute, pbf) => (attribute.name = text(pbf)),
  2: (attribute, pbf) => (attribute.float = pbf.readFloat()),
  3: (attribute, pbf) => (attribute.int = pbf.readVarint(true)),
  4: (attribute, pbf) => (attribute.text = text(pbf)),
  5: (attribute, pbf) => (attribute.tensor = sub(pbf, emptyTensor(), TENSOR)),
  6: (attribute, pbf) => {
    attribute.hasGraph = true;
    bytes(pbf);
  },
  7: (attribute, pbf) => {
    if (pbf.type === 2) for (const value of new Float32Array(packed(pbf))) attribute.floats.push(value);
    else attribute.floats.push(pbf.readFloat());
  },
  8: (attribute, pbf) => ints(pbf, attribute.ints),
  21: (attribute, pbf) => (attribute.reference = text(pbf)),
};
const readAttribute = (pbf: PbfReader): OnnxAttribute =>
  sub(
    pbf,
    { name: '', reference: '', float: 0, int: 0, text: '', tensor: null, floats: [], ints: [], hasGraph: false },
    ATTRIBUTE,
  );

const NODE: Fields<OnnxNode> = {
  1: (node, pbf) => void node.inputs.push(text(pbf)),
  2: (node, pbf) => void node.outputs.push(text(pbf)),
  3: (node, pbf) => (node.name = text(pbf)),
  4: (node, pbf) => (node.operator = text(pbf)),
  5: (node, pbf) => {
    const attribute = readAttribute(pbf);
    node.attributes.set(attribute.name, attribute);
  },
  7: (node, pbf) => (node.domain = text(pbf)),
  9: (node, pbf) => entry(pbf, node.metadata),
};
const readNode = (pbf: PbfReader): OnnxNode =>
  sub(
    pbf,
    { name: '', operator: '', domain: '', inputs: [], outputs: [], attributes: new Map(), metadata: new Map() },
    NODE,
  );

const DIMENSION: Fields<{ size: number | null; name: string }> = {
  1: (dimension, pbf) => (dimension.size = pbf.readVarint(true)),
  2: (dimension, pbf) => (dimension.name = text(pbf)),
};
const SHAPE: Fields<OnnxValueInfo> = {
  1: (value, pbf) => {
    const { size, name } = sub(pbf, { size: null, name: '' }, DIMENSION);
    value.dims!.push(size);
    value.dimNames.push(name);
  },
};
const TENSOR_TYPE: Fields<OnnxValueInfo> = {
  1: (value, pbf) => (value.dataType = pbf.readVarint()),
  2: (value, pbf) => {
    value.dims ??= [];
    sub(pbf, value, SHAPE);
  },
};
const otherKind = (kind: string) => (value: OnnxValueInfo, pbf: PbfReader) => {
  value.kind = kind;
  bytes(pbf);
};
const TYPE: Fields<OnnxValueInfo> = {
  1: (value, pbf) => sub(pbf, value, TENSOR_TYPE),
  4: otherKind('sequence'),
  5: otherKind('map'),
  8: otherKind('sparse tensor'),
  9: otherKind('optional value'),
};
const VALUE_INFO: Fields<OnnxValueInfo> = {
  1: (value, pbf) => (value.name = text(pbf)),
  2: (value, pbf) => sub(pbf, value, TYPE),
};
const readValueInfo = (pbf: PbfReader): OnnxValueInfo =>
  sub(pbf, { name: '', dataType: 0, dims: null, dimNames: [], kind: 'tensor' }, VALUE_INFO);

const GRAPH: Fields<OnnxGraph> = {
  1: (graph, pbf) => void graph.nodes.push(readNode(pbf)),
  2: (graph, pbf) => (graph.name = text(pbf)),
  5: (graph, pbf) => void graph.initializers.push(sub(pbf, emptyTensor(), TENSOR)),
  11: (graph, pbf) => void graph.inputs.push(readValueInfo(pbf)),
  12: (graph, pbf) => void graph.outputs.push(readValueInfo(pbf)),
};

const FUNCTION: Fields<OnnxFunction> = {
  1: (fn, pbf) => (fn.name = text(pbf)),
  4: (fn, pbf) => void fn.inputs.push(text(pbf)),
  5: (fn, pbf) => void fn.outputs.push(text(pbf)),
  7: (fn, pbf) => void fn.nodes.push(readNode(pbf)),
  10: (fn, pbf) => (fn.domain = text(pbf)),
  11: (fn, pbf) => {
    const attribute = readAttribute(pbf);
    fn.defaults.set(attribute.name, attribute);
  },
};

const OPSET: Fields<{ domain: string; version: number }> = {
  1: (opset, pbf) => (opset.domain = text(pbf)),
  2: (opset, pbf) => (opset.version = pbf.readVarint(true)),
};

const MODEL: Fields<OnnxModel> = {
  1: (model, pbf) => (model.irVersion = pbf.readVarint(true)),
  2: (model, pbf) => (model.producer = text(pbf)),
  3: (model, pbf) => (model.producerVersion = text(pbf)),
  7: (model, pbf) => {
    model.graph = sub(pbf, { name: '', nodes: [], initializers: [], inputs: [], outputs: [] }, GRAPH);
  },
  8: (model, pbf) => {
    const { domain, version } = sub(pbf, { domain: '', version: 0 }, OPSET);
    model.opsets.set(domain === 'ai.onnx' ? '' : domain, version);
  },
  14: (model, pbf) => entry(pbf, model.metadata),
  25: (model, pbf) => {
    const fn = { name: '', domain: '', inputs: [], outputs: [], nodes: [], defaults: new Map() };
    model.functions.push(sub(pbf, fn, FUNCTION));
  },
};

/** Reads a ModelProto. @throws Error when the bytes are none */
export function readOnnxModel(pbf: PbfReader): OnnxModel {
  const model: OnnxModel = {
    irVersion: 0,
    producer: '',
    producerVersion: '',
    opsets: new Map(),
    metadata: new Map(),
    graph: null,
    functions: [],
  };
  return message(pbf, model, MODEL, pbf.length);
}
