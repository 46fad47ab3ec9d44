import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
];

/** Chromium's program: MODULAB_CHROMIUM, or where distributions put it; null where there is none. */
export function chromiumProgram(): string | null {
  return [process.env.MODULAB_CHROMIUM ?? '', ...PLACES].find((file) => file !== '' && fs.existsSync(file)) ?? null;
}

/** One page of a headless browser, with a person's mouse and keyboard. */
export interface BrowserPage {
  goto(url: string): Promise<void>;
  /** Value of an expression on the page (of its first frame, where one is named). */
  evaluate<T>(expression: string): Promise<T>;
  /** Waits until the expression is true. */
  until(expression: string): Promise<void>;
  /** Moves the mouse onto the middle of an element, scrolled into view, and presses the button. */
  click(selector: string): Promise<void>;
  type(text: string): Promise<void>;
  screenshot(file: string): Promise<void>;
  /** Errors and exceptions that the page has reported. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

type Message = { id?: number; method?: string; params?: never; result?: never; error?: { message: string } };

/** Starts Chromium, spoken to over a pipe: nothing listens on a port. */
export async function openBrowser(program: string): Promise<BrowserPage> {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-browser-'));
  const browser = spawn(
    program,
    [
      ...['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-dev-shm-usage'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions'],
      ...['--remote-debugging-pipe', `--user-data-dir=${profile}`, '--window-size=1100,1000', 'about:blank'],
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
  );
  const [, , , input, output] = browser.stdio as unknown as [null, null, null, Writable, Readable];
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  const complaints: string[] = [];
  let count = 0;
  let rest = '';
  output.setEncoding('utf8').on('data', (chunk: string) => {
    const messages = (rest + chunk).split('\0');
    rest = messages.pop()!;
    for (const text of messages) {
      const { id, method, params, result, error } = JSON.parse(text) as Message;
      if (id !== undefined) {
        if (error) waiting.get(id)?.reject(new Error(error.message));
        else waiting.get(id)?.resolve(result as never);
        waiting.delete(id);
      } else if (method === 'Runtime.exceptionThrown' || method === 'Log.entryAdded') {
        complaints.push(JSON.stringify(params));
      }
    }
  });
  let session: string | undefined;
  const send = <T>(method: string, params: object = {}): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      waiting.set(++count, { resolve, reject });
      input.write(`${JSON.stringify({ id: count, method, params, ...(session && { sessionId: session }) })}\0`);
    });
  const { targetId } = await send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
  session = (await send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true })).sessionId;
  for (const domain of ['Page', 'Runtime', 'Log']) await send(`${domain}.enable`);
  await send('Emulation.setDeviceMetricsOverride', { width: 1100, height: 1000, deviceScaleFactor: 1, mobile: false });

  const page: BrowserPage = {
    complaints,
    async goto(url) {
      await send('Page.navigate', { url });
      await page.until('document.readyState === "complete" && location.href !== "about:blank"');
    },
    async evaluate<T>(expression: string) {
      const answer = await send<{ result: { value: T }; exceptionDetails?: { text: string } }>('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (answer.exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(answer.exceptionDetails)}`);
      return answer.result.value;
    },
    async until(expression) {
      const end = performance.now() + 20_000;
      while (!(await page.evaluate<boolean>(`Boolean(${expression})`).catch(() => false))) {
        if (performance.now() > end)
          throw new Error(`The page was waited for in vain: ${expression}. ${complaints.join()}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async click(selector) {
      const box = await page.evaluate<{ x: number; y: number } | null>(
        `(() => { const element = document.querySelector(${JSON.stringify(selector)}); if (!element) return null;
          element.scrollIntoView({ block: 'center' }); const box = element.getBoundingClientRect();
          return { x: box.x + box.width / 2, y: box.y + box.height / 2 }; })()`,
      );
      if (!box) throw new Error(`There is nothing to click at ${selector}.`);
      const at = { ...box, button: 'left', clickCount: 1 };
      await send('Input.dispatchMouseEvent', { type: 'mouseMoved', ...box });
      await send('Input.dispatchMouseEvent', { type: 'mousePressed', ...at });
      await send('Input.dispatchMouseEvent', { type: 'mouseReleased', ...at });
    },
    type: async (text) => void (await send('Input.insertText', { text })),
    async screenshot(file) {
      const { data } = await send<{ data: string }>('Page.captureScreenshot', { captureBeyondViewport: true });
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, Buffer.from(data, 'base64'));
    },
    async close() {
      const gone = once(browser, 'exit');
      session = undefined;
      send('Browser.close').catch(() => undefined);
      const timer = setTimeout(() => browser.kill('SIGKILL'), 5000);
      await gone;
      clearTimeout(timer);
      fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return page;
}
