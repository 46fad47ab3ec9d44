/** What a value is shown as: one thing in several formats. */
export type MimeBundle = Record<string, unknown>;

/** By this method a value says how notebooks show it, also those of Deno. */
export const JUPYTER_DISPLAY = Symbol.for('Jupyter.display');

/** The parts of modulab that show results. */
interface Library {
  tableOf(result: unknown): object;
}

/** How a value wants to be shown; null where it does not say. */
export async function ownBundle(value: unknown): Promise<MimeBundle | null> {
  if (!isObject(value)) return null;
  const display = (value as { [JUPYTER_DISPLAY]?: unknown })[JUPYTER_DISPLAY];
  if (typeof display !== 'function') return null;
  const bundle: unknown = await display.call(value);
  return isObject(bundle) ? (bundle as MimeBundle) : null;
}

/**
 * The table of a result of modulab, or of a list of them; the value itself where it is none.
 * @param library asked only where the value may be one
 */
export function withTable(value: unknown, library: () => unknown): unknown {
  const sample: unknown = Array.isArray(value) ? value[0] : value;
  if (!isObject(sample) || typeof (sample as { kind?: unknown }).kind !== 'string') return value;
  try {
    return (library() as Library).tableOf(value);
  } catch {
    return value; // a kind of something else
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
