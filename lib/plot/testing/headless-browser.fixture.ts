import fs from 'node:fs';
import path from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

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

/** Why a test that needs a browser is skipped; false where there is one. */
export const NO_BROWSER = chromiumProgram() ? false : 'no Chromium (Debian: chromium; or MODULAB_CHROMIUM)';

/** Starts Chromium, spoken to over a pipe: nothing listens on a port, and no name but loopback's is looked up. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumProgram()!,
    args: [
      ...[
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--disable-dev-shm-usage',
        '--no-first-run',
      ],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions'],
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
    timeout: 240_000,
  });
}

/** What a page has done that nobody asked it for. Every list is empty on a page that behaves. */
export interface Misbehaviour {
  /** Errors on the console, exceptions, failed requests; with where they come from. */
  readonly complaints: string[];
  /** Requests to other machines, which are never let through. */
  readonly foreign: string[];
  /** alert(), confirm(), prompt(), and windows that were opened. */
  readonly dialogs: string[];
}

export interface WatchedPage extends Misbehaviour {
  readonly page: Page;
  /** Addresses the page's own frame has been at. */
  readonly visited: string[];
  /** Files and addresses that were asked for, with their status; null where none came. */
  readonly requests: { readonly url: string; readonly status: number | null }[];
  /** Takes a picture of the page where MODULAB_SCREENSHOTS names a folder to put it in. */
  screenshot(name: string): Promise<void>;
}

/** A page of its own (cookies and all), that reaches this machine only and keeps a record of what it does. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 1000 }, ...options });
  context.setDefaultTimeout(240_000); // a busy machine
  const watched = {
    ...{ complaints: [] as string[], foreign: [] as string[], dialogs: [] as string[], visited: [] as string[] },
    requests: [] as { url: string; status: number | null }[],
  };
  const { complaints, foreign, dialogs, visited, requests } = watched;
  await context.route(
    (url) => !isLocal(url),
    (route) => {
      foreign.push(route.request().url());
      return route.abort('internetdisconnected');
    },
  );
  const page = await context.newPage();
  context.on('page', (opened) => {
    dialogs.push(`a window: ${opened.url()}`);
    void opened.close();
  });
  page.on('dialog', (dialog) => {
    dialogs.push(`${dialog.type()}: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complaints.push(`${error.name}: ${error.message}`));
  page.on('requestfailed', (request) => {
    requests.push({ url: request.url(), status: null });
  });
  page.on('response', (response) => void requests.push({ url: response.url(), status: response.status() }));
  page.on('websocket', (socket) => {
    if (!isLocal(new URL(socket.url()))) foreign.push(socket.url());
  });
  page.on('framenavigated', (frame) => {
    if (frame === page.mainFrame()) visited.push(frame.url());
  });
  const folder = process.env.MODULAB_SCREENSHOTS;
  const screenshot = async (name: string) => {
    if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`) });
  };
  return { ...watched, page, screenshot };
}

function isLocal({ protocol, hostname }: URL): boolean {
  return !/^(https?|wss?|ftp):$/.test(protocol) || hostname === '127.0.0.1' || hostname === 'localhost';
}
