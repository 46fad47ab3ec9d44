import { ModelError } from '../../../errors.js';
import type * as tf from '../../../tf.js';
import type { NamedTensors } from '../named-tensor.js';
import type { Network } from '../network.js';
import { TORCH_ARCHITECTURES } from './architectures/index.js';
import { exportAdvice } from './export-advice.js';
import { refuseSmoothing } from './hub-config.js';
import { isCifarResNet, pytorchResNet } from './pytorch-res-net.js';
import { withoutPrefixes } from './state-dict.js';
import { TorchNetwork } from './torch-network.js';

/** A network out of a state dict, and what has to be said of it. */
export interface RecognisedNetwork {
  readonly network: Network | tf.LayersModel;
  readonly notes: { readonly dropped: readonly string[]; readonly changed: readonly string[] };
}

/** What is known of a network beside its weights. */
export interface StateDictFacts {
  /** The file's metadata, where it has any. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** torchvision's or timm's name of the network, where the caller or a file says it. */
  readonly architecture?: string | null;
  /** [height, width] of the images, where the caller or a file beside the weights says it. */
  readonly imageSize?: readonly [number, number];
}

/**
 * The network whose weights a PyTorch state dict holds, as far as names and shapes say which it is. Prefixes of wrappers
 * (`module.`, Lightning's `model.`) are left out.
 * @param file name for messages
 * @throws ModelError when the names are none of an architecture that is known here
 */
export function networkOfStateDict(tensors: NamedTensors, facts: StateDictFacts, file: string): RecognisedNetwork {
  if (facts.architecture) refuseSmoothing(facts.architecture, file);
  for (const { state, prefix, left } of withoutPrefixes(tensors)) {
    const dropped = left.map((name) => `tensor '${name}'`);
    const changed = [
      ...(prefix === '' ? [] : [`the prefix '${prefix}' of all names left out`]),
      'channels moved last: the model takes [batch, height, width, channels]',
    ];
    if (isCifarResNet(state)) {
      return { network: pytorchResNet(state, facts.metadata ?? {}, file), notes: { dropped, changed } };
    }
    const net = new TorchNetwork(state, file, facts.architecture ?? null);
    const architecture = TORCH_ARCHITECTURES.find((one) => one.recognises(net));
    if (!architecture) continue;
    const [height, width] = facts.imageSize ?? architecture.size?.(net) ?? [null, null];
    const input = net.input([height, width, architecture.channels(net)]);
    const output = within(file, () => architecture.build(net, input));
    const assumed = [...net.assumed].map((what) => `${architecture.name}: ${what}`);
    return { network: net.finish(architecture.name, output), notes: { dropped, changed: [...changed, ...assumed] } };
  }
  const names = [...tensors.keys()];
  throw new ModelError(
    `${file}: weights without a network: their names (${names.slice(0, 4).join(', ') || 'none'}${names.length > 4 ? ', …' : ''}) are not ` +
      `those of ${TORCH_ARCHITECTURES.map(({ name }) => name).join(', ')}, and do not say how the layers are connected. ${exportAdvice()} ` +
      `Or build the model here and use loadWeights.`,
  );
}

/** Puts the file's name in front of what the layers have to say. */
function within<T>(file: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ModelError) || error.message.startsWith(file)) throw error;
    throw new ModelError(`${file}: ${error.message}`, { cause: error });
  }
}
