import { fitted } from '../figure/fitted.js';
import { shortened } from '../figure/label.js';
import { textWidth } from '../figure/text-width.js';

/**
 * Text of one line where it fits, else broken between words into two; a second line that is too long ends in '…'.
 * @param maxWidth of a line, in pixels at the font size
 */
export function twoLines(text: string, maxWidth: number, fontSize: number): readonly string[] {
  const whole = shortened(text, 200);
  if (textWidth(whole, fontSize) <= maxWidth) return [whole];
  const words = whole.split(' ');
  const fits = words.findIndex((_, i) => textWidth(words.slice(0, i + 1).join(' '), fontSize) > maxWidth);
  const first = Math.max(1, fits);
  const lines = [words.slice(0, first).join(' '), words.slice(first).join(' ')];
  return lines.filter((line) => line !== '').map((line) => fitted(line, maxWidth, fontSize));
}
