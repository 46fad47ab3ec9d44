import { ModelError } from '../../../errors.js';
import { PickledCall } from '../../../run/unpickle.js';
import type { NamedTensor } from '../named-tensor.js';
import { exportAdvice } from './export-advice.js';
import type { TorchTensors } from './torch-tensors.js';

/** The tensors of a state dict by name, and what else the file holds. */
export interface StateDict {
  readonly state: ReadonlyMap<string, NamedTensor>;
  readonly dropped: readonly string[];
}

/** Where checkpoints keep their weights, the likeliest first: averaged ones are what is evaluated. */
const PLACES = [
  'state_dict_ema',
  'model_ema',
  'ema_state_dict',
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'net',
  'network',
  'weights',
  'params',
  'module',
];
const DEEPEST = 4;

/** Finds the state dict in what a file of `torch.save` holds. @throws ModelError when there is none */
export function findStateDict(value: unknown, tensors: TorchTensors, file: string): StateDict {
  const dropped: string[] = [];
  let at = value;
  for (let depth = 0; depth < DEEPEST; depth++) {
    if (!(at instanceof Map)) break;
    const entries = [...(at as Map<unknown, unknown>)];
    const isTensor = ([, item]: [unknown, unknown]) =>
      item instanceof PickledCall && /_rebuild_|Parameter$/.test(item.name);
    const place = PLACES.find((name) => (at as Map<unknown, unknown>).get(name) instanceof Map);
    if (place === undefined || entries.filter(isTensor).length > 2) {
      const state = new Map<string, NamedTensor>();
      for (const [name, item] of entries) {
        const tensor = tensors.tensor(item, String(name));
        if (tensor) state.set(String(name), tensor);
        else dropped.push(String(name));
      }
      if (state.size === 0) break;
      return { state, dropped };
    }
    dropped.push(...entries.map(([name]) => String(name)).filter((name) => name !== place));
    at = (at as Map<unknown, unknown>).get(place);
  }
  const found =
    value instanceof Map ? `a dictionary of ${[...value.keys()].slice(0, 6).join(', ') || 'nothing'}` : describe(value);
  throw new ModelError(`${file}: expected a state dict (tensors by name), found ${found}. ${exportAdvice()}`);
}

function describe(value: unknown): string {
  if (value instanceof PickledCall) return `'${value.name}'`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return value === null ? 'None' : `a ${typeof value}`;
}

/** What wrappers put in front of a network's own names. */
const PREFIXES = [
  'module.',
  'model.',
  'net.',
  'network.',
  '_orig_mod.',
  'backbone.',
  'encoder.',
  'student.',
  'classifier.model.',
];

/** State dicts under which a network's own names may stand: as they are, and without what wrappers put in front. */
export function* withoutPrefixes(state: ReadonlyMap<string, NamedTensor>): Generator<{
  state: ReadonlyMap<string, NamedTensor>;
  prefix: string;
  left: readonly string[];
}> {
  let names = state;
  let prefix = '';
  let left: string[] = [];
  yield { state: names, prefix, left };
  for (let depth = 0; depth < DEEPEST; depth++) {
    // The usual ones, or whatever a program calls the attribute that holds the network.
    const own = [...names.keys()].map((name) => /^[A-Za-z_]\w*\./.exec(name)?.[0]).find((one) => one !== undefined);
    const next = [...PREFIXES, ...(own === undefined ? [] : [own])].find((one) => {
      const count = [...names.keys()].filter((name) => name.startsWith(one)).length;
      // Lightning modules hold losses and metrics beside the network.
      return count > 0 && names.size - count <= Math.max(2, names.size * 0.1);
    });
    if (next === undefined) return;
    left = [...left, ...[...names.keys()].filter((name) => !name.startsWith(next)).map((name) => prefix + name)];
    names = new Map(
      [...names].filter(([name]) => name.startsWith(next)).map(([name, t]) => [name.slice(next.length), t]),
    );
    prefix += next;
    yield { state: names, prefix, left };
  }
}
