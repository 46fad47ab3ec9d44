import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import type http from 'node:http';
import path from 'node:path';
import { shortened } from '../../../lib/plot/figure/label.js';
import type { DisplayItem } from '../../../lib/run/display-target.js';
import { isSameToken, type LoopbackServer, newToken, openLoopbackServer } from '../../../lib/run/loopback-server.js';
import { projectRoot } from '../../session/project-root.js';

/** Older items are forgotten. */
const MOST_ITEMS = 100;
const COOKIE = 'modulab-figures';

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // Plotly sets style attributes.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const FIXED_HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
};

const STATIC: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '': { file: ownFile('page.html'), type: 'text/html; charset=utf-8' },
  'page.css': { file: ownFile('page.css'), type: 'text/css; charset=utf-8' },
  'page.mjs': { file: ownFile('page.mjs'), type: 'text/javascript; charset=utf-8' },
  'plotly.js': { file: require.resolve('plotly.js-dist'), type: 'text/javascript; charset=utf-8' },
};

/**
 * A page of figures and tables for a browser on this machine, served from a loopback address and kept up to date by
 * server-sent events. An address opens it once and leaves the browser a cookie, which everything else asks for; the
 * page lies under a random path, so that the cookie goes to no other local server.
 */
export class FigurePage {
  private readonly items = new Map<number, DisplayItem & { readonly time: string }>();
  private readonly listeners = new Set<http.ServerResponse>();
  private readonly tickets = new Set<string>();
  private readonly secret = newToken();
  private readonly base = `/${randomBytes(6).toString('base64url')}/`;
  private server: LoopbackServer | null = null;
  private count = 0;

  /** Pages that show what is added at once. */
  get viewers(): number {
    return this.listeners.size;
  }

  /** Starts to serve, at the first call. @returns an address that opens the page, in one browser, once */
  async address(): Promise<string> {
    this.server ??= await openLoopbackServer((request, response) => this.answer(request, response), {
      connections: 32,
    });
    const ticket = newToken();
    this.tickets.add(ticket);
    return `${this.server.origin}${this.base}open/${ticket}`;
  }

  /** Adds an item at the page's end. @returns its number */
  add(item: DisplayItem): number {
    const id = ++this.count;
    this.items.set(id, { ...item, time: new Date().toTimeString().slice(0, 8) });
    this.items.delete(id - MOST_ITEMS);
    for (const listener of this.listeners) listener.write(this.event(id));
    return id;
  }

  close(): void {
    for (const listener of this.listeners) listener.end('event: end\ndata: {}\n\n');
    this.server?.close();
    this.server = null;
  }

  private answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const send = (status: number, body: string | Buffer, more: http.OutgoingHttpHeaders = {}) => {
      const type = 'text/plain; charset=utf-8';
      response.writeHead(status, { ...FIXED_HEADERS, 'Content-Type': type, ...more }).end(body);
    };
    if (request.method !== 'GET') return send(405, 'expected GET', { Allow: 'GET' });
    const from = request.headers['sec-fetch-site'];
    const url = request.url ?? '';
    if (!url.startsWith(this.base)) return send(404, 'nothing here');
    const place = url.slice(this.base.length);
    const known = isSameToken(cookieOf(request.headers.cookie), this.secret);
    if (place.startsWith('open/')) {
      if (!this.tickets.delete(place.slice('open/'.length)) && !known) {
        return send(403, 'This address was used already. Type .figures at the prompt for another.');
      }
      const cookie = `${COOKIE}=${this.secret}; Path=${this.base}; HttpOnly; SameSite=Strict`;
      return send(303, '', { Location: this.base, 'Set-Cookie': cookie });
    }
    if (!known) return send(403, 'Type .figures at the prompt for an address that opens this page.');
    // Nor may a page of another local server, which to browsers is the same site, show what is here.
    if (from !== undefined && from !== 'same-origin' && from !== 'none') return send(403, 'not from other pages');
    if (place === 'events') return this.listen(request, response);
    const asset = Object.hasOwn(STATIC, place) ? STATIC[place] : undefined;
    if (asset) {
      const { file, type } = asset;
      response.writeHead(200, { ...FIXED_HEADERS, 'Content-Type': type, 'Content-Security-Policy': PAGE_POLICY });
      fs.createReadStream(file).pipe(response);
      return;
    }
    const [, id, format] = /^items\/(\d+)\.(json|html|png)$/.exec(place) ?? [];
    const item = this.items.get(Number(id));
    if (item && format === 'json' && item.figure) {
      return send(200, JSON.stringify(item.figure), { 'Content-Type': 'application/json' });
    }
    if (item && format === 'png' && item.png) return send(200, item.png(), { 'Content-Type': 'image/png' });
    if (item && format === 'html' && item.html) {
      const html = framed(item.html());
      const more = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': fragmentPolicy(html) };
      return send(200, html, more);
    }
    send(404, 'nothing here');
  }

  private listen(request: http.IncomingMessage, response: http.ServerResponse): void {
    response.writeHead(200, { ...FIXED_HEADERS, 'Content-Type': 'text/event-stream' });
    const last = Number(request.headers['last-event-id'] ?? 0);
    response.write('retry: 1000\n\n');
    for (const id of this.items.keys()) if (id > last) response.write(this.event(id));
    this.listeners.add(response);
    response.on('close', () => this.listeners.delete(response));
  }

  private event(id: number): string {
    const { title, text, time, ...item } = this.items.get(id)!;
    const kind = item.kind === 'table' ? 'page' : item.kind;
    return `id: ${id}\nevent: item\ndata: ${JSON.stringify({ id, kind, title: shortened(title), text: shortened(text, 2000), time })}\n\n`;
  }
}

/** A fragment as the document of a frame that tells the page around it how high it is. */
function framed(html: string): string {
  return fs.readFileSync(ownFile('frame.html'), 'utf8').replace('<!-- fragment -->', () => html);
}

/** A fragment shown in a frame of its own: its scripts run as they were made, and speak to this machine only. */
function fragmentPolicy(html: string): string {
  const hashes = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, script = '']) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    `script-src ${hashes.join(' ') || "'none'"}`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    'connect-src http://127.0.0.1:*',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
    'sandbox allow-scripts',
  ].join('; ');
}

function cookieOf(header: string | undefined): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [name, value] = part.trim().split('=');
    if (name === COOKIE) return value;
  }
  return undefined;
}

function ownFile(name: string): string {
  return path.join(projectRoot, 'kernel-config', 'repl', 'figure-page', name);
}
