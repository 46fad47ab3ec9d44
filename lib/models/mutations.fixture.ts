import type { MT19937 } from '../run/mt19937.js';
import { readZipEntries } from './formats/zip-entries.js';
import { zipBytes } from './weight-files.fixture.js';

/** For tests: damaged files that keep so much of a format's structure that readers get far into them. */
export type Mutation = (bytes: Buffer, random: MT19937) => Buffer;

const below = (random: MT19937, n: number): number => Math.floor(random.nextDouble() * n);
const oneOf = <T>(random: MT19937, list: readonly T[]): T => list[below(random, list.length)];

/** Some bytes are others; half of the time among the first, where headers are. */
const bytesChanged: Mutation = (bytes, random) => {
  const changed = Buffer.from(bytes);
  const reach = random.nextDouble() < 0.5 ? Math.min(256, bytes.length) : bytes.length;
  for (let i = 1 + below(random, 6); i > 0; i--) {
    changed[below(random, reach)] = oneOf(random, [0, 1, 0x7f, 0x80, 0xff, below(random, 256)]);
  }
  return changed;
};
const cut: Mutation = (bytes, random) => bytes.subarray(0, below(random, bytes.length));
const repeated: Mutation = (bytes, random) => {
  const from = below(random, bytes.length);
  const to = from + below(random, Math.min(64, bytes.length - from));
  return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
};
const removed: Mutation = (bytes, random) => {
  const from = below(random, bytes.length);
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + below(random, 16))]);
};
/** A number of 32 or 64 bits is one that sizes and offsets never are. */
const numberChanged: Mutation = (bytes, random) => {
  const changed = Buffer.from(bytes);
  if (bytes.length < 8) return changed;
  const at = below(random, bytes.length - 7);
  if (random.nextDouble() < 0.5) changed.writeUInt32LE(oneOf(random, [0, 1, 0x7fffffff, 0xffffffff, 0x10000000]), at);
  else changed.writeBigUInt64LE(oneOf(random, [0n, 1n << 31n, 1n << 40n, (1n << 63n) - 1n, (1n << 64n) - 1n]), at);
  return changed;
};

export const BYTE_MUTATIONS: readonly Mutation[] = [bytesChanged, bytesChanged, numberChanged, cut, repeated, removed];

const VALUES: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 1e9, 2 ** 31, 1e300, '', 'x', '__proto__', 'constructor', '../x', 'a'.repeat(5000)],
  ...[[], {}, [[]], [null], [-1, 1e9], [1e9, 1e9, 1e9], { class_name: 'Lambda' }, { config: null }],
];

/** One place of a JSON value is another value, gone, or twice. */
function jsonChanged(value: unknown, random: MT19937): unknown {
  const places: [holder: Record<string, unknown> | unknown[], key: string | number][] = [];
  const walk = (one: unknown): void => {
    if (typeof one !== 'object' || one === null) return;
    for (const key of Object.keys(one)) {
      places.push([one as Record<string, unknown>, key]);
      walk((one as Record<string, unknown>)[key]);
    }
  };
  const copy = structuredClone(value);
  walk(copy);
  if (places.length === 0) return oneOf(random, VALUES);
  const [holder, key] = oneOf(random, places);
  const record = holder as Record<string, unknown>;
  const how = below(random, 5);
  if (how === 0) Reflect.deleteProperty(record, key);
  else if (how === 1 && Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(holder[Number(key)]));
  else if (how === 2) record[key] = (oneOf(random, places)[0] as Record<string, unknown>)[oneOf(random, places)[1]];
  else record[key] = structuredClone(oneOf(random, VALUES));
  return copy;
}

/** A text of JSON with other values in it. A place that holds itself has no text, and is left as it was. */
export const jsonMutation: Mutation = (bytes, random) => {
  try {
    return Buffer.from(JSON.stringify(jsonChanged(JSON.parse(bytes.toString('utf8')), random)) ?? '');
  } catch {
    return bytesChanged(bytes, random);
  }
};

/** One file in a ZIP archive is another, with lengths and checksums that fit. */
export const zipMutation =
  (inner: (name: string) => readonly Mutation[]): Mutation =>
  (bytes, random) => {
    const files = Object.fromEntries(readZipEntries(bytes, 'fixture'));
    const name = oneOf(random, Object.keys(files));
    const mutate = oneOf(random, inner(name));
    return zipBytes({ ...files, [name]: mutate(files[name], random) }, random.nextDouble() < 0.5);
  };

/** The header of a safetensors file is another, its length fits. */
export const safetensorsMutation: Mutation = (bytes, random) => {
  const length = Number(bytes.readBigUInt64LE(0));
  const header = jsonMutation(bytes.subarray(8, 8 + length), random);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([size, header, bytes.subarray(8 + length)]);
};
