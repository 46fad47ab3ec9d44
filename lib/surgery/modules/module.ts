import type * as tf from '../../tf.js';

/** What a module's score is: 'logit' and 'margin' are any real number, a 'probability' lies between 0 and 1. */
export type ScoreKind = 'logit' | 'probability' | 'margin';

/**
 * What a splitter makes of a strong model for one class: something that gives every image one score, higher the more it takes it for
 * an image of its class. What works on modules, such as `patch`, `composeModules` and `saveModule`, asks for no more than this, so
 * a module of a kind of your own will do.
 */
export interface Module {
  /** How it is made: 'kernels', cut out of the strong model, 'nodes', masks on it, or a kind of your own. */
  readonly kind: string;
  readonly targetClass: string;
  /** Position of the target class among the strong model's classes. */
  readonly classIndex: number;
  /** Classes of the strong model, in the order of its logits. */
  readonly classNames: readonly string[];
  /** [height, width, channels] of its images; null where any size does. */
  readonly inputShape: readonly (number | null)[];
  readonly scoreKind: ScoreKind;
  /** Multiply-adds of one image. */
  readonly macs: number;
  /** Weights that it needs to run alone. */
  readonly parameters: number;
  /** Share that it keeps of what its kind is made of, 0–1: kernels, or output positions of convolutions. */
  readonly keptRatio?: number;
  readonly provenance: ModuleProvenance;
  /** How modules of one network run together, where that is cheaper than one after the other. */
  readonly sharing?: ModuleSharing;
  /** The layers that make its score, where layers can; `exportModel` needs them. */
  readonly layers?: ModuleLayers;
  /** Makes it ready to run. */
  open(): OpenModule;
  /** Writes it into a folder, see `saveModule`. @returns the path of its description */
  save(folder: string, options?: SaveModuleOptions): Promise<string>;
  /** Frees the models that belong to it alone. */
  dispose(): void;
}

/** How a module came to be. Plain data. */
export interface ModuleProvenance {
  /** Name of the splitter. */
  readonly method: string;
  /** What was done to the module that its method, as published, does not do; in words. Missing where nothing was. */
  readonly departures?: readonly string[];
}

/** A module's one score, fast. Dispose it after use; the module stays. */
export interface OpenModule {
  readonly scoreKind: ScoreKind;
  /**
   * The score of every image.
   * @param x [batch, height, width, channels]
   * @returns `[batch, 1]`; the caller disposes it
   */
  readonly predict: (x: tf.Tensor4D) => tf.Tensor2D;
  /** Frees what it holds; what it was made of stays. */
  readonly dispose: () => void;
}

/** A way to run modules of one network together. */
export interface ModuleSharing {
  /** Modules whose keys are the same are opened together. */
  readonly key: string;
  /**
   * @param modules all of this key
   * @returns whose `predict` gives [batch, modules]
   */
  open(modules: readonly Module[]): Omit<OpenModule, 'scoreKind'>;
}

/** A module as layers: a model [batch, height, width, channels] → [batch, classes] and what makes one score of its outputs. */
export interface ModuleLayers {
  readonly model: tf.LayersModel;
  /** [batch, classes] → [batch, 1]; without it the score is column `classIndex`. */
  readonly head?: tf.LayersModel;
}

/** What `saveModule` can be told. */
export interface SaveModuleOptions {
  /** Replace a module that is already there. Default false. */
  readonly overwrite?: boolean;
}
