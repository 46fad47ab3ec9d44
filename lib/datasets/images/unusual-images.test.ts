/** Pictures that programs write and that a decoder easily takes for others: wrong pixels without a word, rows that are not there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import { DataError } from '../../errors.js';
import { decodeImage } from './decode-image.js';
import { sharpFormats } from './sharp.js';

const refused = (bytes: Buffer, reason: RegExp): Promise<void> =>
  assert.rejects(decodeImage('x.img', bytes), (error) => error instanceof DataError && reason.test(error.message));

/** Pixels of 5 rows of 6: red 40·x, green 50·y, blue 255 − 40·x, within a tolerance. */
async function isSlope(bytes: Buffer, tolerance = 0): Promise<void> {
  const { height, width, pixels } = await decodeImage('x.img', bytes);
  assert.deepEqual([height, width], [5, 6]);
  for (let i = 0; i < 30; i++) {
    const [x, y] = [i % 6, Math.floor(i / 6)];
    [40 * x, 50 * y, 255 - 40 * x].forEach((value, c) =>
      assert.ok(
        Math.abs(pixels[3 * i + c] - value) <= tolerance,
        `${y}, ${x}, ${c}: ${pixels[3 * i + c]}, not ${value}`,
      ),
    );
  }
}

/** A PNG of red, green and blue whose data may be that of another picture. */
function png(width: number, height: number, data: Buffer, interlaced = 0): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, interlaced]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const chunk = (type: string, content: Buffer): Buffer => {
    const named = Buffer.concat([Buffer.from(type), content]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(content.length, 0);
    frame.writeUInt32BE(crc32(named), 4);
    return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
  };
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(data)), chunk('IEND', Buffer.alloc(0))]); // prettier-ignore
}

test('PNG: rows that are missing are no black ones, and a header alone makes no room', async () => {
  const row = Buffer.alloc(1 + 3 * 24, 7).fill(0, 0, 1);
  const rows = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => row));
  assert.equal((await decodeImage('x.png', png(24, 16, rows(16)))).pixels[0], 7);
  await refused(png(24, 16, rows(7)), /it has rows for 511 of the 1168 bytes of 16×24 pixels/);
  await refused(png(24, 16, rows(7), 1), /it has rows for 511 of the 1182 bytes/);
  await refused(png(24, 16, Buffer.alloc(0)), /it has rows for 0 of/);
  await refused(png(24, 16, Buffer.alloc(2 ** 26)), /it has more data than 16×24 pixels take/);
  const start = process.memoryUsage().rss;
  await refused(png(8_323_084, 10, row), /it claims 10×8323084 pixels, which its \d+ bytes of data cannot hold/);
  assert.ok(process.memoryUsage().rss - start < 50e6);
});

const JPEG_OF_RGB =
  '/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB/8AAEQgABQAGA1IRAEcRAEIRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAAwDUgBHAEIAAD8Ax/8Ag3E/5IDP/wBivp//AKU2Femf8Q7v7EH/AED/APy29P8A/k6tD/g47/5L9B/2NGof+k1/X//Z';
const JPEG_OF_INKS =
  '/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB/8AAFAgABQAGBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwDH/wCDcT/kgM//AGK+n/8ApTYV6Z/xDu/sQf8AQP8A/Lb0/wD+Tq0P+Djv/kv0H/Y0ah/6TX9f38V//9k=';

test('JPEG: red, green and blue as they are, inks, and what is none of 8 bits', async () => {
  const rgb = Buffer.from(JPEG_OF_RGB, 'base64');
  await isSlope(rgb, 3);
  await isSlope(Buffer.from(JPEG_OF_INKS, 'base64'), 6);
  const frame = rgb.indexOf('ffc0', 'hex');
  const with12Bits = Buffer.from(rgb);
  with12Bits[frame + 4] = 12;
  await refused(with12Bits, /it has 12 bits a value, and only those of 8 are read/);
  const large = Buffer.from(rgb);
  large.writeUInt16BE(9999, frame + 5);
  large.writeUInt16BE(9999, frame + 7);
  await refused(large, /it claims 99980001 pixels, which \d+ bytes cannot hold/);
  await refused(rgb.subarray(0, -8), /it is cut short/);
  // The orientation as a number of four bytes, in the order of either processor.
  for (const tiff of [
    '49492a00080000000100120104000100000006000000',
    '4d4d002a00000008000101120004000000010000000600000000',
  ]) {
    const exif = Buffer.from(`457869660000${tiff}`, 'hex');
    const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, exif.length + 2]), exif]);
    const { height, width } = await decodeImage('x', Buffer.concat([rgb.subarray(0, 2), segment, rgb.subarray(2)]));
    assert.deepEqual([height, width], [6, 5]);
  }
});

