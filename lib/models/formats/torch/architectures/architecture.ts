import type { ImageShape, Placed } from '../../channels-first-layers.js';
import type { TorchNetwork } from '../torch-network.js';

/** A network that is known by the names of its tensors, as torchvision or timm gives them. */
export interface TorchArchitecture {
  readonly name: string;
  /** Whether the names are this architecture's. */
  recognises(net: TorchNetwork): boolean;
  /** The image's channels, from the first weight. */
  channels(net: TorchNetwork): number;
  /** @returns the layer that puts out the classes' scores */
  build(net: TorchNetwork, input: Placed): Placed;
  /** [height, width] where the architecture fixes it; without it any size will do. */
  size?(net: TorchNetwork): ImageShape;
}
