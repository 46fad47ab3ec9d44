import { ModelError } from '../../errors.js';
import type { LayerNode } from './layer-graph.js';

/** How a convolution's window moves, as tfjs' functions take it. */
export interface ConvolutionSettings {
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid';
  readonly dilations: [number, number];
}

/** Reads a convolution layer's configuration. */
export function convolutionSettings({ config }: LayerNode): ConvolutionSettings {
  return {
    strides: config['strides'] as [number, number],
    pad: config['padding'] as 'same' | 'valid',
    dilations: (config['dilationRate'] as [number, number] | undefined) ?? [1, 1],
  };
}

/** @throws ModelError for dilated convolutions, of which tfjs has no gradient */
export function requireUndilated({ name, className, config }: Pick<LayerNode, 'name' | 'className' | 'config'>): void {
  const dilations = [(config['dilationRate'] as number | number[] | undefined) ?? 1].flat();
  if (dilations.every((rate) => rate === 1)) return;
  throw new ModelError(
    `Layer '${name}' (${className}): its dilation rate is ${dilations.join('×')}; gradients through dilated ` +
      'convolutions are not available, so this model cannot be split by gradients. CNNSplitter needs none.',
  );
}
