/** The ten classes of the synthetic set; neighbours 0–1, 2–3, 4–5, 6–7 and 8–9 are meant to be confused. */
export const SYNTHETIC_CLASSES = [
  'circle',
  'ellipse',
  'square',
  'diamond',
  'triangle',
  'star',
  'striped disc',
  'checkered disc',
  'ring',
  'crescent',
] as const;

export type Outline = 'ellipse' | 'rectangle' | 'diamond' | 'triangle' | 'star' | 'holed';

/** How one object differs from the others of its class. */
export interface ShapeParameters {
  /** Height over width. */
  readonly aspect: number;
  /** Radius of the hole over the radius of the disc. */
  readonly hole: number;
  /** Distance of the hole's centre from the disc's over the radius of the disc. */
  readonly holeOffset: number;
}

type Range = readonly [number, number];

/** What the objects of a class have in common; ranges are drawn from uniformly. */
export interface ClassShape {
  readonly outline: Outline;
  readonly texture: 'plain' | 'striped' | 'checkered';
  readonly aspect: Range;
  readonly hole: Range;
  readonly holeOffset: Range;
  /** Objects are turned by up to ± 2·atan(turn). */
  readonly turn: number;
  /** Evens out the area of the outlines. */
  readonly scale: number;
}

const NONE: Range = [0, 0];
const plain = { texture: 'plain', hole: NONE, holeOffset: NONE, turn: 1 } as const;

/** By class index. */
export const SHAPE_OF_CLASS: readonly ClassShape[] = [
  { ...plain, outline: 'ellipse', aspect: [0.88, 1], scale: 0.9 },
  { ...plain, outline: 'ellipse', aspect: [0.6, 0.84], scale: 1.05 },
  { ...plain, outline: 'rectangle', aspect: [0.85, 1.15], turn: 0.17, scale: 1 },
  { ...plain, outline: 'diamond', aspect: [0.85, 1.15], turn: 0.17, scale: 1 },
  { ...plain, outline: 'triangle', aspect: [0.85, 1.15], scale: 1.2 },
  { ...plain, outline: 'star', aspect: [0.9, 1.1], scale: 1.15 },
  { ...plain, outline: 'ellipse', texture: 'striped', aspect: [0.8, 1], scale: 0.95 },
  { ...plain, outline: 'ellipse', texture: 'checkered', aspect: [0.8, 1], scale: 0.95 },
  { ...plain, outline: 'holed', aspect: [0.85, 1], hole: [0.42, 0.62], holeOffset: [0, 0.2], scale: 1 },
  { ...plain, outline: 'holed', aspect: [0.85, 1], hole: [0.6, 0.8], holeOffset: [0.42, 0.62], scale: 1 },
];

/** Unit normals of the sides of an equilateral triangle and of a pentagram's five lines, as literals. */
const TRIANGLE_NORMALS = [0, 1, -0.8660254037844386, -0.5, 0.8660254037844386, -0.5];
const STAR_NORMALS = [
  0.9510565162951535, 0.3090169943749474, 0, 1, -0.9510565162951535, 0.3090169943749474, -0.5877852522924731,
  -0.8090169943749475, 0.5877852522924731, -0.8090169943749475,
];

/** Whether the point (u, v), in units of the object's radius, belongs to the object. */
export function isInside(outline: Outline, shape: ShapeParameters, u: number, v: number): boolean {
  const w = v / shape.aspect;
  switch (outline) {
    case 'ellipse':
      return u * u + w * w <= 1;
    case 'rectangle':
      return u <= 0.84 && u >= -0.84 && w <= 0.84 && w >= -0.84;
    case 'diamond':
      return (u < 0 ? -u : u) + (w < 0 ? -w : w) <= 1.18;
    case 'triangle':
      return linesHolding(TRIANGLE_NORMALS, 0.5, u, w) === 3;
    case 'star':
      // A pentagram is where at least four of its five lines have the point on the inner side.
      return linesHolding(STAR_NORMALS, 0.3090169943749474, u, w) >= 4;
    case 'holed': {
      const fromHole = u - shape.holeOffset;
      return u * u + w * w <= 1 && fromHole * fromHole + w * w > shape.hole * shape.hole;
    }
  }
}

function linesHolding(normals: readonly number[], distance: number, u: number, v: number): number {
  let holding = 0;
  for (let k = 0; k < normals.length; k += 2) if (normals[k]! * u + normals[k + 1]! * v <= distance) holding++;
  return holding;
}
