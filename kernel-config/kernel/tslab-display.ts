import { createRequire } from 'node:module';

/** The bundle of a display message, as tslab hands it on. */
export type WriteDisplayData = (
  message: { data: Record<string, unknown>; metadata?: object; transient?: object },
  update: boolean,
) => void;

/** The parts of tslab that the kernel uses: its channel for what cells display, and its public package. */
export interface TslabDisplay {
  /** Where `display` of tslab, and modulab, send what is to be shown: set for every cell. */
  setChannel(write: WriteDisplayData): void;
  /** What `import 'tslab'` gives. */
  load(): unknown;
}

/**
 * Loads tslab's channel for displays. Its own compiler, TypeScript 5.0, is not loaded, which takes a second: nothing of what is used
 * needs one, and what it passes on as `ts` is the project's TypeScript.
 */
export function loadTslabDisplay(): TslabDisplay {
  const tslabRequire = createRequire(require.resolve('tslab/package.json'));
  standIn(tslabRequire.resolve('tslab/dist/converter.js'), {});
  const channel = tslabRequire('tslab/dist/jupyter.js') as { lastWriteDisplayData: WriteDisplayData | null };
  return {
    setChannel: (write) => (channel.lastWriteDisplayData = write),
    load() {
      standIn(tslabRequire.resolve('@tslab/typescript-for-tslab'), createRequire(__filename)('typescript'));
      return tslabRequire('tslab') as unknown;
    },
  };
}

/** Has a file that is required export something else. */
function standIn(file: string, exports: unknown): void {
  require.cache[file] = {
    id: file,
    filename: file,
    loaded: true,
    exports,
    children: [],
    paths: [],
  } as unknown as NodeJS.Module;
}
