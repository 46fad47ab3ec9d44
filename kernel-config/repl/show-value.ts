import type { Session } from '../session/session.js';
import { JUPYTER_DISPLAY } from '../session/values/shown-value.js';
import { valueText } from '../session/values/value-text.js';

const FORMAT = { depth: 3, maxArrayLength: 40, maxStringLength: 2000, breakLength: 100 } as const;

/** Shows the value of an input: figures and tables as such, results by their tables, anything else as text. */
export function showValue(value: unknown, session: Pick<Session, 'shownAs'>, colors: boolean): void {
  if (value === undefined || value === null) return;
  const shown = session.shownAs(value);
  if (showsItself(shown)) shown.show();
  else console.log(valueText(shown, { ...FORMAT, colors }));
}

/** Whether it is a figure or a table of modulab. */
function showsItself(value: unknown): value is { show(): void } {
  const item = value as { [JUPYTER_DISPLAY]?: unknown; show?: unknown };
  return typeof value === 'object' && typeof item[JUPYTER_DISPLAY] === 'function' && typeof item.show === 'function';
}
