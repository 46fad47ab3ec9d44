import path from 'node:path';
import { type BackendReport, openBackend } from './backend/open-backend.js';
import type { Dataset } from './datasets/dataset.js';
import { loadDataset } from './datasets/load.js';
import type { LoadOptions } from './datasets/load-options.js';
import type { SyntheticOptions } from './datasets/synthetic.js';
import { OptionError } from './errors.js';
import { presetFromEnvironment, seedFromEnvironment } from './run/preset.js';
import type { OnProgress } from './run/progress.js';
import { projectFolder } from './run/project-folder.js';
import { showProgress } from './run/show-progress.js';

/** How much a notebook computes: minutes, or the seconds of a test. */
export type NotebookPreset = 'laptop' | 'smoke';

/** What {@link notebook} can be told. */
export interface NotebookOptions<Size> {
  /** What depends on the preset, such as numbers of images and epochs; the preset's entry is returned as `size`. */
  sizes?: Readonly<Record<NotebookPreset, Size>>;
  /** The seed where MODULAB_SEED says none. Default 1. */
  seed?: number;
}

/** The images of a notebook: how many photographs of CIFAR-10, and how the synthetic set is drawn without them. */
export interface NotebookImages {
  /** Left out: the synthetic set in any case. */
  cifar10?: LoadOptions;
  /** The notebook's seed where it has none. */
  synthetic: SyntheticOptions;
}

/** What a notebook runs with. */
export interface NotebookSetup<Size> {
  /** MODULAB_PRESET, or 'laptop'. */
  readonly preset: NotebookPreset;
  readonly size: Size;
  /** MODULAB_SEED, or the option's. */
  readonly seed: number;
  /** Shows every long call's progress below its cell. */
  readonly onProgress: OnProgress;
  readonly backend: BackendReport;
  /** Whether there are real photographs: MODULAB_DATA names a folder of data sets. */
  readonly real: boolean;
  /** CIFAR-10 where there are photographs, otherwise the synthetic images. */
  readonly loadImages: (options: NotebookImages) => Promise<Dataset>;
  /** The path of a file in MODULAB_MODELS, of weights pretrained on photographs; null where one of the two is missing. It is not opened. */
  readonly pretrained: (file: string) => string | null;
  /** The path of a network that comes with the project, trained on CIFAR-10, by its name in data/models; null where there are no photographs. */
  readonly shipped: (network: string) => string | null;
}

/**
 * The first call of a notebook: opens the fastest backend, which it names, reads preset and seed from the environment, and knows
 * where photographs and pretrained weights lie. Without any settings a notebook runs on synthetic images.
 * @throws OptionError when MODULAB_PRESET, MODULAB_SEED or MODULAB_BACKEND says something unknown
 * @example
 * const { size, seed, onProgress, loadImages } = await notebook({
 *   sizes: { laptop: { perClass: 300, epochs: 12 }, smoke: { perClass: 20, epochs: 1 } },
 * });
 * const data = await loadImages({ cifar10: { limit: 10_000 }, synthetic: { trainPerClass: size.perClass } });
 * const model = models.resCnn({ width: 1 / 8, seed });
 * await fit(model, data.train, { epochs: size.epochs, seed, onProgress });
 */
export async function notebook<Size = undefined>(options: NotebookOptions<Size> = {}): Promise<NotebookSetup<Size>> {
  const preset = presetFromEnvironment<NotebookPreset>(['laptop', 'smoke']);
  const seed = seedFromEnvironment(options.seed ?? 1);
  if (options.sizes && !(preset in options.sizes)) {
    throw new OptionError(`notebook: sizes: expected entries laptop and smoke, got ${Object.keys(options.sizes).join(', ')}.`); // prettier-ignore
  }
  const { MODULAB_DATA, MODULAB_MODELS } = process.env;
  return {
    preset,
    size: options.sizes?.[preset] as Size,
    seed,
    onProgress: showProgress(),
    backend: await openBackend(),
    real: Boolean(MODULAB_DATA),
    loadImages: ({ cifar10, synthetic }) =>
      MODULAB_DATA && cifar10
        ? loadDataset('cifar10', cifar10)
        : loadDataset('synthetic', { ...synthetic, seed: synthetic.seed ?? seed }),
    pretrained: (file) => (MODULAB_DATA && MODULAB_MODELS ? path.join(MODULAB_MODELS, file) : null),
    shipped: (network) => (MODULAB_DATA ? path.join(projectFolder(), 'data', 'models', network, 'model.json') : null),
  };
}
