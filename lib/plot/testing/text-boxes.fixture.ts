import { JSDOM } from 'jsdom';
import { pageCorners, type Point } from '../figure/svg-geometry.js';

/** A text of a drawn figure and the corners of its box, turned as it is. */
export interface TextBox {
  readonly text: string;
  readonly corners: readonly Point[];
}

/** Every text that a figure's SVG shows. */
export function textBoxes(svg: string): TextBox[] {
  const { document } = new JSDOM(svg, { contentType: 'image/svg+xml' }).window;
  return Array.from(document.querySelectorAll('text'))
    .filter((text) => text.textContent?.trim() && isVisible(text))
    .map((text) => ({ text: text.textContent ?? '', corners: pageCorners(text) }));
}

function isVisible(element: Element): boolean {
  for (let node: Element | null = element; node; node = node.parentElement) {
    const style = node.getAttribute('style') ?? '';
    if (/visibility: hidden|display: none|(^|;| )opacity: 0;/.test(style)) return false;
  }
  return true;
}

/** Pairs of texts that lie on each other by more than `slack` pixels. */
export function overlaps(boxes: readonly TextBox[], slack: number): [string, string][] {
  const found: [string, string][] = [];
  boxes.forEach((a, i) => {
    for (const b of boxes.slice(i + 1)) {
      if (depth(a.corners, b.corners) > slack) found.push([a.text, b.text]);
    }
  });
  return found;
}

/** Texts that reach over the edge of the figure by more than `slack` pixels. */
export function outside(boxes: readonly TextBox[], width: number, height: number, slack: number): string[] {
  return boxes
    .filter(({ corners }) =>
      corners.some(([x, y]) => x < -slack || y < -slack || x > width + slack || y > height + slack),
    )
    .map(({ text }) => text);
}

/** How far two turned rectangles reach into each other, at least along one axis (separating axes); negative apart. */
function depth(a: readonly Point[], b: readonly Point[]): number {
  let least = Infinity;
  for (const box of [a, b]) {
    for (const i of [0, 1]) {
      const [[x0, y0], [x1, y1]] = [box[i]!, box[i + 1]!]; // of four corners
      const [dx, dy] = [x1 - x0, y1 - y0];
      const length = Math.hypot(dx, dy) || 1;
      const along = (points: readonly Point[]) => points.map(([x, y]) => (x * dx + y * dy) / length);
      const [p, q] = [along(a), along(b)];
      least = Math.min(least, Math.min(Math.max(...p), Math.max(...q)) - Math.max(Math.min(...p), Math.min(...q)));
      if (least < 0) return least;
    }
  }
  return least;
}
