import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../../session/project-root.js';
import { type Action, requireNothing } from '../run-command.js';
import type { buildNativeEntry } from '../table/tools.js';

/** modulab build-native */
export const buildNative: Action<typeof buildNativeEntry> = async ({ positionals }) => {
  requireNothing(positionals);
  const file = path.join(projectRoot, 'kernel-config', 'setup', 'build-native.mjs');
  const { buildNativeExplicitly } = (await import(pathToFileURL(file).href)) as {
    buildNativeExplicitly: () => Promise<boolean>;
  };
  return buildNativeExplicitly();
};
