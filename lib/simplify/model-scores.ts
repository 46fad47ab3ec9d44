import type { ImageSet } from '../datasets/dataset.js';
import { cohensKappa } from '../metrics/summaries.js';
import { countParameters } from '../models/count-parameters.js';
import { countMacs } from '../surgery/trace/count-macs.js';
import type * as tf from '../tf.js';
import { evaluate } from '../training/evaluate.js';

/** How good and how large a model is. */
export interface ModelScores {
  /** 0–1, on the images it was measured on. */
  readonly accuracy: number;
  /** Cohen's κ, at most 1. */
  readonly kappa: number;
  /** Multiply-adds of one image. */
  readonly macs: number;
  readonly parameters: number;
}

/** Accuracy and κ on the images, multiply-adds and parameters. */
export async function modelScores(model: tf.LayersModel, images: ImageSet): Promise<ModelScores> {
  const report = await evaluate(model, images);
  return {
    accuracy: report.accuracy,
    kappa: cohensKappa(report),
    macs: countMacs(model, images.imageShape).total,
    parameters: countParameters(model).parameters,
  };
}
