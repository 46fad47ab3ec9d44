import { ModelError } from '../../../errors.js';
import type { Feature } from './feature.js';
import { describe } from './onnx-graph.js';
import type { OnnxNode } from './onnx-schema.js';
import type { Constant } from './onnx-tensor.js';

/** What a value of the graph is: numbers that are known, or something that depends on the images. */
export type Value = Constant | Feature;

/** One node with the values it reads. Every problem it reports names the node. */
export class NodeReader {
  constructor(
    readonly node: OnnxNode,
    /** Undefined where the node leaves an input out. */
    readonly inputs: readonly (Value | undefined)[],
    readonly opset: number,
    /** What the batch axis counts in shapes. */
    readonly batch: number,
    private readonly file: string,
  ) {}

  fail(message: string): never {
    throw new ModelError(`${this.file}: ${describe(this.node)}: ${message}`);
  }

  get operator(): string {
    return this.node.operator;
  }

  has(attribute: string): boolean {
    return this.node.attributes.has(attribute);
  }

  int(attribute: string, otherwise: number): number {
    return this.node.attributes.get(attribute)?.int ?? otherwise;
  }

  float(attribute: string, otherwise: number): number {
    return this.node.attributes.get(attribute)?.float ?? otherwise;
  }

  text(attribute: string, otherwise: string): string {
    return this.node.attributes.get(attribute)?.text ?? otherwise;
  }

  ints(attribute: string): readonly number[] | undefined {
    return this.node.attributes.get(attribute)?.ints;
  }

  /** Two whole numbers, for height and width. */
  pair(attribute: string, otherwise: number): readonly [number, number] {
    const list = this.ints(attribute);
    if (!list || list.length === 0) return [otherwise, otherwise];
    if (list.length !== 2)
      this.fail(`${attribute}: expected two numbers (height and width), got [${list.join(', ')}].`);
    return [list[0], list[1]];
  }

  feature(index: number): Feature {
    const value = this.inputs[index];
    if (value?.kind !== 'feature') {
      return this.fail(`expected something that depends on the image as input ${index}, got ${what(value)}.`);
    }
    if (value.acrossBatch) return this.fail(`input ${index} has the images of a batch in one axis.`);
    return value;
  }

  /** A known input; undefined where it is left out. */
  known(index: number): Constant | undefined {
    const value = this.inputs[index];
    if (value?.kind === 'feature') {
      return this.fail(`input ${index} depends on the image; only known numbers can be converted there.`);
    }
    return value;
  }

  constant(index: number, shape?: readonly number[]): Constant {
    const value = this.known(index) ?? this.fail(`input ${index} is missing.`);
    if (shape && (shape.length !== value.shape.length || shape.some((n, i) => n !== value.shape[i]))) {
      this.fail(`expected [${shape.join(', ')}] as input ${index}, got [${value.shape.join(', ')}].`);
    }
    return value;
  }

  /** A list of whole numbers that newer operator sets take as an input and older ones as an attribute. */
  list(index: number, attribute: string): readonly number[] | undefined {
    const value = this.known(index);
    return value ? [...value.values] : this.ints(attribute);
  }

  /** An axis from 0 on. */
  axis(axis: number, rank: number): number {
    const from0 = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(from0) || from0 < 0 || from0 >= rank) this.fail(`there is no axis ${axis} of ${rank}.`);
    return from0;
  }
}

function what(value: Value | undefined): string {
  if (!value) return 'none';
  return value.kind === 'feature' ? 'what depends on the image' : `known numbers [${value.shape.join(', ')}]`;
}
