import { registerBinary, type BinaryFunctions } from './binary.js';
import { registerUnary, type UnaryFunctions } from './unary.js';

/** What the addon offers for element-wise kernels. */
export type ElementWiseFunctions = UnaryFunctions & BinaryFunctions;

export function registerElementWise(): void {
  registerUnary();
  registerBinary();
}
