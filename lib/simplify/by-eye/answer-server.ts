import { ModulabError } from '../../errors.js';
import { isSameToken, newToken, openLoopbackServer } from '../../run/loopback-server.js';

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
  const token = newToken();
  let answered = false;
  const server = await openLoopbackServer((request, response) => {
    const { origin } = request.headers;
    const reply = (status: number, body: { ok: true } | { error: string }, more: Record<string, string> = {}) => {
      const cors =
        origin !== undefined && KNOWN_ORIGIN.test(origin)
          ? { 'Access-Control-Allow-Origin': origin, Vary: 'Origin' }
          : {};
      const fixed = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', Connection: 'close' };
      response.writeHead(status, { ...fixed, ...cors, ...more }).end(JSON.stringify(body));
    };
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
      if (!isSameToken(answer.token, token)) return reply(403, { error: 'wrong token' });
      if (answered) return reply(409, { error: 'decided already' });
      if (answer.ping === true) return reply(200, { ok: true });
      try {
        accept(answer);
      } catch (error) {
        if (!(error instanceof ModulabError)) console.error(error);
        return reply(400, { error: error instanceof Error ? error.message : 'not accepted' });
      }
      answered = true;
      response.on('finish', () => server.finish());
      return reply(200, { ok: true });
    });
  });
  const close = () => {
    answered = true;
    server.close();
  };
  return { url: `${server.origin}/decision`, token, close };
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
