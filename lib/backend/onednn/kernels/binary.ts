import * as tf from '../../../tf.js';
import { ARITHMETIC, type BinaryName, type ComparisonName, COMPARISONS } from '../addon-functions/element-wise.js';
import { areFloats, type Inputs, type Kernel, override } from '../kernel.js';
import { broadcast } from './broadcast.js';

/** @param names of the kernel's inputs */
function arithmetic(name: BinaryName, names: [string, string] = ['a', 'b']): Kernel<unknown> {
  return (backend, inputs) => {
    const [a, b] = [inputs[names[0]], inputs[names[1]]];
    const result = areFloats(a, b) ? broadcast(a.shape, b.shape) : null;
    if (result === null) return null;
    const out = backend.output(result.shape);
    backend.addon.binary[name](result.dimensions, backend.floats(a), backend.floats(b), backend.floats(out));
    return out;
  };
}

function comparison(name: ComparisonName): Kernel<unknown> {
  return (backend, { a, b }: Inputs) => {
    const result = areFloats(a, b) ? broadcast(a.shape, b.shape) : null;
    if (result === null) return null;
    const values = new Uint8Array(tf.util.sizeFromShape(result.shape));
    backend.addon.compare[name](result.dimensions, backend.floats(a), backend.floats(b), values);
    return backend.makeTensorInfo(result.shape, 'bool', values);
  };
}

const addN: Kernel<unknown> = (backend, inputs) => {
  const tensors = inputs as unknown as tf.TensorInfo[];
  if (!areFloats(...tensors)) return null;
  const out = backend.output(tensors[0].shape);
  backend.addon.addN(
    tensors.map((t) => backend.floats(t)),
    backend.floats(out),
  );
  return out;
};

export function registerBinary(): void {
  ARITHMETIC.forEach((name) => override(name, arithmetic(name)));
  override('Prelu', arithmetic('Prelu', ['x', 'alpha']));
  override('EluGrad', arithmetic('EluGrad', ['dy', 'y']));
  COMPARISONS.forEach((name) => override(name, comparison(name)));
  override('AddN', addN);
}
