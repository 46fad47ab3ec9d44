import type { OnnxAttribute, OnnxNode, OnnxTensorProto } from '../../onnx/onnx-schema.js';

/** What an attribute of an ONNX node may be here. */
export type AttributeValue = number | string | readonly number[] | { readonly float: number };

const EMPTY: OnnxAttribute = { name: '', reference: '', float: 0, int: 0, text: '', tensor: null, floats: [], ints: [], hasGraph: false }; // prettier-ignore

/** Collects nodes and tensors of an ONNX graph. */
export class OnnxGraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly tensors = new Map<string, OnnxTensorProto>();
  #count = 0;

  /** A name that no value of the graph has. */
  fresh(near: string): string {
    return `${near}#${this.#count++}`;
  }

  /** @returns the name of the node's value */
  node(
    name: string,
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    outputs: readonly string[] = [this.fresh(name)],
  ): string {
    this.nodes.push({
      name,
      operator,
      domain: '',
      inputs: [...inputs],
      outputs: [...outputs],
      attributes: new Map(Object.entries(attributes).map(([key, value]) => [key, attribute(key, value)])),
      metadata: new Map(),
    });
    return outputs[0];
  }

  ints(near: string, values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.tensor(this.fresh(near), dims, values, 'integer');
  }

  scalar(near: string, value: number): string {
    return this.tensor(this.fresh(near), [], [value], 'float');
  }

  tensor(
    name: string,
    dims: readonly number[],
    values: ArrayLike<number>,
    type: 'float' | 'integer' | 'boolean',
  ): string {
    const floats = type === 'float' ? Float32Array.from(values) : null;
    this.tensors.set(name, {
      name,
      dims: [...dims],
      dataType: type === 'float' ? 1 : type === 'integer' ? 7 : 9,
      raw: null,
      floats,
      doubles: null,
      ints: type === 'float' ? [] : Array.from(values),
      external: null,
    });
    return name;
  }
}

function attribute(name: string, value: AttributeValue): OnnxAttribute {
  if (typeof value === 'string') return { ...EMPTY, name, text: value };
  if (typeof value === 'number') return { ...EMPTY, name, int: value };
  if ('float' in value) return { ...EMPTY, name, float: value.float };
  return { ...EMPTY, name, ints: [...value] };
}
