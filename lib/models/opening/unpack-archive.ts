import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ModelError } from '../../errors.js';
import { readModelFile } from '../formats/model-file.js';
import { readZipEntries, zipEntryNames } from '../formats/zip-entries.js';

/** What a model inside a ZIP archive ends in; an archive of arrays or of torch.save is a model itself. */
const MODEL_INSIDE = /(^|\/)(model\.json|[^/]+\.(keras|h5|hdf5|onnx|safetensors|pth|pt|ckpt))$/i;
const HIDDEN = /(^|\/)(\.|__MACOSX(\/|$))/;
const OWN_FORMAT = /(^|\/)(data\.pkl|model\.weights\.h5|[^/]+\.npy)$/;

/**
 * Unpacks a ZIP archive with a model in it, such as Teachable Machine hands out, into a folder of its own.
 * @returns the folder, which the caller removes; null for a file that is no such archive
 * @throws ModelError on damage, on archives that claim to be far larger than they are, and names that lead out of the folder
 */
export function unpackArchive(file: string): string | null {
  if (!/\.zip$/i.test(file) || !fs.existsSync(file)) return null;
  const bytes = readModelFile(file);
  const names = zipEntryNames(bytes).filter((name) => !HIDDEN.test(name));
  if (names.some((name) => OWN_FORMAT.test(name)) || !names.some((name) => MODEL_INSIDE.test(name))) return null;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-archive-'));
  try {
    for (const [name, content] of readZipEntries(bytes, file)) {
      if (HIDDEN.test(name) || name.endsWith('/')) continue;
      const target = path.join(folder, name);
      if (/[\\\0]/.test(name) || path.isAbsolute(name) || !target.startsWith(folder + path.sep)) {
        throw new ModelError(
          `${file}: holds a file named ${JSON.stringify(name).slice(0, 80)}, which leads out of the archive.`,
        );
      }
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.writeFileSync(target, content);
    }
  } catch (error) {
    fs.rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return folder;
}
