import { OptionError } from '../../errors.js';
import { tensorLogOdds } from '../../surgery/modules/log-odds.js';
import type { Module } from '../../surgery/modules/module.js';
import * as tf from '../../tf.js';

/**
 * A module whose score is scale · logit + bias of another's.
 * @param images how many it was fitted on, for its provenance
 */
export function calibratedModule(module: Module, scale: number, bias: number, images: number): Module {
  const ofProbabilities = module.scoreKind === 'probability';
  const calibrate = (scores: tf.Tensor2D): tf.Tensor2D => {
    const logits = ofProbabilities ? tensorLogOdds(scores) : scores;
    return tf.add<tf.Tensor2D>(tf.mul(logits, scale), bias);
  };
  const { targetClass, classIndex, classNames, inputShape, macs, parameters, keptRatio, provenance } = module;
  const what = `logit scaled by ${scale.toFixed(4)} and shifted by ${bias.toFixed(4)}, fitted on ${images} images of all classes`;
  return {
    ...{ kind: 'calibrated', scoreKind: 'logit', targetClass, classIndex, classNames, inputShape, macs, keptRatio },
    parameters: parameters + 2,
    provenance: { method: provenance.method, departures: [...(provenance.departures ?? []), what] },
    open() {
      const own = module.open();
      return {
        scoreKind: 'logit',
        predict: (x) => tf.tidy(() => calibrate(own.predict(x))),
        dispose: own.dispose,
      };
    },
    save: () =>
      Promise.reject(
        new OptionError(
          `The calibrated module of '${targetClass}' is not saved as such: save the module that it was made of, and calibrate it again on opening.`,
        ),
      ),
    dispose: () => undefined,
  };
}
