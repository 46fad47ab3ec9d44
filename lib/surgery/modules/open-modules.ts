import * as tf from '../../tf.js';
import type { Module, OpenModule } from './module.js';

/** Several modules, ready to run. Dispose it after use; the modules stay. */
export type OpenModules = Omit<OpenModule, 'scoreKind'>;

/**
 * Opens modules side by side; those that can share work do.
 * @returns whose `predict` gives [batch, modules], in the order of the modules
 */
export function openModules(modules: readonly Module[]): OpenModules {
  const groups = new Map<string, number[]>();
  modules.forEach(({ sharing }, m) => {
    const key = sharing ? `shared ${sharing.key}` : `alone ${m}`;
    groups.set(key, [...(groups.get(key) ?? []), m]);
  });
  const places = [...groups.values()].flat();
  const opened: OpenModules[] = [];
  const dispose = () => opened.forEach((open) => open.dispose());
  try {
    for (const own of groups.values()) {
      const members = own.map((m) => modules[m]);
      const [first] = members;
      opened.push(first.sharing ? first.sharing.open(members) : first.open());
    }
  } catch (error) {
    dispose();
    throw error;
  }
  const inOrder = places.every((place, i) => place === i);
  const columns = modules.map((_, m) => places.indexOf(m));
  return {
    predict: (x) =>
      tf.tidy(() => {
        const parts = opened.map((open) => open.predict(x));
        const scores = parts.length === 1 ? parts[0] : tf.concat(parts, 1);
        return inOrder ? scores : tf.gather(scores, tf.tensor1d(columns, 'int32'), 1);
      }),
    dispose,
  };
}
