import { ModelError } from '../../../errors.js';
import type * as tf from '../../../tf.js';
import type { NamedTensors } from '../named-tensor.js';
import { isPytorchResNet, pytorchResNet } from './pytorch-res-net.js';

/**
 * The model whose weights a PyTorch state dict holds, as far as names and shapes say which it is.
 * @param metadata where the file has any
 * @param file name for messages
 * @throws ModelError when the names are none of an architecture that is known here
 */
export function recogniseStateDict(
  tensors: NamedTensors,
  metadata: Readonly<Record<string, string>>,
  file: string,
): tf.LayersModel {
  if (isPytorchResNet(tensors)) return pytorchResNet(tensors, metadata, file);
  const names = [...tensors.keys()].slice(0, 3).join(', ');
  throw new ModelError(
    `${file}: expected the weights of a PyTorch CIFAR ResNet (conv1.weight, layer1.0.conv1.weight, …), found ` +
      `${tensors.size} tensors (${names || 'none'}). For another network build the model and use loadWeights.`,
  );
}
