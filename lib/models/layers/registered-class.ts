import * as tf from '../../tf.js';

/** A layer class that tfjs-layers keeps to itself, with its settings and those of its fields that are known. */
export type RegisteredClass<Args, Fields> = (new (args: Args) => tf.layers.Layer & Fields) &
  Pick<typeof tf.layers.Layer, 'fromConfig'>;

/**
 * A layer class of tfjs-layers by its name, to derive from: the package exports functions that make layers, not their
 * classes, and those parse initialisers, constraints and activations as no code outside the package can.
 */
export function registeredClass<Args, Fields>(className: string): RegisteredClass<Args, Fields> {
  return tf.serialization.SerializationMap.getMap().classNameMap[className][0] as unknown as RegisteredClass<
    Args,
    Fields
  >;
}