/** A BMP with BITMAPINFOHEADER, a palette and some bytes that nobody needs before the pixels. */
function bmp(width: number, height: number, bits: number, rows: Buffer, compression = 0, gap = 0): Buffer {
  const head = Buffer.alloc(54);
  head.write('BM');
  const palette = Buffer.alloc(bits <= 8 ? 4 * 2 ** bits : 0);
  for (let i = 0; 4 * i < palette.length; i++) palette.set([10 * i, 200 - i, i], 4 * i);
  head.writeUInt32LE(54 + palette.length + gap, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  head.writeUInt16LE(bits, 28);
  head.writeUInt32LE(compression, 30);
  return Buffer.concat([head, palette, Buffer.alloc(gap, 0xee), rows]);
}

/** The index of every pixel, which its red value is. */
const indices = async (bytes: Buffer): Promise<number[]> =>
  Array.from((await decodeImage('x.bmp', bytes)).pixels).filter((_, i) => i % 3 === 0);

test('BMP: run lengths, rows of odd width, pixels behind a gap, OS/2', async () => {
  const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');
  // The first row stored is the lowest: three of index 5, two as they are, end of row; skip 1; four of index 9, end.
  const run8 = hex('0305 0003 070802 00 0000 0002 0100 0409 0001');
  assert.deepEqual(await indices(bmp(6, 2, 8, run8, 1)), [0, 9, 9, 9, 9, 0, 5, 5, 5, 7, 8, 2]);
  const run4 = hex('0512 0000 0003 3450 0200 0001');
  assert.deepEqual(await indices(bmp(5, 2, 4, run4, 2)), [3, 4, 5, 0, 0, 1, 2, 1, 2, 1]);
  await refused(bmp(6, 2, 8, run8.subarray(0, 4), 1), /cut short/);
  assert.deepEqual(await indices(bmp(3, 2, 4, hex('12300000 45600000'))), [4, 5, 6, 1, 2, 3]);
  assert.deepEqual(await indices(bmp(3, -2, 4, hex('12300000 45600000'))), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(await indices(bmp(3, 1, 8, hex('01020300'), 0, 16)), [1, 2, 3]);
  await refused(bmp(3, 2, 8, hex('01020300')), /cut short/);
  const core = Buffer.concat([Buffer.alloc(26), hex('0a141e 0a141f 0000')]);
  core.write('BM');
  core.writeUInt32LE(26, 10);
  [12, 0, 2, 1, 1, 24].forEach((value, i) => core.writeUInt16LE(value, 14 + 2 * i));
  assert.deepEqual(await indices(core), [30, 31]);
});

/** A TIFF of one strip, 3 wide and 1 high. */
function tiff(
  photometric: number,
  samples: number,
  format: number,
  strip: Buffer,
  rowsPerStrip = 1,
  height = 1,
): Buffer {
  const bits = (8 * strip.length) / (3 * samples * rowsPerStrip);
  const tags = [
    [256, 3],
    [257, height],
    [258, bits],
    [259, 1],
    [262, photometric],
    [273, 8 + 2 + 12 * 11 + 4],
    [277, samples],
    [278, rowsPerStrip],
    [279, strip.length],
    [338, 2],
    [339, format],
  ];
  const directory = Buffer.alloc(2 + 12 * tags.length + 4);
  directory.writeUInt16LE(tags.length);
  tags.forEach(([tag, value], i) => {
    directory.writeUInt16LE(tag, 2 + 12 * i);
    directory.writeUInt16LE(4, 4 + 12 * i);
    directory.writeUInt32LE(1, 6 + 12 * i);
    directory.writeUInt32LE(value, 10 + 12 * i);
  });
  return Buffer.concat([Buffer.from('49492a0008000000', 'hex'), directory, strip]);
}

test('TIFF: white as 0, grey with transparency, and what is no picture with any decoder', async () => {
  const greys = async (bytes: Buffer): Promise<number[]> =>
    Array.from((await decodeImage('x.tif', bytes)).pixels).filter((_, i) => i % 3 === 0);
  assert.deepEqual(await greys(tiff(1, 1, 1, Buffer.from([0, 100, 255]))), [0, 100, 255]);
  assert.deepEqual(await greys(tiff(0, 1, 1, Buffer.from([0, 100, 255]))), [255, 155, 0]);
  assert.deepEqual(await greys(tiff(1, 2, 1, Buffer.from([200, 255, 200, 51, 200, 0]))), [200, 40, 0]);
  await refused(tiff(1, 1, 3, Buffer.from(Float32Array.of(0, 0.5, 1).buffer)), /no whole numbers of 8 or 16 bits/);
  if (!(await sharpFormats()).includes('TIFF'))
    await refused(tiff(1, 1, 1, Buffer.from([0, 100, 255]), 1, 4), /it has 1 of 4 parts of its picture/);
});

test('GIF: pixels that are missing are not of colour 0', async () => {
  // 4×4 pixels of two colours, by clear code, eight literals, end code of three bits.
  const head = Buffer.from('474946383961040004008000000a0a0a0e0e0e2c000000000400040000 02'.replace(' ', ''), 'hex');
  const pack = (codes: readonly number[]): Buffer => {
    let [bits, length, used] = [0n, 3n, 0n];
    let next = 6;
    for (const code of codes) {
      bits |= BigInt(code) << used;
      used += length;
      if (code === 4) next = 6;
      else if (next++ === 2 ** Number(length)) length++;
    }
    const bytes = Array.from({ length: Number((used + 7n) / 8n) }, (_, i) => Number((bits >> BigInt(8 * i)) & 255n));
    return Buffer.concat([head, Buffer.from([bytes.length, ...bytes, 0, 0x3b])]);
  };
  // Of 1, the pair of two, of three … : 1 + 2 + 3 + 4 + 5 + 1 pixels.
  const whole = await decodeImage('x.gif', pack([4, 1, 6, 7, 8, 9, 1, 5]));
  assert.deepEqual([...new Set(whole.pixels)], [14]);
  await refused(pack([4, 1, 6, 7, 5]), /it has 6 of 16 pixels/);
});

test('netpbm: colours, grey of 8 and 16 bits, black and white, and digits', async () => {
  const first = async (content: Buffer | string): Promise<number[]> =>
    Array.from((await decodeImage('x.ppm', Buffer.from(content as string, 'latin1'))).pixels).filter(
      (_, i) => i % 3 === 0,
    );
  const values = Array.from({ length: 30 }, (_, i) => [
    40 * (i % 6),
    50 * Math.floor(i / 6),
    255 - 40 * (i % 6),
  ]).flat();
  await isSlope(Buffer.concat([Buffer.from('P6\n# a remark\n6 5\n255\n'), Buffer.from(values)]));
  await isSlope(Buffer.from(`P3 6 5 255\n${values.join(' ')}`));
  assert.deepEqual(await first('P5 2 1 100\n\x00\x32'), [0, 128]);
  assert.deepEqual(await first('P5 2 1 65535\n\xff\xff\x80\x00'), [255, 128]);
  assert.deepEqual(await first('P4 10 1\n\x80\x40'), [0, 255, 255, 255, 255, 255, 255, 255, 255, 0]);
  assert.deepEqual(await first('P1\n3 1\n101'), [0, 255, 0]);
  await refused(Buffer.from('P6 6 5 255\nabc'), /it is cut short/);
  await refused(Buffer.from('P5 2 1 9\n\x00\x32'), /it has the value 50, its header says up to 9/);
  await refused(Buffer.from('P6 99999 99999 255\nabc'), /too large/);
});
