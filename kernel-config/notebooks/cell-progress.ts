import { shortened } from '../../lib/printable.js';
import type { CellEvent } from './run-notebook.js';

const REDRAW_MS = 200;
/** Where lines cannot be redrawn (logs, CI), a long cell still says every so often that it is alive. */
const LOG_EVERY_MS = 15_000;

/** Shows in a terminal or a log how far a notebook is: one line per cell, and the running cell's latest output. */
export class CellProgress {
  private current: { label: string; startedAt: number; lastLine: string } | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  readonly onCell = (event: CellEvent): void => {
    if (event.type === 'output') {
      if (this.current) this.current.lastLine = shortened(event.lastLine, 300);
      return;
    }
    clearInterval(this.timer);
    if (event.type === 'start') {
      const place = `[${String(event.number).padStart(String(event.total).length)}/${event.total}]`;
      this.current = { label: `${place} ${shortened(event.title)}`, startedAt: performance.now(), lastLine: '' };
      this.timer = setInterval(this.show, this.stream.isTTY ? REDRAW_MS : LOG_EVERY_MS).unref();
      if (this.stream.isTTY) this.show();
      return;
    }
    const { status, ms } = event.result;
    const outcome = status === 'ok' ? '' : `  ${status.toUpperCase()}`;
    this.write(`${this.current?.label ?? ''}  ${seconds(ms)}${outcome}`, true);
    this.current = null;
  };

  private readonly show = (): void => {
    if (!this.current) return;
    const { label, startedAt, lastLine } = this.current;
    const live = `${label}  ${seconds(performance.now() - startedAt)}${lastLine ? `  · ${lastLine}` : ''}`;
    this.write(live, !this.stream.isTTY);
  };

  private write(text: string, endLine: boolean): void {
    if (!this.stream.isTTY) {
      this.stream.write(`${text}\n`);
      return;
    }
    this.stream.write(`\r\x1b[K${text.slice(0, this.stream.columns - 1)}${endLine ? '\n' : ''}`);
  }
}

function seconds(ms: number): string {
  return ms < 60_000
    ? `${(ms / 1000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
