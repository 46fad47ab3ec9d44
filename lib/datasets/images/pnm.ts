import { requireUsualSize, type RgbImage } from './rgb-image.js';

/**
 * Decodes a picture of the netpbm formats, `.pbm`, `.pgm` and `.ppm` (P1–P6), as traffic signs and faces are handed on: black and
 * white, grey or RGB of up to 16 bits, which become 8.
 * @throws Error where it is damaged or too large
 */
export function decodePnm(bytes: Buffer): RgbImage {
  const kind = bytes[1]! - 0x30;
  const isText = kind <= 3;
  const isBits = kind === 1 || kind === 4;
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  let at = 2;
  const number = (): number => {
    const [whole = '', digits] = /^(?:\s|#[^\n]*\n)*(\d+)/.exec(bytes.toString('latin1', at, at + 2000)) ?? [];
    if (digits === undefined) throw new Error('a number of its header is missing');
    at += whole.length;
    return Number(digits);
  };
  const [width, height] = [number(), number()];
  requireUsualSize(height, width);
  const most = isBits ? 1 : number();
  if (!(most >= 1 && most <= 65535)) throw new Error(`its values go up to ${most}`);
  const count = width * height * channels;
  const scaled = (value: number): number => {
    if (value > most) throw new Error(`it has the value ${value}, its header says up to ${most}`);
    return Math.round((255 * (isBits ? 1 - value : value)) / most);
  };
  const values = new Uint8Array(count);
  if (isText) {
    // The digits of black and white need no space between them.
    const found = bytes.toString('latin1', at).replace(/#[^\n]*/g, '').match(isBits ? /[01]/g : /\d+/g) ?? []; // prettier-ignore
    if (found.length < count) throw new Error('it is cut short');
    for (let i = 0; i < count; i++) values[i] = scaled(Number(found[i]));
  } else {
    at++; // a single white space
    const wide = most > 255;
    const stride = Math.ceil(width / 8);
    if (bytes.length - at < (isBits ? stride * height : count * (wide ? 2 : 1))) throw new Error('it is cut short');
    for (let i = 0; i < count; i++) {
      const [x, y] = [i % width, Math.floor(i / width)];
      const bit = () => (bytes[at + y * stride + (x >> 3)]! >> (7 - (x & 7))) & 1;
      values[i] = scaled(isBits ? bit() : wide ? bytes.readUInt16BE(at + 2 * i) : bytes[at + i]!);
    }
  }
  const pixels = channels === 3 ? values : Uint8Array.from({ length: 3 * count }, (_, i) => values[Math.floor(i / 3)]!);
  return { width, height, pixels };
}
