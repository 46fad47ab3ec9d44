import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { ModulabError } from '../../errors.js';

/** Where a page shown in a notebook sends a person's answer, and the token it must send along. Both are random. */
export interface AnswerEndpoint {
  readonly url: string;
  readonly token: string;
}

export interface AnswerServer extends AnswerEndpoint {
  /** Answers nothing any more. */
  close(): void;
}

const LARGEST_ANSWER = 64 * 1024;
/** Pages of a notebook on this machine: Jupyter on a loopback address, VS Code's views, sandboxed frames and files. */
const KNOWN_ORIGIN =
  /^(?:null|https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?|vscode-(?:webview|file):\/\/[\w.-]+)$/;

/**
 * Listens on a loopback address for one answer from a page shown in a notebook, and closes when it has come. It never keeps the
 * process alive. An answer is a POST of JSON `{ token, … }`; `{ token, ping: true }` only asks whether the page would be
 * heard. Requests without the token, under another host name (DNS rebinding), from pages of other origins, or too large
 * are refused.
 * @param accept takes the answer; what it throws is told to the page, which may try again
 */
export async function openAnswerServer(
  accept: (answer: Readonly<Record<string, unknown>>) => void,
): Promise<AnswerServer> {
  const token = randomBytes(24).toString('base64url');
  let answered = false;
  const server = http.createServer((request, response) => {
    const { origin, host } = request.headers;
    const reply = (status: number, body: { ok: true } | { error: string }, more: Record<string, string> = {}) => {
      const cors =
        origin !== undefined && KNOWN_ORIGIN.test(origin)
          ? { 'Access-Control-Allow-Origin': origin, Vary: 'Origin' }
          : {};
      const fixed = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', Connection: 'close' };
      response.writeHead(status, { ...fixed, ...cors, ...more }).end(JSON.stringify(body));
    };
    if (host !== `127.0.0.1:${port}`) return reply(403, { error: 'unknown host' });
    if (origin !== undefined && !KNOWN_ORIGIN.test(origin)) return reply(403, { error: 'unknown origin' });
    if (request.url !== '/decision') return reply(404, { error: 'nothing here' });
    if (request.method === 'OPTIONS') {
      return reply(
        200,
        { ok: true },
        {
          'Access-Control-Allow-Methods': 'POST',
          'Access-Control-Allow-Headers': 'Content-Type',
          'Access-Control-Allow-Private-Network': 'true',
        },
      );
    }
    if (request.method !== 'POST') return reply(405, { error: 'expected POST' }, { Allow: 'POST, OPTIONS' });
    // Other types can be sent by any page's form, without a preflight.
    if (!/^application\/json(?:;|$)/.test(request.headers['content-type'] ?? '')) {
      return reply(415, { error: 'expected application/json' });
    }
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= LARGEST_ANSWER) parts.push(part);
      else if (!response.headersSent) {
        reply(413, { error: `expected at most ${LARGEST_ANSWER} bytes` });
        response.on('finish', () => request.destroy());
      }
    });
    request.on('end', () => {
      if (response.headersSent) return;
      const answer = parsed(Buffer.concat(parts).toString('utf8'));
      if (!answer) return reply(400, { error: 'expected a JSON object' });
      if (!isSame(answer.token, token)) return reply(403, { error: 'wrong token' });
      if (answered) return reply(409, { error: 'decided already' });
      if (answer.ping === true) return reply(200, { ok: true });
      try {
        accept(answer);
      } catch (error) {
        if (!(error instanceof ModulabError)) console.error(error);
        return reply(400, { error: error instanceof Error ? error.message : 'not accepted' });
      }
      answered = true;
      response.on('finish', () => server.close());
      return reply(200, { ok: true });
    });
  });
  server.maxConnections = 8;
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  server.on('connection', (socket) => socket.unref());
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = () => {
    answered = true;
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/decision`, token, close };
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function isSame(given: unknown, token: string): boolean {
  if (typeof given !== 'string') return false;
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
