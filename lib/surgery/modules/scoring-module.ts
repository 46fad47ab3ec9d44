import * as tf from '../../tf.js';
import { countMacs } from '../trace/count-macs.js';
import { marginsOf } from '../nodes/module-margins.js';
import { scoreModule, type ModuleScore } from './module-score.js';
import type { Module } from './module.js';
import { moduleClass, type DecomposedModule } from '../nodes/node-module.js';
import { createSharedPasses } from '../nodes/shared-passes.js';

/** A module of any method as what patching needs: one score of one class. */
export interface ScoringModule {
  readonly targetClass: string;
  /** [height, width, channels] of its images; null where any size does. */
  readonly inputShape: readonly (number | null)[];
  /** 'logits': any real number; 'probabilities': from 0 to 1. */
  readonly kind: 'logits' | 'probabilities';
  /** Multiply-adds of one image. */
  readonly macs: number;
  /** The score, ready to run: [batch, height, width, channels] → [batch, 1]. */
  open(): ModuleScore;
}

/** A module cut out of a network, by its logit or its head. */
export function scoringModule(module: Module): ScoringModule {
  const { model, head, targetClass } = module;
  return {
    targetClass,
    inputShape: model.inputs[0].shape.slice(1),
    kind: head ? 'probabilities' : 'logits',
    get macs() {
      return countMacs(model).total + (head ? countMacs(head).total : 0);
    },
    open: () => scoreModule(module),
  };
}

/**
 * A decomposed module by its margin z_c − z_uc, the logit of its probability of "this class" against "another" (spec decompose §3.1).
 * @param model the network that the module was made from; it must not be disposed before `open`
 */
export function marginModule(model: tf.LayersModel, module: DecomposedModule): ScoringModule {
  return {
    targetClass: moduleClass(module),
    inputShape: model.inputs[0].shape.slice(1),
    kind: 'logits',
    get macs() {
      const { total, layers } = countMacs(model);
      const columns = module.classNames.length;
      return total - (layers[layers.length - 1].macs / columns) * (columns - 2);
    },
    open() {
      const passes = createSharedPasses(model, [module]);
      return {
        predict(x) {
          const { features, passOf } = passes.run(x);
          const margins = marginsOf(module, features);
          return tf.tensor2d(
            Float32Array.from(passOf, (pass) => margins[pass]),
            [x.shape[0], 1],
          );
        },
        dispose: () => passes.dispose(),
      };
    },
  };
}

/** Either kind of module as a scoring one. */
export function asScoringModule(module: Module | ScoringModule): ScoringModule {
  return 'open' in module ? module : scoringModule(module);
}
