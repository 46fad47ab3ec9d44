import { shortened } from './label.js';
import { textWidth } from './text-width.js';

/** A printable name cut to `maxWidth` pixels at the given font size; a cut one ends in '…'. */
export function fitted(name: string, maxWidth: number, fontSize: number): string {
  const text = shortened(name);
  if (textWidth(text, fontSize) <= maxWidth) return text;
  const characters = Array.from(text.replace(/…$/, ''));
  let low = 1;
  let high = characters.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (textWidth(`${characters.slice(0, middle).join('')}…`, fontSize) <= maxWidth) low = middle;
    else high = middle - 1;
  }
  return `${characters.slice(0, low).join('')}…`;
}
