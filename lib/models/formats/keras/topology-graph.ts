import { ModelError } from '../../../errors.js';
import { isObject } from '../model-file.js';

/**
 * Checks that a functional model's layers can be connected at all: every input of every layer is an output of another layer
 * that is there, and nothing feeds itself. tfjs looks for such an output for ever.
 * @param topology in tfjs's terms (nested models are checked too)
 * @param file name for messages
 * @throws ModelError naming the layers
 */
export function checkTopologyGraph(topology: unknown, file: string): void {
  if (!isObject(topology)) return;
  if (isObject(topology['model_config'])) return checkTopologyGraph(topology['model_config'], file);
  const config = topology['config'];
  if (!isObject(config) || !Array.isArray(config['layers'])) return;
  const layers = config['layers'] as unknown[];
  for (const layer of layers) checkTopologyGraph(layer, file);
  if (!layers.some((layer) => isObject(layer) && Array.isArray(layer['inbound_nodes']))) return; // Sequential

  /** For each call of a layer ('name:n') the calls it takes its inputs from. */
  const waitsFor = new Map<string, string[]>();
  for (const layer of layers) {
    if (!isObject(layer) || typeof layer['name'] !== 'string' || !Array.isArray(layer['inbound_nodes'])) {
      throw new ModelError(
        `${file}: expected layers with name and inbound_nodes, got ${JSON.stringify(layer).slice(0, 80)}.`,
      );
    }
    const { name, inbound_nodes: calls } = layer as { name: string; inbound_nodes: unknown[] };
    if (waitsFor.has(`${name}:0`)) throw new ModelError(`${file}: two layers are called '${name}'.`);
    if (calls.length === 0) waitsFor.set(`${name}:0`, []);
    // A nested model counts its own making as call 0, or does not, depending on who wrote the file.
    const offsets = isNestedModel(layer) ? [0, 1] : [0];
    calls.forEach((call, i) => {
      for (const offset of offsets) waitsFor.set(`${name}:${i + offset}`, callInputs(call, name, file));
    });
  }
  for (const [call, inputs] of waitsFor) {
    const absent = inputs.find((input) => !waitsFor.has(input));
    if (absent !== undefined) {
      const [name, from] = [call, absent].map((key) => key.slice(0, key.lastIndexOf(':')));
      throw new ModelError(
        `${file}: layer '${name}' takes its input from '${from}', which is not there or has no such output.`,
      );
    }
  }
  const done = new Set<string>();
  for (let progress = true; progress;) {
    progress = false;
    for (const [call, inputs] of waitsFor) {
      if (done.has(call) || !inputs.every((input) => done.has(input))) continue;
      done.add(call);
      progress = true;
    }
  }
  const stuck = [...waitsFor.keys()].filter((call) => !done.has(call));
  if (stuck.length) {
    throw new ModelError(
      `${file}: layer '${stuck[0].slice(0, stuck[0].lastIndexOf(':'))}' takes its input from its own output.`,
    );
  }
}

const isNestedModel = (layer: Record<string, unknown>): boolean =>
  isObject(layer['config']) && Array.isArray(layer['config']['layers']);

/** One entry of inbound_nodes: a list of [layer, call, output, …]. */
function callInputs(call: unknown, layer: string, file: string): string[] {
  if (Array.isArray(call)) {
    const inputs = call.map((input: unknown) =>
      Array.isArray(input) && typeof input[0] === 'string' && Number.isInteger(input[1])
        ? `${input[0]}:${input[1]}`
        : null,
    );
    if (inputs.every((input) => input !== null)) return inputs;
  }
  throw new ModelError(
    `${file}: layer '${layer}': expected inbound_nodes as Keras 2 and tfjs write them, [[["layer", 0, 0, {}]]], got ` +
      `${JSON.stringify(call).slice(0, 80)}; save the model with Keras 2.`,
  );
}
