import type { Normalisation } from '../datasets/dataset.js';
import { renormalise } from '../datasets/renormalise.js';
import { OptionError } from '../errors.js';
import { marginsOf } from '../surgery/nodes/module-margins.js';
import { moduleClass, type NodeModuleParts } from '../surgery/nodes/node-module-parts.js';
import { createSharedPasses, type SharedPasses } from '../surgery/nodes/shared-passes.js';
import * as tf from '../tf.js';
import type { ComposedModel } from './composed-model.js';
import { floatProbability } from './margin-decision.js';

/** Modules of one network. */
export interface DecomposedPart {
  /** The network that the modules were made from. */
  readonly model: tf.LayersModel;
  readonly modules: readonly NodeModuleParts[] | Readonly<Record<string, NodeModuleParts>>;
  /** How the network wants its images normalised, where that is not `inputs` of the options. */
  readonly normalisation?: Normalisation;
  /** New class names: module's class → name in the composition. */
  readonly rename?: Readonly<Record<string, string>>;
}

/** What {@link composeDecomposed} can be told. */
export interface ComposeDecomposedOptions {
  /** How the images that `predict` gets are normalised; needed where a part has a normalisation of its own. */
  readonly inputs?: Normalisation;
  /** Order of the columns. Default: as the modules are given. */
  readonly classNames?: readonly string[];
  /**
   * What `predict` puts out. 'margins', the default, or 'floatProbabilities': float32 probabilities of the own class, as published
   * programs rank modules; they tie at 1 (spec decompose §3.1).
   */
  readonly scores?: 'margins' | 'floatProbabilities';
}

/** How much of the modules' work was shared since the composition was made. Plain data. */
export interface SharingCounts {
  readonly images: number;
  readonly modules: number;
  /** Passes of a network over an image; without sharing, images · modules. */
  readonly passes: number;
  /** Share of the pairs of image and module that the intact network answered, 0–1; null before the first image. */
  readonly intactShare: number | null;
  /** Passes / images; null before the first image. */
  readonly passesPerImage: number | null;
}

/** A classifier made of decomposed modules. Dispose it after use; models and modules stay. */
export interface ComposedDecomposition extends ComposedModel {
  /**
   * @param x [batch, height, width, channels]
   * @returns [batch, modules], margins m_c = z_c − z_uc row by row in double precision
   */
  margins(x: tf.Tensor4D): Float64Array;
  readonly sharing: SharingCounts;
}

/**
 * Runs decomposed modules side by side: the class of the highest margin wins (spec decompose §3.1). Modules may come from several
 * networks; those of one share their passes (`createSharedPasses`). With no node masked and all modules of a network, this is the
 * network's own ranking (§0.5).
 * @throws OptionError when there is no module, two have the same class name or the options do not fit; ModelError when a module does
 *   not belong to its model
 */
export function composeDecomposed(
  given: DecomposedPart | readonly DecomposedPart[],
  options: ComposeDecomposedOptions = {},
): ComposedDecomposition {
  const { inputs, scores = 'margins' } = options;
  if (scores !== 'margins' && scores !== 'floatProbabilities') {
    throw new OptionError(`scores: expected 'margins' or 'floatProbabilities', got '${String(scores)}'.`);
  }
  const parts = (Array.isArray(given) ? (given as readonly DecomposedPart[]) : [given as DecomposedPart]).map(
    (part) => ({ ...part, modules: Object.values<NodeModuleParts>(part.modules) }),
  );
  if (!inputs && parts.some(({ normalisation }) => normalisation)) {
    throw new OptionError(
      'composeDecomposed: a part has a normalisation of its own; pass `inputs`, the normalisation of the images that come.',
    );
  }
  const names = parts.flatMap(({ modules, rename }) => modules.map((m) => rename?.[moduleClass(m)] ?? moduleClass(m)));
  const classNames = options.classNames ?? names;
  requireNames(names, classNames);
  const columns = names.map((name) => classNames.indexOf(name));
  const width = names.length;

  const passes: SharedPasses[] = [];
  const dispose = () => passes.forEach((shared) => shared.dispose());
  try {
    for (const { model, modules } of parts) passes.push(createSharedPasses(model, modules));
  } catch (error) {
    dispose();
    throw error;
  }
  const done = { images: 0, passes: 0, intact: 0 };

  const margins = (x: tf.Tensor4D): Float64Array => {
    const result = new Float64Array(x.shape[0] * width);
    let first = 0;
    for (const [p, { modules, normalisation }] of parts.entries()) {
      const renormalised = normalisation && inputs ? renormalise(x, inputs, normalisation) : x;
      try {
        const { features, passOf, passes: made, intact } = passes[p].run(renormalised);
        modules.forEach((module, m) => {
          const own = marginsOf(module, features);
          for (let i = 0; i < x.shape[0]; i++) {
            result[i * width + columns[first + m]] = own[passOf[i * modules.length + m]];
          }
        });
        done.passes += made;
        done.intact += intact;
      } finally {
        if (renormalised !== x) renormalised.dispose();
      }
      first += modules.length;
    }
    done.images += x.shape[0];
    return result;
  };
  return {
    classNames,
    margins,
    predict(x) {
      const values = margins(x);
      return tf.tensor2d(Float32Array.from(scores === 'margins' ? values : values.map(floatProbability)), [
        x.shape[0],
        width,
      ]);
    },
    get sharing() {
      const { images, passes: made, intact } = done;
      return {
        images,
        modules: width,
        passes: made,
        intactShare: images === 0 ? null : intact / (images * width),
        passesPerImage: images === 0 ? null : made / images,
      };
    },
    dispose,
  };
}

function requireNames(names: readonly string[], order: readonly string[]): void {
  if (names.length === 0) throw new OptionError('composeDecomposed: expected at least one module, got none.');
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new OptionError(
      `composeDecomposed: two modules have the class '${twice}'; rename one (\`rename\` of its part).`,
    );
  }
  if (order.length !== names.length || names.some((name) => !order.includes(name))) {
    throw new OptionError(
      `classNames: expected the modules' classes ${names.slice(0, 12).join(', ')} in any order, got ${order.slice(0, 12).join(', ')}.`,
    );
  }
}
