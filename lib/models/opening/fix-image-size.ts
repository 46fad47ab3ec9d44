import { OptionError } from '../../errors.js';
import type { Network } from '../formats/network.js';

/**
 * A network that takes images of one size in place of any.
 * @param size [height, width]
 * @param file name for messages
 * @throws OptionError when the network takes another size
 */
export function fixImageSize(network: Network, size: readonly [number, number], file: string): Network {
  if (size.length !== 2 || !size.every((n) => Number.isInteger(n) && n > 0)) {
    throw new OptionError(`imageSize: expected [height, width] in pixels, got ${JSON.stringify(size)}.`);
  }
  const layers = network.layers.map((layer) => {
    if (!network.inputs.includes(layer.name)) return layer;
    const [batch, height, width, ...channels] = layer.config['batch_input_shape'] as (number | null)[];
    const fits = (given: number | null, wanted: number) => given === null || given === wanted;
    if (channels.length !== 1 || !fits(height, size[0]) || !fits(width, size[1])) {
      throw new OptionError(
        `imageSize: ${file} takes images of ${height ?? 'any'}×${width ?? 'any'}, not ${size[0]}×${size[1]}; leave the option out.`,
      );
    }
    return { ...layer, config: { ...layer.config, batch_input_shape: [batch, ...size, ...channels] } };
  });
  return { ...network, layers };
}
