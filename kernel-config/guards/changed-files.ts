import { spawnSync } from 'node:child_process';
import { OptionError } from '../../lib/errors.js';
import { projectRoot } from '../session/project-root.js';

/**
 * Paths of files that differ from a commit, those of new files included, relative to the project.
 * @param since a commit, e.g. 'HEAD' or 'main'; differences are counted from where the present one left it
 * @throws OptionError where Git is not there, or knows no such commit
 */
export function changedFiles(since: string): string[] {
  const base = git(['merge-base', 'HEAD', since]).trim();
  const differing = git(['diff', '--name-only', '--relative', base]);
  const unknown = git(['ls-files', '--others', '--exclude-standard']);
  return [...new Set(`${differing}\n${unknown}`.split('\n').filter((line) => line !== ''))].sort();
}

function git(args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('git', args, { cwd: projectRoot, encoding: 'utf8' });
  if (status === 0) return stdout;
  const reason = error ? 'Git is not there' : stderr.trim();
  throw new OptionError(`--changed: what has changed is not known, because git ${args[0]} failed: ${reason}`);
}
