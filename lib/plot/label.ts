import { stripVTControlCharacters } from 'node:util';
import { textWidth } from './text-width.js';

/** Longest name shown in full, in characters: hover texts and tables. */
const LONGEST_NAME = 120;

/**
 * A name that came from a file, made printable on one line: terminal escapes, control characters, direction
 * overrides and characters that XML forbids are dropped; an empty name becomes '(no name)'.
 */
export function printable(name: string): string {
  const text = stripVTControlCharacters(name)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
    .replace(/[\p{Cs}\ufffe\uffff]/gu, '\ufffd')
    .trim();
  return text === '' ? '(no name)' : text;
}

/** A printable name of at most `length` characters; a cut one ends in '…'. */
export function shortened(name: string, length = LONGEST_NAME): string {
  const text = printable(name);
  if (text.length <= length) return text;
  return Array.from(text.slice(0, 2 * length))
    .slice(0, length - 1)
    .join('')
    .concat('…');
}

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

/** Text that Plotly shows as it is: its pseudo-HTML (`<a href>`, `<b>`, entities) and TeX (`$…$`) are neutralised. */
export function inert(text: string): string {
  return text.replace(/[&<>$]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', $: '&#36;' })[c] as string);
}

/** What {@link inert} text shows: entities read, our own tags gone. */
export function plainText(markup: string): string {
  const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&#36;': '$' };
  return markup
    .replace(/<br>/g, ' ')
    .replace(/<[^>]*>/g, '')
    .replace(/&(?:amp|lt|gt|#36);/g, (entity) => entities[entity]);
}

/** Text for the content or a quoted attribute of an HTML element. */
export function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c] as string,
  );
}
