import path from 'node:path';
import { giveUpCell, interruptAll, startCell } from '../../lib/engine/interruption.js';
import { InterruptedError } from '../../lib/errors.js';
import { cellFileName, failureOf } from '../session/cell-failure.js';
import { projectRoot } from '../session/project-root.js';
import { recoverEngine } from '../session/recover-engine.js';
import { CodeRunner, GivenUp } from './code-runner.js';
import { CompilerClient } from './compiler-client.js';
import type { Completion } from './compiler-protocol.js';
import type { Completeness } from './completeness.js';
import { typeErrorText } from './type-error-text.js';

/** So long a primitive has to heed Ctrl-C and say what it leaves; then the prompt comes back without it. */
const PATIENCE_MS = 600;

export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'type errors'; readonly text: string }
  | { readonly kind: 'error'; readonly text: string }
  | { readonly kind: 'interrupted'; readonly text: string };

/** TypeScript inputs run one after the other, with modulab's exports in scope. */
export class Session {
  private readonly compiler = new CompilerClient();
  private readonly runner: CodeRunner;
  private declarations = '';
  private prepared: Promise<void> | undefined;
  private readonly accepted: string[] = [];
  private state: 'idle' | 'checking' | 'running' = 'idle';
  private interrupted = false;
  private count = 0;

  /** @param folder where imports of files are looked for; also the working directory */
  constructor(folder: string) {
    this.runner = new CodeRunner(folder);
  }

  /** The inputs that ran without an error, in their order. */
  get inputs(): readonly string[] {
    return this.accepted;
  }

  /** Loads the compiler and puts modulab's exports in scope. Inputs wait for it by themselves. */
  prepare(): Promise<void> {
    return (this.prepared ??= this.preload());
  }

  /** Loads the library itself, which the first use of an export would do otherwise. */
  loadLibrary(): void {
    library();
  }

  async evaluate(code: string): Promise<Outcome> {
    this.interrupted = false;
    this.state = 'checking';
    startCell();
    const fileName = cellFileName(++this.count);
    let source = '';
    try {
      await this.prepare();
      const converted = await this.compiler.ask('convert', { declarations: this.declarations, code });
      if (this.interrupted) return { kind: 'interrupted', text: 'Interrupted.' };
      if (converted.diagnostics.length > 0) {
        return { kind: 'type errors', text: typeErrorText(code, converted.diagnostics) };
      }
      this.state = 'running';
      source = converted.output ?? '';
      const value = await this.runner.run(converted, fileName);
      this.declarations = converted.declOutput ?? '';
      this.accepted.push(code);
      return { kind: 'value', value };
    } catch (error) {
      if ((error as { code?: string } | null)?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') {
        recoverEngine();
        return { kind: 'interrupted', text: 'Interrupted.' };
      }
      if (error instanceof GivenUp) {
        return { kind: 'interrupted', text: 'Interrupted. What it has started may go on in the background.' };
      }
      if (this.interrupted && error instanceof InterruptedError)
        return { kind: 'interrupted', text: failureText(error) };
      return { kind: 'error', text: failureText(error, source) };
    } finally {
      this.state = 'idle';
    }
  }

  /** Stops what is running: primitives at their next check, and the wait for anything else after a moment. */
  interrupt(): void {
    interruptAll();
    const again = this.interrupted;
    this.interrupted = true;
    if (this.state !== 'running') return;
    const count = this.count;
    const giveUp = () => {
      if (this.state !== 'running' || this.count !== count) return;
      giveUpCell();
      this.runner.abandon();
    };
    // A call that was busy when the time ran out still gets its look at the interrupt.
    setTimeout(() => setImmediate(() => setImmediate(giveUp)), again ? 0 : PATIENCE_MS).unref();
  }

  async complete(code: string, position: number): Promise<Completion> {
    await this.prepare();
    return this.compiler.ask('complete', { declarations: this.declarations, code, position });
  }

  async typeOf(expression: string): Promise<string> {
    await this.prepare();
    return (await this.compiler.ask('typeOf', { declarations: this.declarations, expression })).text;
  }

  isComplete(code: string): Promise<Completeness> {
    return this.compiler.ask('isComplete', { code });
  }

  close(): Promise<void> {
    return this.compiler.close();
  }

  private async preload(): Promise<void> {
    const file = path.join(projectRoot, 'dist', 'lib', 'index.d.ts');
    const names = await this.compiler.ask('exportedNames', { file });
    const code = `import { ${names.join(', ')} } from 'modulab';\nimport * as modulab from 'modulab';`;
    // Without an export of its own the imports would be unused, and forgotten.
    const { declOutput, diagnostics } = await this.compiler.ask('convert', { declarations: code, code: '' });
    if (diagnostics[0]) throw new Error(`modulab could not be loaded: ${diagnostics[0].messageText}`);
    this.declarations = declOutput ?? code;
    this.runner.offer(names, (name) => library()[name]);
    this.runner.offer(['modulab'], () => library());
  }
}

/** What an error says, and where it comes from. @param source the JavaScript that has thrown it */
export function failureText(error: unknown, source = ''): string {
  return failureOf(error, source).traceback.join('\n');
}

/** modulab itself, loaded when it is first used: the prompt need not wait for it. */
function library(): Record<string, unknown> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- later, and as the user's own code finds it
  return require('modulab') as Record<string, unknown>;
}
