const ALWAYS_ALLOWED = 64 * 2 ** 20;
const MOST_PER_BYTE = 100;

/**
 * Most bytes that a compressed file of so many bytes may unpack to. Images and weights hardly shrink to a third; a small
 * file that claims gigabytes is damaged or made to fill the memory.
 */
export function unpackedLimit(packedBytes: number): number {
  return Math.max(ALWAYS_ALLOWED, MOST_PER_BYTE * packedBytes);
}
