import { createRequire } from 'node:module';
import path from 'node:path';
import { projectFolder } from '../../run/project-folder.js';
import type { Addon } from './addon.js';

const load = createRequire(__filename);

export function loadAddon(): Addon {
  return load(path.join(projectFolder(), '.build/onednn/modulab.node')) as Addon;
}
