import { OptionError } from '../../../../errors.js';
import type { Module } from '../../../../surgery/modules/module.js';
import * as tf from '../../../../tf.js';

/** A module that gives every image the same score: what is done with it is done without a module. */
export function silentModule({ targetClass, classIndex, classNames, inputShape }: Module): Module {
  return {
    ...{ kind: 'silent', targetClass, classIndex, classNames, inputShape },
    ...{ scoreKind: 'logit', macs: 0, parameters: 0, provenance: { method: 'silent' } },
    open: () => ({
      scoreKind: 'logit',
      predict: (x) => tf.zeros([x.shape[0], 1]),
      dispose: () => undefined,
    }),
    save: () => Promise.reject(new OptionError('A silent module has nothing to save.')),
    dispose: () => undefined,
  };
}
