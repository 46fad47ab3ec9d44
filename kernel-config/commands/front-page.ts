/**
 * Writes the front page of the notebooks anew from their outputs: notebooks/README.md and notebooks/thumbnails.
 *   npm run front-page
 */
import fs from 'node:fs';
import path from 'node:path';
import { writeFileAtomically } from '../../lib/run/write-file.js';
import { frontPageFiles } from '../notebooks/front-page.js';
import { projectRoot } from '../session/project-root.js';
import { requireNothing, runCommand } from './run-command.js';

runCommand({
  usage: `Usage: npm run front-page
  Writes notebooks/README.md and notebooks/thumbnails anew, out of what the committed notebooks show.`,
  options: {},
  run({ positionals }) {
    requireNothing(positionals);
    const folder = path.join(projectRoot, 'notebooks');
    const files = frontPageFiles(folder);
    for (const [name, content] of files) writeFileAtomically(path.join(folder, name), content);
    for (const name of fs.readdirSync(path.join(folder, 'thumbnails'))) {
      if (!files.has(`thumbnails/${name}`)) fs.rmSync(path.join(folder, 'thumbnails', name));
    }
    console.log(`Wrote notebooks/README.md and ${files.size - 1} pictures.`);
  },
});
