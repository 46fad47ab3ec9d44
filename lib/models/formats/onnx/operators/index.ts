import type { Operator } from '../conversion.js';
import { ACTIVATIONS } from './activations.js';
import { ARITHMETIC } from './arithmetic.js';
import { CHANNELS } from './channels.js';
import { NORMALISATION } from './normalisation.js';
import { POOLING } from './pooling.js';
import { SHAPES } from './shapes.js';
import { WEIGHTED } from './weighted.js';

/** ONNX's operators that become layers, or other views of a layer's output, by their name. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  ...WEIGHTED,
  ...POOLING,
  ...ACTIVATIONS,
  ...NORMALISATION,
  ...ARITHMETIC,
  ...SHAPES,
  ...CHANNELS,
};
