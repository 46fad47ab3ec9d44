import { stripVTControlCharacters } from 'node:util';

/** Longest name shown in full, in characters: hover texts, tables, progress lines. */
const LONGEST_NAME = 120;
/** Longest message or block of text, in characters. */
const LONGEST_TEXT = 4000;

/**
 * A name that came from a file, made printable on one line: terminal escapes, control characters, direction
 * overrides and characters that XML forbids are dropped; an empty name becomes '(no name)'.
 */
export function printable(name: string): string {
  const text = withoutTricks(name)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return text === '' ? '(no name)' : text;
}

/** A printable name of at most `length` characters; a cut one ends in '…'. */
export function shortened(name: string, length = LONGEST_NAME): string {
  const text = printable(name.slice(0, 50 * length));
  if (text.length <= length) return text;
  return Array.from(text.slice(0, 2 * length))
    .slice(0, length - 1)
    .join('')
    .concat('…');
}

/** Several lines of text with names from files in it, made printable likewise; the middle of a long one is left out. */
export function printableText(text: string, length = LONGEST_TEXT): string {
  const clean = withoutTricks(text)
    .replace(/\r\n?|[\p{Zl}\p{Zp}]/gu, '\n')
    .replace(/[^\P{Cc}\n\t]+/gu, ' ');
  if (clean.length <= length) return clean;
  const half = Math.floor(length / 2) - 1;
  return `${clean.slice(0, half)} … ${clean.slice(-half)}`.replace(/\p{Cs}/gu, '\ufffd');
}

/** Without terminal escapes, whose text would stay; without direction marks and overrides, and halves of characters. */
function withoutTricks(text: string): string {
  return stripVTControlCharacters(text.replace(/\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?/g, ''))
    .replace(/[\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
    .replace(/[\p{Cs}\ufffe\uffff]/gu, '\ufffd');
}
