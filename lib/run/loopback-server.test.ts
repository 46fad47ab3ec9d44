import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import { openLoopbackServer } from './loopback-server.js';

const answer = (_: http.IncomingMessage, response: http.ServerResponse) => void response.end('answered');

/** What comes back for these bytes. */
async function send(origin: string, bytes: string): Promise<string> {
  const socket = net.connect(Number(new URL(origin).port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}

test('a request under its own host name is answered, under another or under two it is not', async (t) => {
  const server = await openLoopbackServer(answer);
  t.after(() => server.close());
  const own = new URL(server.origin).host;
  const get = (...hosts: string[]) =>
    send(
      server.origin,
      `GET / HTTP/1.1\r\n${hosts.map((host) => `Host: ${host}\r\n`).join('')}Connection: close\r\n\r\n`,
    );
  assert.match(await get(own), /^HTTP\/1.1 200[^]*answered$/);
  assert.match(await get('evil.example'), /^HTTP\/1.1 403/);
  assert.match(await get(own, 'evil.example'), /^HTTP\/1.1 (400|403)/);
});

test('silent connections do not keep the page out for long', async (t) => {
  const server = await openLoopbackServer(answer, { connections: 2 });
  t.after(() => server.close());
  const silent = [1, 2].map(() => net.connect(Number(new URL(server.origin).port), '127.0.0.1'));
  silent.forEach((socket) => socket.on('error', () => undefined).resume());
  await Promise.all(silent.map((socket) => once(socket, 'close')));
  const response = await fetch(server.origin);
  assert.equal(await response.text(), 'answered');
});
