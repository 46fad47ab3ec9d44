import type { KerasLayer } from './keras-layer.js';

/** The release whose format is written. */
export const KERAS_VERSION = '3.8.0';

/** A functional model's configuration as Keras 3 writes it. @param layers in Keras' order */
export function kerasConfig(name: string, layers: readonly KerasLayer[]): Record<string, unknown> {
  const shapes = new Map(layers.map((layer) => [layer.name, layer.shape]));
  const tensor = (from: string) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, ...shapes.get(from)!], dtype: 'float32', keras_history: [from, 0, 0] },
  });
  const input = layers.find(({ inputs }) => inputs.length === 0)!.name;
  const output = layers[layers.length - 1].name;
  return {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    registered_name: 'Functional',
    config: {
      name: name.replace(/[^\w-]+/g, '_'),
      trainable: true,
      layers: layers.map((layer) => ({
        module: 'keras.layers',
        class_name: layer.className,
        registered_name: null,
        name: layer.name,
        config: { ...layer.config, name: layer.name },
        inbound_nodes: layer.inputs.length === 0 ? [] : [{ args: callArguments(layer, tensor), kwargs: {} }],
      })),
      input_layers: [[input, 0, 0]],
      output_layers: [[output, 0, 0]],
    },
    compile_config: null,
  };
}

const MERGES = new Set(['Add', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate']);

function callArguments(layer: KerasLayer, tensor: (from: string) => unknown): unknown[] {
  const tensors = layer.inputs.map(tensor);
  return MERGES.has(layer.className) ? [tensors] : tensors;
}

/** Keras' `naming.to_snake_case`: GlobalAveragePooling2D → global_average_pooling2d. */
export function kerasSnakeCase(className: string): string {
  return className
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
