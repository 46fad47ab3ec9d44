export const ARITHMETIC = ['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'SquaredDifference'] as const;
export const COMPARISONS = ['Greater', 'GreaterEqual', 'Less', 'LessEqual', 'Equal', 'NotEqual'] as const;

export type BinaryName = (typeof ARITHMETIC)[number] | 'Prelu' | 'EluGrad';
export type ComparisonName = (typeof COMPARISONS)[number];

type Compute<Out> = (dimensions: Int32Array, a: Float32Array, b: Float32Array, out: Out) => void;

interface BinaryFunctions {
  /** By kernel name: out = f(a, b), `dimensions` as in Broadcast. */
  readonly binary: Record<BinaryName, Compute<Float32Array>>;
  readonly compare: Record<ComparisonName, Compute<Uint8Array>>;
  /** The sum of arrays of equal length, added in their order. */
  addN(inputs: Float32Array[], out: Float32Array): void;
}

export const PLAIN = [
  'Relu',
  'Relu6',
  'Elu',
  'Sigmoid',
  'Tanh',
  'Softplus',
  'Exp',
  'Log',
  'Sqrt',
  'Rsqrt',
  'Square',
  'Abs',
  'Neg',
  'Reciprocal',
  'Floor',
  'Ceil',
  'Round',
  'Sign',
] as const;

export type UnaryName = (typeof PLAIN)[number] | 'LeakyRelu' | 'Step' | 'ClipByValue';

interface UnaryFunctions {
  /** By kernel name: out = f(x); what the two numbers mean is said in addon/unary.cc. */
  readonly unary: Record<UnaryName, (x: Float32Array, out: Float32Array, first: number, second: number) => void>;
}

/** What the addon offers for element-wise kernels. */
export type ElementWiseFunctions = UnaryFunctions & BinaryFunctions;
