import { requireUsualSize, type RgbImage } from './rgb-image.js';

const RLE8 = 1;
const RLE4 = 2;
const BITFIELDS = [3, 6];

interface BmpHead {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Where the pixels begin. */
  readonly offset: number;
  /** Red, green and blue of every index; null where there are none. */
  readonly palette: Uint8Array | null;
  /** Bits of red, green and blue in a pixel of 16 or 32. */
  readonly masks: readonly [number, number, number];
}

/**
 * Decodes a BMP of 1–32 bits a pixel, run-length encoded or not, of Windows or OS/2. A fourth byte is rarely meant for transparency,
 * and left out.
 * @throws Error where it is damaged or too large
 */
export function decodeBmp(bytes: Buffer): RgbImage {
  const head = readHead(bytes);
  const { width, height, isTopDown, bits, compression } = head;
  const pixels = new Uint8Array(width * height * 3);
  const colourAt = colourReader(bytes, head);
  for (let y = 0; y < height; y++) {
    const row = isTopDown ? y : height - 1 - y;
    for (let x = 0; x < width; x++) colourAt(row, x, pixels, (y * width + x) * 3);
  }
  const isRunLength = compression === RLE8 || compression === RLE4;
  if (isRunLength && bits !== (compression === RLE8 ? 8 : 4)) throw new Error('its compression is none of its bits');
  return { width, height, pixels };
}

/** The headers by their sizes: BITMAPCOREHEADER of OS/2 has 12 bytes, BITMAPINFOHEADER 40, later ones more. */
function readHead(bytes: Buffer): BmpHead {
  const offset = bytes.readUInt32LE(10);
  const size = bytes.readUInt32LE(14);
  const isCore = size === 12;
  if (!isCore && !(size >= 40 && size <= 124)) throw new Error(`its header has ${size} bytes`);
  const width = isCore ? bytes.readUInt16LE(18) : bytes.readInt32LE(18);
  const tall = isCore ? bytes.readUInt16LE(20) : bytes.readInt32LE(22); // negative: rows from the top
  const height = Math.abs(tall);
  requireUsualSize(height, width);
  const bits = bytes.readUInt16LE(isCore ? 24 : 28);
  const compression = isCore ? 0 : bytes.readUInt32LE(30);
  const isPacked = bits === 16 || bits === 32;
  if (![1, 4, 8, 16, 24, 32].includes(bits)) throw new Error(`it has ${bits} bits a pixel`);
  if (![0, RLE8, RLE4, ...BITFIELDS].includes(compression))
    throw new Error(`its compression ${compression} is not read`);
  const own = isPacked && BITFIELDS.includes(compression);
  const usual = bits === 16 ? ([0x7c00, 0x3e0, 0x1f] as const) : ([0xff0000, 0xff00, 0xff] as const);
  const masks = own ? ([54, 58, 62].map((at) => bytes.readUInt32LE(at)) as [number, number, number]) : usual;
  const stated = isCore ? 0 : bytes.readUInt32LE(46);
  const colours = bits > 8 ? 0 : Math.min(stated || 2 ** bits, 2 ** bits);
  const entry = isCore ? 3 : 4;
  const start = 14 + size;
  const palette = bits > 8 ? null : new Uint8Array(2 ** bits * 3);
  for (let i = 0; palette && i < colours; i++) {
    for (let c = 0; c < 3; c++) palette[3 * i + c] = bytes.readUInt8(start + i * entry + 2 - c);
  }
  return { width, height, isTopDown: tall < 0, bits, compression, offset, palette, masks };
}

/** Writes the colour of a stored row and column to a place of the result. */
type ColourReader = (row: number, column: number, to: Uint8Array, at: number) => void;

function colourReader(bytes: Buffer, head: BmpHead): ColourReader {
  const { width, height, bits, compression, offset, palette, masks } = head;
  if (palette && compression !== 0) {
    const indices = runLengths(bytes, head);
    return (row, x, to, at) => copyColour(palette, indices[row * width + x]!, to, at);
  }
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (bytes.length < offset + stride * (height - 1) + Math.ceil((width * bits) / 8)) throw new Error('it is cut short');
  if (palette) {
    const perByte = 8 / bits;
    return (row, x, to, at) => {
      const byte = bytes[offset + row * stride + Math.floor(x / perByte)]!;
      copyColour(palette, (byte >> (8 - bits * ((x % perByte) + 1))) & (2 ** bits - 1), to, at);
    };
  }
  if (bits === 24) {
    return (row, x, to, at) => {
      for (let c = 0; c < 3; c++) to[at + c] = bytes[offset + row * stride + 3 * x + 2 - c]!;
    };
  }
  const fields = masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { mask, shift, scale: mask === 0 ? 0 : 255 / (mask >>> shift) };
  });
  return (row, x, to, at) => {
    const from = offset + row * stride + (x * bits) / 8;
    const pixel = bits === 16 ? bytes.readUInt16LE(from) : bytes.readUInt32LE(from);
    fields.forEach(({ mask, shift, scale }, c) => (to[at + c] = Math.round(((pixel & mask) >>> shift) * scale)));
  };
}

function copyColour(palette: Uint8Array, index: number, to: Uint8Array, at: number): void {
  for (let c = 0; c < 3; c++) to[at + c] = palette[3 * index + c]!;
}

/** The indices of run-length encoded rows as they are stored; what they skip has index 0. */
function runLengths(bytes: Buffer, { width, height, compression, offset }: BmpHead): Uint8Array {
  const indices = new Uint8Array(width * height);
  let [at, x, y] = [offset, 0, 0];
  const put = (index: number): void => {
    if (x < width && y < height) indices[y * width + x] = index;
    x++;
  };
  /** Two indices in a byte, or one. */
  const indexIn = (byte: number, i: number): number =>
    compression === RLE8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15;
  while (y < height) {
    if (at + 2 > bytes.length) throw new Error('it is cut short');
    const [count, value] = [bytes[at]!, bytes[at + 1]!];
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(indexIn(value, i));
    } else if (value === 0) {
      [x, y] = [0, y + 1];
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      x += bytes.readUInt8(at);
      y += bytes.readUInt8(at + 1);
      at += 2;
    } else {
      const length = compression === RLE8 ? value : Math.ceil(value / 2);
      if (at + length > bytes.length) throw new Error('it is cut short');
      for (let i = 0; i < value; i++) put(indexIn(bytes[at + (compression === RLE8 ? i : i >> 1)]!, i));
      at += length + (length % 2);
    }
  }
  return indices;
}
