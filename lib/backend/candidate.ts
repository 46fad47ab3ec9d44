/** What a candidate may ask of the machine and of tfjs; replaced by a fake in tests. */
export interface BackendHost {
  /** Node's version, e.g. '20.19.0'. */
  nodeVersion: string;
  /** Value of MODULAB_BACKEND, if set. */
  environmentChoice: string | undefined;
  /** Like require(): throws if the package is not there or does not load. */
  load(id: string): unknown;
  hasNvidiaGpu(): boolean;
  /** tf.setBackend. */
  activate(tfjsName: string): Promise<boolean>;
  /** tf.getBackend. */
  activeName(): string | undefined;
  /** Makes the native backend known to tfjs; throws where its addon cannot be used. */
  registerOneDnn(threads?: number): { version: string; threads: number };
  /** Registers what the wasm backend lacks for training. */
  addWasmKernels(): void;
  print(line: string): void;
}

export const BACKEND_NAMES = ['tfjs-node-gpu', 'tfjs-node', 'onednn', 'wasm', 'cpu', 'webgpu'] as const;

export type BackendName = (typeof BACKEND_NAMES)[number];

/** One way to compute. `open` makes it tfjs's active backend or throws an Error whose message is the reason, a clause for the user. */
export interface BackendCandidate {
  name: BackendName;
  /** The name it has in tfjs. */
  tfjsName: string;
  /** Never chosen by itself. */
  onRequestOnly?: boolean;
  open(host: BackendHost, threads?: number): Promise<{ version: string; note?: string }>;
}

/** Version of an installed package, or undefined. */
export function installedVersion(host: BackendHost, name: string): string | undefined {
  try {
    return (host.load(`${name}/package.json`) as { version: string }).version;
  } catch {
    return undefined;
  }
}

/** Loads a package and turns whatever it throws into a reason. */
export function loadPackage(host: BackendHost, name: string): unknown {
  try {
    return host.load(name);
  } catch (error) {
    throw new Error(`does not load: ${firstLine(error)}`);
  }
}

/** Makes `tfjsName` the active backend. */
export async function activate(host: BackendHost, tfjsName: string): Promise<void> {
  let done = false;
  try {
    done = await host.activate(tfjsName);
  } catch (error) {
    throw new Error(`does not start: ${firstLine(error)}`);
  }
  if (!done) throw new Error('does not start');
}

export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0].slice(0, 160);
}
