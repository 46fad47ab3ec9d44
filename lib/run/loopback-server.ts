import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LoopbackServer {
  /** E.g. `http://127.0.0.1:40123`; the port is random. */
  readonly origin: string;
  /** Takes no new connections; what is under way is answered. */
  finish(): void;
  /** Answers nothing any more. */
  close(): void;
}

/**
 * A small HTTP server for pages on this machine only: it listens on 127.0.0.1, never keeps the process alive, and
 * refuses requests under another host name (DNS rebinding) before `handle` sees them.
 */
export async function openLoopbackServer(
  handle: (request: http.IncomingMessage, response: http.ServerResponse) => void,
  { connections = 8 }: { connections?: number } = {},
): Promise<LoopbackServer> {
  // Node looks for connections that are too slow every 30 s, during which silent ones would take all places.
  const server = http.createServer({ connectionsCheckingInterval: 1_000 }, (request, response) => {
    if (request.headers.host === host && hostHeaders(request) === 1) {
      handle(request, response);
      return;
    }
    response
      .writeHead(403, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', Connection: 'close' })
      .end(JSON.stringify({ error: 'unknown host' }));
  });
  server.maxConnections = connections;
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  server.on('connection', (socket) => socket.unref());
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin: `http://${host}`,
    finish: () => void server.close(),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** How many Host headers came; `headers.host` is the first of them. */
const hostHeaders = ({ rawHeaders }: http.IncomingMessage): number =>
  rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length;

/** A secret to be sent along with requests: 192 random bits, in letters that URLs and cookies take. */
export function newToken(): string {
  return randomBytes(24).toString('base64url');
}

/** Compares what a request has sent with the secret, in a time that tells nothing. */
export function isSameToken(given: unknown, token: string): boolean {
  if (typeof given !== 'string') return false;
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
