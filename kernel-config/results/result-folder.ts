import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { OptionError } from '../../lib/errors.js';
import { writeFileAtomically } from '../../lib/run/write-file.js';

/** What says which command a folder of results belongs to, and how far it came. */
const RECORD = 'run.json';

/** What a run was told. Plain data: the same makes the same command. */
export type RunIdentity = Readonly<Record<string, unknown>>;

interface RunRecord {
  readonly modulab: string;
  readonly state: 'begun' | 'done';
  readonly identity: RunIdentity;
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * The folder that a command writes its results to. Nothing that was there is overwritten unless that is asked for; the same command goes
 * on in the folder of a run that was stopped, and has nothing to do in that of a run that is done.
 */
export class ResultFolder {
  private readonly written = new Map<string, string>();

  private constructor(
    readonly path: string,
    private readonly identity: RunIdentity,
    private readonly version: string,
    /** The files of a run of the same command that is done; null where there is something to do. */
    readonly done: readonly string[] | null,
    /** Whether a run of the same command was stopped here. */
    readonly resumed: boolean,
    /** Files of what is overwritten. */
    private readonly old: readonly string[] = [],
  ) {}

  /**
   * @param force begins anew, whatever there is
   * @throws OptionError where the folder holds something else
   */
  static open(
    folder: string,
    { identity, version, force }: { identity: RunIdentity; version: string; force: boolean },
  ): ResultFolder {
    const full = path.resolve(folder);
    const found = contentOf(full);
    const record = readRecord(path.join(full, RECORD));
    const same = record !== null && JSON.stringify(record.identity) === JSON.stringify(plain(identity));
    if (found.length > 0 && !force && !same) {
      throw new OptionError(
        `${folder} holds ${record ? `results of another call (${differences(record.identity, plain(identity))})` : 'other files'}, and ` +
          'nothing is overwritten: name another folder with --out, or overwrite it with --force.',
      );
    }
    if (same && !force && record.state === 'done' && unchanged(full, record)) {
      return new ResultFolder(full, identity, version, Object.keys(record.files ?? {}), false);
    }
    // Results that are to be overwritten stay until there are others.
    const old = same ? [] : Object.keys(record?.files ?? {});
    if (force) fs.rmSync(path.join(full, 'checkpoint'), { recursive: true, force: true });
    const resumed = same && !force && found.includes('checkpoint');
    const result = new ResultFolder(full, identity, version, null, resumed, old);
    result.record('begun');
    return result;
  }

  /** Where methods keep what they go on from. */
  get checkpoint(): string {
    const folder = path.join(this.path, 'checkpoint');
    fs.mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** A path in the folder, for what others write there; noted once it is there. */
  place(file: string): string {
    return path.join(this.path, file);
  }

  /** The text of a file that was written. */
  read(file: string): string {
    return fs.readFileSync(this.place(file), 'utf8');
  }

  /** Notes files that others wrote. */
  note(...files: readonly string[]): void {
    for (const file of files)
      this.written.set(file.replaceAll(path.sep, '/'), sha256(fs.readFileSync(this.place(file))));
  }

  /** Writes a file, all or nothing. */
  write(file: string, content: string | Buffer): void {
    fs.mkdirSync(path.dirname(this.place(file)), { recursive: true });
    writeFileAtomically(this.place(file), content);
    this.note(file);
  }

  /** Says that everything is there; what the run would have gone on from is removed. */
  finish(): readonly string[] {
    fs.rmSync(path.join(this.path, 'checkpoint'), { recursive: true, force: true });
    for (const file of this.old) if (!this.written.has(file)) fs.rmSync(this.place(file), { force: true });
    this.record('done');
    return [...this.written.keys()];
  }

  private record(state: RunRecord['state']): void {
    fs.mkdirSync(this.path, { recursive: true });
    const record: RunRecord = {
      modulab: this.version,
      state,
      identity: plain(this.identity),
      ...(state === 'done' && { files: Object.fromEntries([...this.written].sort()) }),
    };
    writeFileAtomically(path.join(this.path, RECORD), `${JSON.stringify(record, null, 2)}\n`);
  }
}

/** What lies in the folder and matters: a run that came to nothing leaves its record and no state to go on from. */
function contentOf(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  const isEmpty = (file: string) => file === 'checkpoint' && fs.readdirSync(path.join(folder, file)).length === 0;
  const found = fs.readdirSync(folder).filter((file) => !isEmpty(file));
  const [only] = found;
  const begun = found.length === 1 && only === RECORD && readRecord(path.join(folder, RECORD))?.state === 'begun';
  return begun ? [] : found;
}

const plain = (identity: RunIdentity): RunIdentity => JSON.parse(JSON.stringify(identity)) as RunIdentity;

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

function readRecord(file: string): RunRecord | null {
  try {
    const record = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<RunRecord> | null;
    const known = typeof record?.modulab === 'string' && typeof record.identity === 'object';
    return known ? (record as RunRecord) : null;
  } catch {
    return null;
  }
}

/** Whether the files of a run that is done are as it wrote them. */
const unchanged = (folder: string, { files = {} }: RunRecord): boolean =>
  Object.entries(files).every(([file, sum]) => {
    const full = path.join(folder, file);
    return fs.existsSync(full) && sha256(fs.readFileSync(full)) === sum;
  });

/** What two calls differ in, in words. */
function differences(before: RunIdentity, now: RunIdentity): string {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const differing = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]));
  const short = (value: unknown) => (value === undefined ? 'none' : JSON.stringify(value)).slice(0, 60);
  return (
    differing.map((key) => `${key}: ${short(before[key])} there, ${short(now[key])} now`).join('; ') || 'damaged files'
  );
}
