import fs from 'node:fs';
import path from 'node:path';

/** A module of `page/`: what it exports as default runs in a browser. Its arguments travel as JSON. */
interface PageModule {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- parameters of whatever function it is
  readonly default: (...values: any[]) => void;
}

const read = new Map<string, string>();

/** The text of a file of `page/` as it was built, read when it is first needed. */
export function pageFile(name: string): string {
  const text = read.get(name) ?? fs.readFileSync(path.join(__dirname, '..', 'page', name), 'utf8');
  read.set(name, text);
  return text;
}

/** JavaScript that runs a module of `page/`, with everything that it imports. */
export function pageCode<M extends PageModule>(name: string, ...values: Parameters<M['default']>): string {
  return `(pageArguments=>{${pageFile(`${name}.bundle.js`).trimEnd()}})(${scriptJson(values)});`;
}

/** The script element that runs a module of `page/`: nothing that is in the values can end it. */
export function pageScript<M extends PageModule>(name: string, ...values: Parameters<M['default']>): string {
  return `<script>${pageCode<M>(name, ...values)}</script>\n`;
}

/** JSON that cannot end a script element. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
