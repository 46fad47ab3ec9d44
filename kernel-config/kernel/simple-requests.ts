import { decodeMessage, DELIMITER, encodeMessage } from './jupyter-message.js';

interface Socket {
  send: (frames: (string | Buffer)[]) => unknown;
}

/** Requests that tslab does not know or answers under a wrong name, and their answers. */
const ANSWERS: Readonly<Record<string, Record<string, unknown>>> = {
  history_request: { history: [] },
  comm_info_request: { comms: {} },
};
/** Widgets are not supported; what front ends send about them needs no answer. */
const IGNORED = ['comm_open', 'comm_msg', 'comm_close'];

/**
 * Answers a request that needs no more than a line.
 * @param iopub where front ends are told that the kernel is busy and idle again; null for nowhere
 * @param acts what is done before the answer, by the request's type: it gets the request's content
 * @returns whether it was one
 * @throws Error when its signature does not match the key
 */
export function answerSimpleRequest(
  frames: readonly Buffer[],
  key: string,
  socket: Socket,
  iopub: Socket | null,
  acts: Readonly<Record<string, (content: Record<string, unknown>) => void>>,
): boolean {
  const delimiter = frames.findIndex((frame) => frame.equals(DELIMITER));
  const head = frames[delimiter + 2];
  if (delimiter < 0 || !head) return false;
  const { msg_type: type } = JSON.parse(head.toString()) as { msg_type: string };
  if (IGNORED.includes(type)) return true;
  const act = Object.hasOwn(acts, type) ? acts[type] : undefined;
  if (!act && !Object.hasOwn(ANSWERS, type)) return false;
  const { header, content: asked } = decodeMessage(key, frames);
  const message = (name: string, content: Record<string, unknown>) =>
    encodeMessage(key, header.session ?? '', name, content, header).frames;
  const status = (execution_state: string) => iopub?.send(message('status', { execution_state }));
  status('busy');
  act?.(asked);
  const answer = message(type.replace('_request', '_reply'), { status: 'ok', ...ANSWERS[type] });
  socket.send([...frames.slice(0, delimiter), ...answer]);
  status('idle');
  return true;
}
