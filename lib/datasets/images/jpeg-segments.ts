/** A segment of a JPEG: its marker's second byte, and what follows its length. */
export interface JpegSegment {
  readonly marker: number;
  readonly content: Buffer;
}

/** The segments of a JPEG before its first scan; as many as there are of one that is damaged. */
export function* jpegSegments(bytes: Buffer): Generator<JpegSegment> {
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++; // a fill byte
      continue;
    }
    if (marker === 0xda || marker === 0xd9) return; // the picture begins: no segments any more
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    if (end < at + 4) return;
    yield { marker, content: bytes.subarray(at + 4, Math.min(end, bytes.length)) };
    at = end;
  }
}

/** How a JPEG's values are meant. */
export interface JpegFrame {
  /** Bits of a value: 8, or 12 in the files of scanners and telescopes. */
  readonly bits: number;
  readonly components: number;
  /** Height · width. */
  readonly pixels: number;
  /** Red, green and blue as they are; else luminance and differences of colour. */
  readonly isRgb: boolean;
}

/** What a JPEG's header says, after libjpeg's rules on colours; null where it has no frame. */
export function jpegFrame(bytes: Buffer): JpegFrame | null {
  let isJfif = false;
  let transform: number | undefined;
  for (const { marker, content } of jpegSegments(bytes)) {
    if (marker === 0xe0 && content.toString('latin1', 0, 4) === 'JFIF') isJfif = true;
    if (marker === 0xee && content.toString('latin1', 0, 5) === 'Adobe') transform = content[11];
    // Frames are c0 to cf, without tables of Huffman codes (c4), extensions (c8) and arithmetic codes (cc).
    if (marker < 0xc0 || marker > 0xcf || [0xc4, 0xc8, 0xcc].includes(marker)) continue;
    const [bits = 8, , , , , components = 3] = content;
    const names = Array.from({ length: components }, (_, i) => content[6 + 3 * i]);
    const named = String.fromCharCode(...names.map((name) => name ?? 0)) === 'RGB';
    const isRgb = components === 3 && !isJfif && (transform === undefined ? named : transform === 0);
    const pixels = content.length < 5 ? 0 : content.readUInt16BE(1) * content.readUInt16BE(3);
    return { bits, components, pixels, isRgb };
  }
  return null;
}
