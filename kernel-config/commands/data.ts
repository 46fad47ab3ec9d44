import { dataRoots } from '../../lib/datasets/files/data-folder.js';
import { fetchDataset } from '../../lib/datasets/files/fetch.js';
import { readManifest } from '../../lib/datasets/files/manifest.js';
import { verifyDataset } from '../../lib/datasets/files/verify.js';
import { locateDataset } from '../../lib/datasets/load.js';
import { STORED_SETS, type StoredDatasetName } from '../../lib/datasets/stored/stored-sets.js';
import { showProgress } from '../../lib/run/show-progress.js';
import { type Action, runEntry, UsageError } from './run-command.js';
import { dataEntry } from './table/tools.js';

const STORED = Object.keys(STORED_SETS) as StoredDatasetName[];

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

async function list(dir: string | undefined): Promise<void> {
  const manifest = readManifest();
  console.log(`synthetic      built in`);
  for (const name of STORED) {
    const downloads = manifest.sets[name]?.downloads;
    const size = downloads?.reduce((sum, download) => sum + download.bytes, 0);
    const where = await locateDataset(name, dir).catch(() => null);
    const remark = where ?? (size === undefined ? 'absent' : `absent (fetch ${name}: ${megabytes(size)})`);
    console.log(`${name.padEnd(14)} ${remark}`);
  }
  console.log(`\nSearched: ${dataRoots(dir).join(', ')}`);
}

async function fetchSet(name: StoredDatasetName, dir: string | undefined, signal: AbortSignal): Promise<void> {
  const set = readManifest().sets[name];
  if (set) console.log(`${set.title} from ${set.homepage}\nTerms: ${set.terms}`);
  const result = await fetchDataset(name, { dir, onProgress: showProgress(), signal });
  console.log(
    `${result.folder}: ${result.fetched.length} files fetched and checked, ${result.present.length} were there already.`,
  );
}

async function verify(names: readonly StoredDatasetName[], dir: string | undefined): Promise<boolean> {
  let failed = false;
  for (const name of names) {
    const check = await verifyDataset(name, { dir });
    const images = check.images ? `, ${check.images.train} training and ${check.images.test} test images` : '';
    console.log(`${name}: ${check.state}${images}${check.folder ? ` in ${check.folder}` : ''}`);
    for (const file of check.files) {
      console.log(`  ${file.file.padEnd(30)} ${file.state}${file.bytes === null ? '' : ` (${file.bytes} bytes)`}`);
    }
    const isFailure = check.state === 'damaged' || (check.state === 'absent' && names.length === 1);
    if (check.message && isFailure) console.error(`  ${check.message}`);
    failed ||= isFailure;
  }
  return !failed;
}

/** modulab data, npm run data */
export const data: Action<typeof dataEntry> = (
  { values: { dir }, positionals: [command, name, ...extra] },
  interrupts,
) => {
  const isName = (STORED as readonly string[]).includes(name ?? '');
  if (extra.length > 0) throw new UsageError(`Expected one data set, got '${[name, ...extra].join(' ')}'.`);
  if (name !== undefined && !isName) throw new UsageError(`Expected one of ${STORED.join(', ')}, got '${name}'.`);
  if (command === 'list' && name === undefined) return list(dir);
  if (command === 'fetch' && isName) return fetchSet(name as StoredDatasetName, dir, interrupts.heed());
  if (command === 'verify') return verify(name === undefined ? STORED : [name as StoredDatasetName], dir);
  throw new UsageError(
    `Expected list, fetch NAME or verify [NAME], got '${[command, name].join(' ').trim()}'; NAME is one of ${STORED.join(', ')}.`,
  );
};

if (require.main === module) runEntry(dataEntry, data);
