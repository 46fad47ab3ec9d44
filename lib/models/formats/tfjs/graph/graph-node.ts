import { ModelError } from '../../../../errors.js';
import { shortened } from '../../../../printable.js';
import { isObject } from '../../model-file.js';

/** One operation of a TensorFlow graph, as tfjs's JSON form of a GraphDef has it. */
export class GraphNode {
  readonly name: string;
  readonly op: string;
  /** Names of the values it reads, without those that only say what must run before. */
  readonly inputs: readonly string[];
  readonly #attributes: Readonly<Record<string, unknown>>;

  /** @throws ModelError when it is no node */
  constructor(
    given: unknown,
    private readonly file: string,
  ) {
    if (!isObject(given) || typeof given['name'] !== 'string' || typeof given['op'] !== 'string') {
      throw new ModelError(`${file}: expected the nodes of a graph with name and op.`);
    }
    this.name = given['name'];
    this.op = given['op'];
    const inputs: unknown = given['input'] ?? [];
    if (!Array.isArray(inputs) || !inputs.every((one) => typeof one === 'string')) {
      throw new ModelError(`${file}: node '${this.name}' (${this.op}): expected its inputs as a list of names.`);
    }
    this.inputs = inputs.filter((one) => !one.startsWith('^')).map(plainValue);
    this.#attributes = isObject(given['attr']) ? given['attr'] : {};
  }

  fail(message: string): never {
    throw new ModelError(`${this.file}: node '${shortened(this.name)}' (${shortened(this.op)}): ${message}`);
  }

  input(index: number): string {
    return this.inputs[index] ?? this.fail(`expected at least ${index + 1} inputs, got ${this.inputs.length}.`);
  }

  /** The name of its output: `name`, and `name:1`, … for further ones. */
  output(index = 0): string {
    return index === 0 ? this.name : `${this.name}:${index}`;
  }

  int(attribute: string, otherwise: number): number {
    const value = this.#value(attribute, 'i');
    return value === undefined ? otherwise : this.#number(attribute, value);
  }

  float(attribute: string, otherwise: number): number {
    const value = this.#value(attribute, 'f');
    return value === undefined ? otherwise : this.#number(attribute, value);
  }

  flag(attribute: string): boolean {
    return this.#value(attribute, 'b') === true;
  }

  text(attribute: string, otherwise: string): string {
    const value = this.#value(attribute, 's');
    return typeof value === 'string' ? decoded(value) : otherwise;
  }

  ints(attribute: string): number[] {
    return this.#list(attribute, 'i').map((one) => this.#number(attribute, one));
  }

  texts(attribute: string): string[] {
    return this.#list(attribute, 's').map((one) => decoded(String(one)));
  }

  /** Sizes of the attribute `shape`, null where one is open; null where there is no shape. */
  shape(): (number | null)[] | null {
    const shape = this.#value('shape', 'shape');
    if (!isObject(shape) || !Array.isArray(shape['dim'])) return null;
    return shape['dim'].map((dim: unknown) => {
      const size = isObject(dim) ? Number(dim['size'] ?? -1) : -1;
      return size > 0 ? size : null;
    });
  }

  #value(attribute: string, kind: string): unknown {
    const held = this.#attributes[attribute];
    return isObject(held) ? held[kind] : undefined;
  }

  #list(attribute: string, kind: string): unknown[] {
    const list = this.#value(attribute, 'list');
    const items = isObject(list) ? list[kind] : undefined;
    return Array.isArray(items) ? items : [];
  }

  /** Protobuf's JSON writes 64-bit integers as text. */
  #number(attribute: string, value: unknown): number {
    const number = typeof value === 'string' && value !== '' ? Number(value) : value;
    return typeof number === 'number' && !Number.isNaN(number)
      ? number
      : this.fail(`${attribute}: expected a number, got ${JSON.stringify(value).slice(0, 40)}.`);
  }
}

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString('latin1');

/** `name:0` is `name`. */
export const plainValue = (name: string): string => name.replace(/:0$/, '');
