import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DataError } from '../../errors.js';
import { decodeImage, readableFormats } from './decode-image.js';
import { imageFormat } from './image-format.js';
import { PILLOW_IMAGES } from './pillow-images.fixture.js';
import { FIRST_OF_SEVERAL } from './rgb-image.js';
import { sharpFormats } from './sharp.js';

type Name = keyof typeof PILLOW_IMAGES;
const bytesOf = (name: Name): Buffer => Buffer.from(PILLOW_IMAGES[name], 'base64');

/** Most that a value is off: AVIF turns colours into others before it packs them. */
const TOLERANCE: Partial<Record<Name, number>> = { AVIF: 8 };
const CHANGES: Partial<Record<Name, string[]>> = { 'animated GIF': [FIRST_OF_SEVERAL] };
const REFUSED: Partial<Record<Name, RegExp>> = {
  'animated WebP': /x\.img: .*cannot be decoded: it is animated/,
  'TIFF by JPEG': /x\.img: .*cannot be decoded: .*[Cc]ompression/,
  'TIFF of floats': /no whole numbers of 8 or 16 bits; give such images as arrays/,
};

describe('pictures that Pillow has written', () => {
  for (const name of Object.keys(PILLOW_IMAGES) as Name[]) {
    const refused = REFUSED[name];
    test(`${name}${refused ? ' is refused with the reason' : ''}`, async (t) => {
      const format = imageFormat(bytesOf(name));
      assert.ok(format && name.includes(format));
      if (refused && (await sharpFormats()).includes(format)) return t.skip('sharp is installed, which reads it');
      if (refused) {
        await assert.rejects(
          decodeImage('x.img', bytesOf(name)),
          (e) => e instanceof DataError && refused.test(e.message),
        );
        return;
      }
      const { height, width, pixels, changes } = await decodeImage('x.img', bytesOf(name));
      const onSide = name.endsWith('on its side');
      assert.deepEqual([height, width], onSide ? [6, 5] : [5, 6]);
      assert.deepEqual(changes, onSide ? ['turned upright as their camera noted'] : (CHANGES[name] ?? []));
      assert.equal(pixels.length, 90);
      for (let i = 0; i < 30; i++) {
        // Where this pixel was stored: a picture with orientation 6 was turned to the left.
        const [row, column] = [Math.floor(i / width), i % width];
        const [y, x] = onSide ? [4 - column, row] : [row, column];
        const grey = Math.round((2000 * (6 * y + x)) / 257);
        const expected = name === 'TIFF of 16 bits' ? [grey, grey, grey] : [40 * x, 50 * y, 255 - 40 * x];
        expected.forEach((value, c) => {
          assert.ok(
            Math.abs(pixels[3 * i + c] - value) <= (TOLERANCE[name] ?? 0),
            `${i}, ${c}: ${pixels[3 * i + c]}, not ${value}`,
          );
        });
      }
    });
  }
});

test('damaged pictures of every format: a DataError, and nothing that hangs', { timeout: 60_000 }, async () => {
  for (const name of Object.keys(PILLOW_IMAGES) as Name[]) {
    const good = bytesOf(name);
    for (let at = 0; at < good.length; at += Math.ceil(good.length / 60)) {
      for (const bytes of [
        good.subarray(0, at),
        Buffer.from(good).fill(0xff, at, Math.min(at + 4, good.length)),
        Buffer.from(good).fill(0, at, Math.min(at + 3, good.length)),
      ]) {
        try {
          const { height, width, pixels } = await decodeImage('x.img', bytes);
          assert.equal(pixels.length, height * width * 3);
        } catch (error) {
          assert.ok(error instanceof DataError, `${name}, byte ${at}: ${String(error)}`);
        }
      }
    }
  }
});

test('headers that claim more pixels than any camera has', async () => {
  const at: Partial<Record<Name, [number, string]>> = {
    'WebP on its side': [24, 'ffff00ffff00'],
    BMP: [18, 'ffffff00ffffff00'],
    GIF: [6, 'ffffffff'],
  };
  for (const [name, change] of Object.entries(at)) {
    const bytes = Buffer.from(bytesOf(name as Name));
    Buffer.from(change[1], 'hex').copy(bytes, change[0]);
    await assert.rejects(decodeImage('x.img', bytes), /it is too large: .* at most 100 millions/, name);
  }
});

test('what else lies under an image name is said', async () => {
  const pointer = Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0');
  await assert.rejects(decodeImage('a.png', pointer), /git-lfs pointer \(run git lfs pull\)/);
  await assert.rejects(decodeImage('a.jpg', Buffer.from('<!DOCTYPE html><title>404')), /got a web page/);
  assert.ok((await readableFormats()).includes('WebP'));
});
