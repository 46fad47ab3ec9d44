/** A set of positions 0 … length − 1, eight to a byte, the lowest bit first. Bits behind the last position are 0. */
export interface Bitset {
  readonly length: number;
  readonly bytes: Uint8Array;
}

/** A set without a member. */
export function emptyBitset(length: number): Bitset {
  return { length, bytes: new Uint8Array(Math.ceil(length / 8)) };
}

/** A set with all positions. */
export function fullBitset(length: number): Bitset {
  return complementBits(emptyBitset(length));
}

/** The set with the given members. */
export function bitsetOf(length: number, members: Iterable<number>): Bitset {
  const set = emptyBitset(length);
  for (const i of members) addBit(set, i);
  return set;
}

/** Whether a set of bits has a member. */
export function hasBit({ bytes }: Bitset, i: number): boolean {
  return ((bytes[i >> 3] >> (i & 7)) & 1) === 1;
}

export function addBit({ bytes }: Bitset, i: number): void {
  bytes[i >> 3] |= 1 << (i & 7);
}

export function complementBits({ length, bytes }: Bitset): Bitset {
  const all = bytes.map((byte) => ~byte);
  if (length % 8) all[all.length - 1] &= (1 << (length % 8)) - 1;
  return { length, bytes: all };
}

/** Members of either set. The sets are of one length. */
export function uniteBits(a: Bitset, b: Bitset): Bitset {
  return { length: a.length, bytes: a.bytes.map((byte, i) => byte | b.bytes[i]) };
}

/** Members of both sets. */
export function intersectBits(a: Bitset, b: Bitset): Bitset {
  return { length: a.length, bytes: a.bytes.map((byte, i) => byte & b.bytes[i]) };
}

/** Members of the first set that the second does not have. */
export function subtractBits(a: Bitset, b: Bitset): Bitset {
  return { length: a.length, bytes: a.bytes.map((byte, i) => byte & ~b.bytes[i]) };
}

/** How many members a set of bits has. */
export function countBits({ bytes }: Bitset): number {
  let count = 0;
  for (let byte of bytes) for (; byte; byte &= byte - 1) count++;
  return count;
}

/** Whether the second set has every member of the first. */
export function isSubset(a: Bitset, b: Bitset): boolean {
  return a.bytes.every((byte, i) => (byte & ~b.bytes[i]) === 0);
}

/** The members, ascending. */
export function bitMembers(set: Bitset): Int32Array {
  const members = new Int32Array(countBits(set));
  let count = 0;
  for (let i = 0; i < set.length; i++) if (hasBit(set, i)) members[count++] = i;
  return members;
}
