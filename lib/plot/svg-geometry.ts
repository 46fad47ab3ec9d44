import { textWidth } from './text-width.js';

/** Axis-parallel box in pixels. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** x' = a·x + c·y + e, y' = b·x + d·y + f */
type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/**
 * Box of the text and rectangles in an SVG element, in the element's own coordinates: what `getBBox` returns in a
 * browser. Other shapes do not count. jsdom computes no layout.
 */
export function localBox(element: Element): Box {
  return union(parts(element).map((part) => transformedBox(ownBox(part), part, element)));
}

/** Box of the text and rectangles in an SVG element, in the coordinates of the outermost svg. */
export function pageBox(element: Element): Box {
  return union(parts(element).map((part) => transformedBox(ownBox(part), part, null)));
}

function parts(element: Element): Element[] {
  return element.matches('text, rect') ? [element] : Array.from(element.querySelectorAll('text, rect'));
}

function union(boxes: Box[]): Box {
  if (boxes.length === 0) return { left: 0, top: 0, right: 0, bottom: 0 };
  return {
    left: Math.min(...boxes.map((box) => box.left)),
    top: Math.min(...boxes.map((box) => box.top)),
    right: Math.max(...boxes.map((box) => box.right)),
    bottom: Math.max(...boxes.map((box) => box.bottom)),
  };
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

/** Carries a box from the part's coordinates up to those of `top` (exclusive), or of the outermost svg. */
function transformedBox(box: Box, part: Element, top: Element | null): Box {
  let result = box;
  for (let node: Element | null = part; node && node !== top; node = node.parentElement) {
    for (const matrix of transformsOf(node).reverse()) result = apply(matrix, result);
  }
  return result;
}

function transformsOf(element: Element): Affine[] {
  const found: Affine[] = [];
  for (const [, name, list] of (element.getAttribute('transform') ?? '').matchAll(/(\w+)\(([^)]*)\)/g)) {
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

function apply([a, b, c, d, e, f]: Affine, box: Box): Box {
  const xs = [box.left, box.right].flatMap((x) => [box.top, box.bottom].map((y) => a * x + c * y + e));
  const ys = [box.left, box.right].flatMap((x) => [box.top, box.bottom].map((y) => b * x + d * y + f));
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}
