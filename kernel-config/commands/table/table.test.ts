import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { COMMANDS } from './commands.js';
import { completionScript } from './completion-script.js';
import { ENTRIES } from './entries.js';
import { overviewText, usageText } from './usage-text.js';

const entries = ENTRIES;

test('what every command does is known', () => {
  assert.deepEqual(
    COMMANDS.map(({ entry }) => entry),
    ENTRIES,
  );
});

test('every command says what it is, what each option does, and has an example that it would take', () => {
  assert.equal(new Set(entries.map(({ name }) => name)).size, entries.length);
  for (const entry of entries) {
    const usage = usageText(entry, `modulab ${entry.name}`);
    assert.match(usage, new RegExp(`^Usage: modulab ${entry.name}`));
    assert.ok(entry.examples.length > 0, entry.name);
    for (const [args] of entry.examples) {
      const words = args.split(' ').filter((word) => word !== '' && !word.startsWith('>'));
      const options = entry.options as NonNullable<ParseArgsConfig['options']>;
      const { values } = parseArgs({ args: words, options, allowPositionals: true });
      for (const [name, { choices }] of Object.entries(entry.options)) {
        const value = values[name];
        assert.ok(!choices || value === undefined || choices.includes(String(value)), `${entry.name} ${args}`);
      }
    }
    for (const name of Object.keys(entry.options)) assert.ok(usage.includes(`--${name}`), `${entry.name}: ${name}`);
    for (const line of usage.split('\n')) {
      if (!line.startsWith('Usage')) assert.ok(line.length <= 130, `${entry.name}: ${line}`);
    }
  }
  const overview = overviewText(entries, '1.2.3');
  for (const { name } of entries) assert.match(overview, new RegExp(`^  ${name} `, 'm'));
});

/** What bash offers for a line. */
function inBash(line: string): string[] {
  const words = line.split(' ').map((word) => `'${word}'`);
  const script = `${completionScript('bash', entries)}
    COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _modulab; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
  return stdout.split('\n').filter((word) => word !== '');
}

const hasBash = spawnSync('bash', ['--version']).status === 0;

test(
  'bash completes commands, options, values and actions, and leaves files to itself',
  { skip: !hasBash && 'no bash' },
  () => {
    assert.deepEqual(inBash('modulab dia'), ['diagnose']);
    assert.deepEqual(inBash('modulab '), [...entries.map(({ name }) => name), '--help', '--version']);
    assert.deepEqual(inBash('modulab split --pre'), ['--preset']);
    assert.deepEqual(inBash('modulab split --preset '), ['smoke', 'laptop', 'paper']);
    assert.deepEqual(inBash('modulab data f'), ['fetch']);
    assert.deepEqual(inBash('modulab diagnose mod'), []);
    assert.deepEqual(inBash('modulab diagnose --out '), []);
  },
);

const hasZsh = spawnSync('zsh', ['--version']).status === 0;

test('zsh takes the script', { skip: !hasZsh && 'no zsh' }, () => {
  const script = 'autoload -Uz compinit && compinit -D && eval "$(cat)" && whence -w _modulab';
  const { stdout, stderr } = spawnSync('zsh', ['-fc', script], {
    input: completionScript('zsh', entries),
    encoding: 'utf8',
  });
  assert.deepEqual([stdout, stderr], ['_modulab: function\n', '']);
});
