import type { Session } from '../session/session.js';
import { showValue } from './show-value.js';

/**
 * Runs TypeScript from standard input as one input and shows its last expression.
 * @returns the exit code: 0, or 1 after an error
 */
export async function runScript(session: Session, source: AsyncIterable<Buffer>): Promise<number> {
  const parts: Buffer[] = [];
  for await (const part of source) parts.push(part);
  let failed = false;
  const told = (error: unknown) => session.failureOf(error).traceback.join('\n');
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      console.error(told(error));
      failed = true;
    });
  }
  let interrupts = 0;
  process.on('SIGINT', () => {
    if (++interrupts > 1) process.exit(130);
    session.interrupt();
  });
  const outcome = await session.evaluate(Buffer.concat(parts).toString('utf8'));
  if (outcome.kind === 'help') {
    console.log(outcome.text);
    return 0;
  }
  if (outcome.kind !== 'value') {
    console.error(outcome.failure.traceback.join('\n'));
    return outcome.kind === 'interrupted' ? 130 : 1;
  }
  showValue(outcome.value, session, false);
  await new Promise(setImmediate); // rejections that nobody has taken come to light
  return failed ? 1 : 0;
}
