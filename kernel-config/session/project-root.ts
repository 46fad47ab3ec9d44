import { projectFolder } from '../../lib/run/project-folder.js';

/** The project's folder: the one that holds package.json, node_modules and dist. */
export const projectRoot = projectFolder();
