import { inflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { exifOrientation } from './exif-orientation.js';
import { overBlack, requireUsualSize, type RgbImage } from './rgb-image.js';

/** Decodes a PNG; transparent pixels over black, 16-bit values to 8 bits. @throws Error where it is damaged */
export function decodePng(bytes: Buffer): RgbImage {
  requireUsualSize(bytes.readUInt32BE(20), bytes.readUInt32BE(16));
  requireAllRows(bytes);
  const { width, height, data } = PNG.sync.read(bytes);
  return { width, height, pixels: overBlack(data) };
}

/** The most that DEFLATE can pack into a byte. */
const MOST_PER_BYTE = 1032;
/** Values of a pixel by the colour type (PNG 3rd edition, 11.2.1). */
const CHANNELS: readonly (number | undefined)[] = [1, undefined, 3, 1, 2, undefined, 4];
/** First column and row, and the steps between them, of Adam7's passes (8.1). */
const PASSES: readonly (readonly [number, number, number, number])[] = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/**
 * The decoder takes rows that are missing out of whatever lies in the memory, and makes room for all that is claimed.
 * @throws Error where the data is not that of as many pixels as the header says
 */
function requireAllRows(bytes: Buffer): void {
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const [depth = 0, type = 0, , , interlaced = 0] = bytes.subarray(24);
  const channels = CHANNELS[type];
  if (channels === undefined || ![1, 2, 4, 8, 16].includes(depth)) {
    throw new Error(`its pixels are of no kind that there is: colour type ${type} of ${depth} bits`);
  }
  let wanted = 0;
  for (const [left, top, across, down] of interlaced ? PASSES : [[0, 0, 1, 1] as const]) {
    const [w, h] = [Math.ceil((width - left) / across), Math.ceil((height - top) / down)];
    if (w > 0 && h > 0) wanted += h * (1 + Math.ceil((w * channels * depth) / 8));
  }
  const data = Buffer.concat([...chunks(bytes)].filter(({ type }) => type === 'IDAT').map(({ content }) => content));
  if (wanted > MOST_PER_BYTE * data.length) {
    throw new Error(`it claims ${height}×${width} pixels, which its ${data.length} bytes of data cannot hold`);
  }
  let length: number;
  try {
    ({ length } = inflateSync(data, { maxOutputLength: wanted }));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw cause;
    throw new Error(`it has more data than ${height}×${width} pixels take`, { cause });
  }
  if (length < wanted) throw new Error(`it has rows for ${length} of the ${wanted} bytes of ${height}×${width} pixels`);
}

function* chunks(bytes: Buffer): Generator<{ type: string; content: Buffer }> {
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + bytes.readUInt32BE(at);
    yield {
      type: bytes.toString('latin1', at + 4, at + 8),
      content: bytes.subarray(at + 8, Math.min(end, bytes.length)),
    };
    at = end + 4;
  }
}

/** The orientation in the chunk eXIf; 1 where there is none. */
export function pngOrientation(bytes: Buffer): number {
  for (const { type, content } of chunks(bytes)) if (type === 'eXIf') return exifOrientation(content);
  return 1;
}
