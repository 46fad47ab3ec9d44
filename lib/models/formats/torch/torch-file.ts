import { ModelError } from '../../../errors.js';
import { ForbiddenName, type PickledReference, unpickle } from '../../../run/unpickle.js';
import type { ModelFile, ModelFormat } from '../model-format.js';
import { readZipEntries, zipEntryNames } from '../zip-entries.js';
import { exportAdvice } from './export-advice.js';
import { knownName, readHubConfig } from './hub-config.js';
import { networkOfStateDict } from './recognise-state-dict.js';
import { findStateDict, type StateDict } from './state-dict.js';
import { storageKind, TorchTensors } from './torch-tensors.js';

/** What `torch.save` writes first before PyTorch 1.6: a pickle of 0x1950a86a20f9469cfc6c. */
const LEGACY_START = Buffer.from('80028a0a6cfc9c46f9206aa85019', 'hex');

/** Files of `torch.save`: state dicts, and training checkpoints that hold one. Nothing in them is run. */
export const torchFile: ModelFormat = {
  name: 'PyTorch',
  weightsAlone: true,
  endings: ['.pth', '.pt', '.pt2', '.ckpt', '.tar', '.bin', '.pkl'],
  recognises: ({ bytes }) =>
    bytes.subarray(0, LEGACY_START.length).equals(LEGACY_START) ||
    zipEntryNames(bytes).some((name) =>
      /(^|\/)(data\.pkl|models\/.*\.json|serialized_exported_program\.json)$/.test(name),
    ),
  read(file, { imageSize, architecture }) {
    const { path: name, bytes } = file;
    const { state, dropped } = stateDictOf(file);
    const hub = readHubConfig(name);
    const facts = {
      architecture: architecture ?? knownName(name, hub),
      imageSize: imageSize ?? hub?.imageSize ?? undefined,
    };
    const { network, notes } = networkOfStateDict(state, facts, name);
    return Promise.resolve({
      network,
      normalisation: hub?.normalisation(3) ?? null,
      classNames: hub?.classNames ?? null,
      notes: {
        format: 'PyTorch state dict',
        writtenBy: hub?.architecture ?? null,
        dropped: [...dropped, ...notes.dropped],
        changed: notes.changed,
      },
      files: hub ? [bytes, hub.content] : [bytes],
    });
  },
};

/** Reads the state dict in a file of `torch.save`. @throws ModelError */
export function stateDictOf({ path: file, bytes }: ModelFile): StateDict {
  const names = zipEntryNames(bytes);
  if (names.some((name) => /(^|\/)(code\/|constants\.pkl$)/.test(name))) {
    throw new ModelError(
      `${file}: holds a TorchScript program (torch.jit.save), which would have to be run. ${exportAdvice()}`,
    );
  }
  if (names.some((name) => /(^|\/)(models\/.*\.json|serialized_exported_program\.json)$/.test(name))) {
    throw new ModelError(
      `${file}: holds a program of torch.export (.pt2), which would have to be run. ${exportAdvice()}`,
    );
  }
  try {
    return names.length > 0 ? zipped(file, bytes) : legacy(file, bytes);
  } catch (error) {
    if (!(error instanceof ForbiddenName)) throw error;
    throw new ModelError(
      `${error.message} It holds a pickled object (a whole module, or more than weights); opening it would mean to run what it ` +
        `names, so it is not opened. ${exportAdvice()}`,
      { cause: error },
    );
  }
}

function zipped(file: string, bytes: Buffer): StateDict {
  const entries = readZipEntries(bytes, file);
  const pickle = [...entries.keys()].find((name) => /(^|\/)data\.pkl$/.test(name));
  if (pickle === undefined) throw new ModelError(`${file}: expected a file of torch.save, found no data.pkl in it.`);
  const folder = pickle.slice(0, -'data.pkl'.length);
  if ((entries.get(`${folder}byteorder`)?.toString('latin1') ?? 'little') !== 'little') {
    throw new ModelError(
      `${file}: expected numbers with the lowest byte first (little-endian); save it on such a machine.`,
    );
  }
  const { value } = unpickle(entries.get(pickle)!, 0, file);
  const storage = (key: string): Buffer => {
    const content = entries.get(`${folder}data/${key}`);
    return content ?? failMissing(file, key);
  };
  return findStateDict(value, new TorchTensors(storage, bytes.length, file), file);
}

function failMissing(file: string, key: string): never {
  throw new ModelError(`${file}: the storage '${key}' is missing; the file is cut short.`);
}

/** Pickles one after the other: a magic number, a version, facts of the machine, the object, the storages' keys; then the numbers. */
function legacy(file: string, bytes: Buffer): StateDict {
  if (!bytes.subarray(0, LEGACY_START.length).equals(LEGACY_START)) {
    throw new ModelError(
      `${file}: expected a file of torch.save, got another format (first bytes ${bytes.subarray(0, 8).toString('hex')}).`,
    );
  }
  let at = 0;
  let references: readonly PickledReference[] = [];
  const next = (): unknown => {
    const pickle = unpickle(bytes, at, file);
    at = pickle.end;
    if (pickle.references.length > 0) references = pickle.references;
    return pickle.value;
  };
  next();
  const version = next();
  const machine = next();
  if (version !== 1001 || (machine instanceof Map && machine.get('little_endian') === false)) {
    throw new ModelError(`${file}: expected version 1001 of PyTorch's format, little-endian, got ${String(version)}.`);
  }
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw new ModelError(`${file}: expected the keys of storages behind the pickle.`);
  const starts = new Map((keys as unknown[]).map((key, i) => [String(key), i]));
  const offsets: number[] = [];
  const storage = (key: string, length: number): Buffer => {
    const index = starts.get(key) ?? failMissing(file, key);
    const start = offsets[index];
    if (start === undefined || start + length > bytes.length) return failMissing(file, key);
    return bytes.subarray(start, start + length);
  };
  // Each storage: how many numbers (8 bytes), the numbers. Their size in bytes stands in the pickle alone.
  const sizes = new Map(references.map(({ id }) => storageKind(id)));
  for (const key of keys as unknown[]) {
    if (at + 8 > bytes.length) break;
    offsets.push(at + 8);
    at += 8 + Number(bytes.readBigUInt64LE(at)) * (sizes.get(String(key)) ?? 4);
  }
  return findStateDict(value, new TorchTensors(storage, bytes.length, file), file);
}
