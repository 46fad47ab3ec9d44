import { differentiableTwice, innerGradient } from '../backend/training/inner-gradient.js';
import { cutAtLayer, type LayerTail } from '../surgery/passes/layer-tail.js';
import * as tf from '../tf.js';
import { lastLayerGradient } from './last-layer-gradient.js';
import { type ClassGradients, competitors, meanLogit } from './penalty.js';

/** A model's logits with their gradients at one layer, everything differentiable. */
export interface ClassEvidence {
  readonly logits: tf.Tensor2D;
  readonly gradients: ClassGradients;
  readonly competing: Int32Array;
}

/**
 * How class gradients are had: 'formula' for a last layer (spec doctor §5.2), 'differentiate' through whatever is behind the
 * layer.
 */
export type GradientPath = 'formula' | 'differentiate';

export interface EvidenceAtLayer {
  readonly tail: LayerTail;
  readonly path: GradientPath;
  /**
   * From the layer's map to the logits and back. To be called within a function that is differentiated; batch norms in
   * training mode update their moving statistics, once.
   */
  at: (map: tf.Tensor4D, carried: readonly tf.Tensor[], labels: Int32Array, training: boolean) => ClassEvidence;
}

/**
 * Class gradients at a layer of a model.
 * @param path default: the formula where the tail allows it
 * @throws ModelError when the layer cannot be cut at
 */
export function evidenceAtLayer(model: tf.LayersModel, layer: string, path?: GradientPath): EvidenceAtLayer {
  const tail = cutAtLayer(model, layer);
  const formula = path === 'differentiate' ? null : lastLayerGradient(model, tail);
  return {
    tail,
    path: formula ? 'formula' : 'differentiate',
    at: (map, carried, labels, training) => {
      const forward = () => tail.fromLayer(map, carried, { training });
      const logits = formula ? forward() : differentiableTwice(forward);
      const competing = competitors(logits.dataSync(), labels);
      const gradientOf = (classOfImage: Int32Array): tf.Tensor =>
        formula
          ? formula.of(map, carried, classOfImage, training)
          : innerGradient(
              differentiableTwice(() => meanLogit(logits, classOfImage)),
              map,
            );
      return { logits, competing, gradients: { label: gradientOf(labels), competitor: gradientOf(competing) } };
    },
  };
}
