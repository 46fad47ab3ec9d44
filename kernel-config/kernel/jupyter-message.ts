import { createHmac, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** How to reach a kernel: the content of Jupyter's connection file. */
export interface ConnectionInfo {
  transport: 'tcp';
  ip: string;
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
  signature_scheme: 'hmac-sha256';
  key: string;
}

/** A message of the Jupyter protocol, version 5.3. */
export interface JupyterMessage {
  header: { msg_id: string; msg_type: string; session?: string };
  parent: { msg_id?: string };
  content: Record<string, unknown>;
}

/** A request of this project's own: the next cell is the first one again. See `KernelProcess.newSession`. */
export const NEW_SESSION = 'modulab_new_session_request';

export const DELIMITER = Buffer.from('<IDS|MSG>');

/** Five free ports on the loopback interface and a fresh key. */
export async function newConnection(): Promise<ConnectionInfo> {
  const servers: net.Server[] = [];
  const freePort = () =>
    new Promise<number>((resolve, reject) => {
      const server = net.createServer();
      servers.push(server);
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve((server.address() as net.AddressInfo).port));
    });
  // All at once, so that no two are the same.
  const ports = await Promise.all([freePort(), freePort(), freePort(), freePort(), freePort()]);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = ports;
  return {
    transport: 'tcp',
    ip: '127.0.0.1',
    shell_port,
    iopub_port,
    stdin_port,
    control_port,
    hb_port,
    signature_scheme: 'hmac-sha256',
    key: randomUUID(),
  };
}

/** Writes the connection file into a folder of its own, readable by its owner only. */
export function writeConnectionFile(connection: ConnectionInfo): { file: string; remove: () => void } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-kernel-'));
  const file = path.join(folder, 'connection.json');
  fs.writeFileSync(file, JSON.stringify(connection), { mode: 0o600 });
  return { file, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}

/** The frames of a new message, and its id. An answer carries the header of what it answers. */
export function encodeMessage(
  key: string,
  session: string,
  type: string,
  content: Record<string, unknown>,
  parent: object = {},
): { id: string; frames: (Buffer | string)[] } {
  const id = randomUUID();
  const header = {
    msg_id: id,
    session,
    username: 'modulab',
    date: new Date().toISOString(),
    msg_type: type,
    version: '5.3',
  };
  const parts = [header, parent, {}, content].map((part) => JSON.stringify(part));
  return { id, frames: [DELIMITER, sign(key, parts), ...parts] };
}

/**
 * Reads the frames of a message.
 * @throws Error when the signature does not match the key
 */
export function decodeMessage(key: string, frames: readonly Buffer[]): JupyterMessage {
  const delimiter = frames.findIndex((frame) => frame.equals(DELIMITER));
  const parts = frames.slice(delimiter + 2, delimiter + 6);
  if (delimiter < 0 || parts.length < 4 || frames[delimiter + 1]?.toString() !== sign(key, parts)) {
    throw new Error('A message from the kernel is not signed with its key.');
  }
  const [header, parent, , content] = parts.map((part) => JSON.parse(part.toString()) as unknown);
  return { header, parent, content } as JupyterMessage;
}

function sign(key: string, parts: readonly (string | Buffer)[]): string {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
}
