import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { OptionError } from '../../errors.js';
import { type AnswerServer, openAnswerServer } from './answer-server.js';

let server: AnswerServer;
let answers: Readonly<Record<string, unknown>>[];

beforeEach(async () => {
  answers = [];
  server = await openAnswerServer((answer) => {
    if (answer.kept === 'bad') throw new OptionError('kept: expected numbers.');
    answers.push(answer);
  });
});
afterEach(() => server.close());

interface Reply {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: { ok?: true; error?: string };
}

function request(body: unknown, more: http.RequestOptions = {}, to = server.url): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', ...more, headers: { 'Content-Type': 'application/json', ...more.headers } };
    const sent = http.request(to, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => {
        const reply = JSON.parse(text) as Reply['body'];
        resolve({ status: response.statusCode!, headers: response.headers, body: reply });
      });
    });
    sent.on('error', reject);
    sent.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}
const post = (body: object, headers: http.OutgoingHttpHeaders = {}) =>
  request({ token: server.token, ...body }, { headers });

describe('the loopback endpoint', () => {
  test('takes one answer, then it is gone', async () => {
    assert.deepEqual((await post({ ping: true })).body, { ok: true });
    assert.equal((await post({ kept: 'bad' })).body.error, 'kept: expected numbers.');
    assert.equal((await post({ kept: [1] })).status, 200);
    await assert.rejects(post({ kept: [2] }), /ECONNREFUSED|ECONNRESET/);
    assert.deepEqual(
      answers.map(({ kept }) => kept),
      [[1]],
    );
  });

  test('a second answer over an open connection is refused', async () => {
    const both = await Promise.allSettled([post({ kept: [1] }), post({ kept: [2] })]);
    assert.equal(answers.length, 1);
    const statuses = both.map((result) => (result.status === 'fulfilled' ? result.value.status : 'refused'));
    assert.equal(statuses.filter((status) => status === 200).length, 1);
  });

  test('wrong tokens, none, and bodies that are no JSON object are refused', async () => {
    for (const token of ['', 'x', `${server.token}x`, server.token.slice(1), null, 5, undefined]) {
      assert.equal((await request({ token, kept: [1] })).status, 403);
    }
    for (const body of ['', '{', '"text"', 'null', '7']) assert.equal((await request(body)).status, 400);
    assert.equal(answers.length, 0);
  });

  test('other methods, paths and types are refused', async () => {
    assert.equal((await request('', { method: 'GET' })).status, 405);
    assert.equal((await request('', { method: 'PUT' })).status, 405);
    assert.equal((await request({}, {}, server.url.replace('/decision', '/'))).status, 404);
    assert.equal((await post({ kept: [1] }, { 'Content-Type': 'text/plain' })).status, 415);
    assert.equal((await post({ kept: [1] }, { 'Content-Type': 'application/x-www-form-urlencoded' })).status, 415);
    assert.equal(answers.length, 0);
  });

  test('another host name is refused, as after DNS rebinding', async () => {
    const { port } = new URL(server.url);
    for (const host of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, '127.0.0.1']) {
      const { status, body } = await post({ kept: [1] }, { Host: host });
      assert.equal(status, 403, `${host} ${JSON.stringify(body)}`);
    }
    assert.equal(answers.length, 0);
  });

  test('pages of other origins are refused and may not read the reply; those of a notebook may', async () => {
    const foreign = ['https://evil.example', 'http://localhost.evil.example', 'http://127.0.0.1.evil.example:8888'];
    for (const origin of [...foreign, 'vscode-webview://a/b', 'chrome-extension://abc', 'http://localhost:8888/x']) {
      const { status, headers } = await post({ ping: true }, { Origin: origin });
      assert.equal(status, 403, origin);
      assert.equal(headers['access-control-allow-origin'], undefined);
    }
    for (const origin of [
      'null',
      'http://localhost:8888',
      'https://127.0.0.1',
      'vscode-webview://1gt7-h',
      'http://[::1]:1',
    ]) {
      const preflight = await request('', { method: 'OPTIONS', headers: { Origin: origin } });
      assert.equal(preflight.status, 200);
      assert.equal(preflight.headers['access-control-allow-origin'], origin);
      assert.equal(preflight.headers['access-control-allow-headers'], 'Content-Type');
      assert.equal((await post({ ping: true }, { Origin: origin })).status, 200);
    }
  });

  test('what is too large is refused before it is read', async () => {
    const reply = await post({ reason: 'x'.repeat(200_000) }).catch((error: NodeJS.ErrnoException) => error);
    if ('status' in reply) assert.equal(reply.status, 413);
    else assert.match(String(reply.code), /EPIPE|ECONNRESET/);
    assert.equal(answers.length, 0);
    assert.equal((await post({ reason: 'x'.repeat(60_000) })).status, 200);
  });

  test('closed, it answers nothing; open, it keeps no process alive', async () => {
    server.close();
    await assert.rejects(post({ kept: [1] }), /ECONNREFUSED|ECONNRESET/);
    const module = path.join(__dirname, 'answer-server.js');
    const code = `require(${JSON.stringify(module)}).openAnswerServer(() => {}).then(({ url }) => console.log(url));`;
    const { status, stdout } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8', timeout: 10_000 });
    assert.equal(status, 0);
    assert.match(stdout, /^http:\/\/127\.0\.0\.1:\d+\/decision\n$/);
  });
});
