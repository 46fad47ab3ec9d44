import { textWidth } from './text-width.js';

/** Axis-parallel box in pixels. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export type Point = readonly [x: number, y: number];

/** x' = a·x + c·y + e, y' = b·x + d·y + f */
type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/**
 * Box of the text and rectangles in an SVG element, in the element's own coordinates: what `getBBox` returns in a
 * browser. Other shapes do not count. jsdom computes no layout.
 */
export function localBox(element: Element): Box {
  return bounds(parts(element).flatMap((part) => corners(part, element)));
}

/** Box of the text and rectangles in an SVG element, in the coordinates of the outermost svg. */
export function pageBox(element: Element): Box {
  return bounds(parts(element).flatMap((part) => corners(part, null)));
}

/** Corners of the box about a text or rectangle, turned as it is, in the coordinates of the outermost svg. */
export function pageCorners(element: Element): Point[] {
  return corners(element, null);
}

function parts(element: Element): Element[] {
  return element.matches('text, rect') ? [element] : Array.from(element.querySelectorAll('text, rect'));
}

function bounds(points: Point[]): Box {
  if (points.length === 0) return { left: 0, top: 0, right: 0, bottom: 0 };
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

function ownBox(part: Element): Box {
  const number = (name: string) => parseFloat(part.getAttribute(name) ?? '') || 0;
  const [x, y] = [number('x'), number('y')];
  if (part.matches('rect')) return { left: x, top: y, right: x + number('width'), bottom: y + number('height') };
  const fontSize = parseFloat(style(part, 'font-size')) || 12;
  const bold = /bold|[6-9]00/.test(style(part, 'font-weight')) || part.querySelector('[style*="bold"]') !== null;
  const lines = Array.from(part.querySelectorAll('tspan.line'), (line) => line.textContent ?? '');
  const texts = lines.length > 0 ? lines : [part.textContent ?? ''];
  const width = Math.max(...texts.map((line) => textWidth(line, fontSize, bold)));
  const anchor = style(part, 'text-anchor');
  const left = x - (anchor === 'middle' ? width / 2 : anchor === 'end' ? width : 0);
  return {
    left,
    top: y - 0.93 * fontSize,
    right: left + width,
    bottom: y + fontSize * (0.24 + 1.3 * (texts.length - 1)),
  };
}

/** An inherited style property or presentation attribute. */
function style(element: Element, name: string): string {
  for (let node: Element | null = element; node; node = node.parentElement) {
    const value = (node as SVGElement).style?.getPropertyValue(name) || node.getAttribute(name);
    if (value) return value;
  }
  return '';
}

/** The part's corners, carried from its own coordinates up to those of `top` (exclusive), or of the outermost svg. */
function corners(part: Element, top: Element | null): Point[] {
  const { left, top: upper, right, bottom } = ownBox(part);
  let points: Point[] = [[left, upper], [right, upper], [right, bottom], [left, bottom]]; // prettier-ignore
  for (let node: Element | null = part; node && node !== top; node = node.parentElement) {
    for (const [a, b, c, d, e, f] of transformsOf(node).reverse()) {
      points = points.map(([x, y]) => [a * x + c * y + e, b * x + d * y + f]);
    }
  }
  return points;
}

function transformsOf(element: Element): Affine[] {
  const found: Affine[] = [];
  for (const [, name, list = ''] of (element.getAttribute('transform') ?? '').matchAll(/(\w+)\(([^)]*)\)/g)) {
    const [p = 0, q, r = 0] = list
      .trim()
      .split(/[\s,]+/)
      .map(Number);
    if (name === 'translate') found.push([1, 0, 0, 1, p, q ?? 0]);
    else if (name === 'scale') found.push([p, 0, 0, q ?? p, 0, 0]);
    else if (name === 'rotate') {
      const [sin, cos] = [Math.sin((p * Math.PI) / 180), Math.cos((p * Math.PI) / 180)];
      const [x, y] = [q ?? 0, r];
      found.push([cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y]);
    }
  }
  return found;
}
