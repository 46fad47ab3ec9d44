import { OptionError } from '../errors.js';
import type { Module } from '../surgery/modules/module.js';
import * as tf from '../tf.js';

/**
 * The control of a patch: a module of the same class that gives every image the score 0. What is calibrated with it is calibrated
 * without a module, so the difference to the real module's patch is what that module adds. It takes images [batch, height, width, channels]
 * like `module` and gives [batch, 1]. Disposing it does nothing; the module it stands in for stays as it is.
 * @throws OptionError when it is to be saved
 * @example
 * const control = await patch(weak, patching.silentModule(modules['circle']), {
 *   ...{ classNames: test.classNames, calibrationImages: validation, calibration: 'learned' },
 * });
 * console.log((await evaluate(control, test)).accuracy);
 */
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
