import { registerBinary } from './binary.js';
import { registerUnary } from './unary.js';

export function registerElementWise(): void {
  registerUnary();
  registerBinary();
}
