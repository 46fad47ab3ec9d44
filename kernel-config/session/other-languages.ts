/** What a line asks for that is no TypeScript but stands in notebooks of other kernels. */
export type ForeignLine =
  /** A question what a name is. */
  | { readonly kind: 'help'; readonly name: string }
  /** Something there is another way for, in one sentence. */
  | { readonly kind: 'sentence'; readonly text: string };

const shell = (command: string): string => {
  const install = /^(?:python\S* -m )?(?:pip3?|conda|mamba|npm|yarn|pnpm)\s+(?:install|add|i)\s+(.+)$/.exec(command);
  if (install) {
    return `'!' runs no shell here: install packages in a terminal, in the notebook's folder (npm install ${install[1]!.trim()}).`;
  }
  return `'!' runs no shell here: import { execSync } from 'node:child_process', then console.log(String(execSync(${JSON.stringify(command)}))).`;
};

const MAGICS: Readonly<Record<string, string>> = {
  time: "const start = performance.now(); …; console.log(performance.now() - start, 'ms') takes the time.",
  timeit: 'a loop around the code between two calls of performance.now() takes the time.',
  matplotlib: 'figures need no set-up: plot.of(result).show() shows one.',
  load_ext: 'there is nothing to load: import what a cell needs.',
  autoreload:
    "there is nothing to load: source files (import … from './file.ts') are taken anew when they have changed.",
  pip: "install packages in a terminal, in the notebook's folder (npm install NAME).",
  conda: "install packages in a terminal, in the notebook's folder (npm install NAME).",
  cd: 'process.chdir(folder) changes the folder.',
  pwd: 'process.cwd() gives the folder.',
  ls: "import { readdirSync } from 'node:fs', then readdirSync('.') lists the folder.",
  env: 'process.env holds the environment, and takes values: process.env.NAME = value.',
  who: 'completion (Tab) lists the variables.',
  whos: 'completion (Tab) lists the variables.',
  reset: 'restarting the kernel forgets all variables.',
  run: "import('./file.ts') runs a source file.",
  writefile: "import { writeFileSync } from 'node:fs', then writeFileSync(file, text) writes a file.",
  html: "import { display } from 'tslab', then display.html(text) shows HTML.",
  javascript: 'cells are TypeScript, which JavaScript is a part of.',
  js: 'cells are TypeScript, which JavaScript is a part of.',
  bash: "import { execSync } from 'node:child_process', then console.log(String(execSync(command))) runs a command.",
  sh: "import { execSync } from 'node:child_process', then console.log(String(execSync(command))) runs a command.",
};

/** What a line of another kernel's language asks for; null for any other line. It counts only where the line is no TypeScript. */
export function foreignLine(line: string): ForeignLine | null {
  const text = line.trim();
  const [, before, after] =
    /^(?:\?{1,2}\s*([\p{L}_$][\p{L}\p{N}_$.]*)|([\p{L}_$][\p{L}\p{N}_$.]*)\s*\?{1,2});?$/u.exec(text) ?? [];
  const name = before ?? after;
  if (name !== undefined) return { kind: 'help', name };
  const [, command] = /^!+\s*(\S.*)$/.exec(text) ?? [];
  if (command !== undefined) return { kind: 'sentence', text: shell(command) };
  const [, magic] = /^%{1,2}\s*([a-z_]\w*)/i.exec(text) ?? [];
  if (magic === undefined) return null;
  const instead = Object.hasOwn(MAGICS, magic) ? MAGICS[magic]! : 'cells are TypeScript.';
  return { kind: 'sentence', text: `There are no magics such as '%${magic}' here: ${instead}` };
}
