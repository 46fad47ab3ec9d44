import { isObject } from '../model-file.js';

/**
 * The loss that a model was compiled with, in snake case, where the file says so; its `from_logits` as a suffix.
 * @param compiled `training_config` or `compile_config`
 */
export function compiledLoss(compiled: unknown): string | null {
  const loss = isObject(compiled) ? compiled['loss'] : null;
  if (typeof loss === 'string') return snake(loss);
  if (!isObject(loss)) return null;
  const { class_name: name, config } = loss;
  if (typeof name !== 'string') return null;
  // Keras 3 writes a plain loss function as an object as well.
  const kind = name === 'function' && typeof config === 'string' ? config : name;
  return snake(kind) + (isObject(config) && config['from_logits'] === true ? ' from logits' : '');
}

const snake = (name: string): string => name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
