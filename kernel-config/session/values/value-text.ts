import { inspect, type InspectOptions } from 'node:util';

interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly size: number;
  readonly isDisposed: boolean;
  dataSync(): ArrayLike<number | string>;
  toString(): string;
}

interface ModelLike {
  readonly layers: readonly unknown[];
  summary(lineLength?: number, positions?: number[], print?: (line: string) => void): void;
}

const SHOWN_ELEMENTS = 24;

/** A value as text: tensors by their values, models by their summary, data frames as tables, anything else as Node shows it. */
export function valueText(value: unknown, options: InspectOptions = {}): string {
  if (isTensor(value)) return tensorText(value, options);
  if (isModel(value)) return modelText(value);
  if (isDataFrame(value)) return String(value).trimEnd();
  return inspect(value, options);
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

function tensorText(tensor: TensorLike, options: InspectOptions): string {
  const head = `Tensor [${tensor.shape.join(', ')}] ${tensor.dtype}`;
  if (tensor.isDisposed) return `${head}, disposed`;
  if (tensor.size > SHOWN_ELEMENTS) return `${head}\n${tensor.toString().replace(/^Tensor\n/, '')}`;
  return `${head} ${inspect(Array.from(tensor.dataSync()), { colors: options.colors, breakLength: 100 })}`;
}

function isModel(value: unknown): value is ModelLike {
  const model = value as Partial<ModelLike> | null;
  return (
    typeof model === 'object' && model !== null && Array.isArray(model.layers) && typeof model.summary === 'function'
  );
}

function modelText(model: ModelLike): string {
  const lines: string[] = [];
  try {
    model.summary(undefined, undefined, (line) => lines.push(line));
  } catch {
    return inspect(model, { depth: 0 }); // one that has not been built has no summary
  }
  return lines.join('\n');
}

/** A data frame or series of danfo, which writes itself as a table. */
function isDataFrame(value: unknown): boolean {
  const frame = value as { $data?: unknown; $columns?: unknown; print?: unknown } | null;
  return (
    typeof frame === 'object' &&
    frame !== null &&
    '$data' in frame &&
    '$columns' in frame &&
    typeof frame.print === 'function'
  );
}
