import { inspect } from 'node:util';

interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly size: number;
  readonly isDisposed: boolean;
  dataSync(): ArrayLike<number | string>;
}

const SHOWN_ELEMENTS = 24;

/** A value as the prompt shows it. */
export function valueText(value: unknown, colours: boolean): string {
  if (isTensor(value)) return tensorText(value, colours);
  return inspect(value, { colors: colours, depth: 3, maxArrayLength: 40, maxStringLength: 2000, breakLength: 100 });
}

function isTensor(value: unknown): value is TensorLike {
  const tensor = value as Partial<TensorLike> | null;
  return (
    typeof tensor === 'object' &&
    tensor !== null &&
    Array.isArray(tensor.shape) &&
    typeof tensor.dtype === 'string' &&
    typeof tensor.size === 'number' &&
    typeof tensor.dataSync === 'function'
  );
}

function tensorText(tensor: TensorLike, colours: boolean): string {
  const head = `Tensor [${tensor.shape.join(', ')}] ${tensor.dtype}`;
  if (tensor.isDisposed) return `${head}, disposed`;
  if (tensor.size > SHOWN_ELEMENTS) return head;
  return `${head} ${inspect(Array.from(tensor.dataSync()), { colors: colours, breakLength: 100 })}`;
}
