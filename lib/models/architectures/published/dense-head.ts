import type { ResolvedOptions } from '../architecture-options.js';
import type { StateShapes } from './state-shapes.js';

/** A network with dense layers of 4096 at its end. */
export interface HeadOptions {
  /** 'small' has one dense layer behind a global average pooling in place of three, as for CIFAR. Default 'published'. */
  head?: 'published' | 'small';
}

/**
 * The dense layers at the end of AlexNet and VGG.
 * @param grid side of the map that they read
 * @param indices theirs in `classifier`
 */
export function denseHead(
  shapes: StateShapes,
  { scaled, classes }: ResolvedOptions,
  channels: number,
  grid: number,
  indices: readonly [number, number, number],
  { head = 'published' }: HeadOptions,
): void {
  if (head === 'small') {
    shapes.linear('classifier', channels, classes);
    return;
  }
  const [first, second, third] = indices.map((index) => `classifier.${index}`);
  const units = scaled(4096);
  shapes
    .linear(first, channels * grid * grid, units)
    .linear(second, units, units)
    .linear(third, units, classes);
}
