import fs from 'node:fs';
import path from 'node:path';
import { imageSetDigest } from '../../../../datasets/image-set-digest.js';
import { splitTrainValidation } from '../../../../datasets/split-train-validation.js';
import { firstImages } from '../../../../datasets/subset.js';
import { DataError } from '../../../../errors.js';
import { loadModel } from '../../../../models/load-model.js';
import { modelDigest } from '../../../../models/model-digest.js';
import { saveModel } from '../../../../models/save-model.js';
import { type RunManifest, runManifest, writeManifest } from '../../../../run/manifest.js';
import { evaluate } from '../../../../training/evaluate.js';
import { fit } from '../../../../training/fit.js';
import { overSeeds } from '../../finding.js';
import { type ReproductionRow, reproductionRow, type RowDefinition } from '../../row.js';
import type { RowContext } from '../../row-context.js';
import { buildNetwork, type NetworkRecipe } from './network-recipe.js';

interface Input {
  readonly recipe: NetworkRecipe;
  readonly seed: number;
}

/** A trained network, measured as it lies in its files. Accuracies 0–1. */
interface Trained {
  /** Epoch that the validation images chose; null where it was not noted. */
  readonly epoch: number | null;
  readonly validationAccuracy: number;
  readonly testAccuracy: number;
  readonly images: { readonly validation: number; readonly test: number };
  /** See `modelDigest`. */
  readonly weights: string;
}

/** What the network's manifest says beside {@link RunManifest}. */
interface NetworkManifest extends RunManifest {
  readonly epoch: number | null;
}

const MANIFEST = 'manifest.json';

/**
 * A network that other rows start from: trained on the published 40,000 of CIFAR-10's training images, its epoch chosen by the
 * other 10,000, kept in float16. Where its files hold a network of this recipe and these images, it is measured, not trained again.
 */
export function networkRow(
  definition: Pick<RowDefinition<NetworkRecipe, Input, Trained>, 'id' | 'title' | 'sizes'>,
): ReproductionRow {
  const { id } = definition;
  return reproductionRow<NetworkRecipe, Input, Trained>({
    ...definition,
    paper: 'networks',
    measured: 'Accuracy on test images that neither trained it nor chose its epoch, of the weights as they are stored.',
    networks: [],
    parts: (recipe, seeds) => seeds.map((seed) => ({ key: `seed ${seed}`, input: { recipe, seed } })),
    run: (input, context) => trainAndMeasure(id, input, context),
    findings: (outputs) => [
      {
        what: 'accuracy on test images',
        unit: '%',
        published: null,
        ours: overSeeds(outputs.map(({ testAccuracy }) => 100 * testAccuracy)),
        control: null,
        test: null,
        why: trained(outputs[0]),
      },
    ],
  });
}

function trained({ epoch, validationAccuracy, images }: Trained): string {
  const chosen = `${(100 * validationAccuracy).toFixed(1)} % of ${images.validation} validation images`;
  return `${epoch === null ? 'Its epoch' : `Epoch ${epoch}`}, chosen by them, has ${chosen}; there are ${images.test} test images.`;
}

async function trainAndMeasure(id: string, { recipe, seed }: Input, context: RowContext): Promise<Trained> {
  const { onProgress, signal, stateFile } = context;
  const data = await context.images();
  const { train: all, validation } = splitTrainValidation(data.train);
  const count = recipe.trainingImages;
  const train = count === null ? all : firstImages(all, count);
  const folder = context.networkFolder(id);
  const digests = { train: imageSetDigest(train), validation: imageSetDigest(validation) };
  const options = { ...recipe, seed };
  if (!isOf(folder, { options, digests })) {
    const model = buildNetwork(recipe, data.classNames.length, seed);
    try {
      const { epoch } = await fit(model, train, {
        ...recipe.training,
        ...{ validation, keep: 'best', seed, checkpoint: stateFile, onProgress, signal, task: `train ${id}` },
      });
      await saveModel(model, folder, { overwrite: true, classNames: data.classNames, precision: 'float16' });
      const manifest = { ...runManifest({ task: `train ${id}`, seed, options, data: digests }), epoch };
      writeManifest(path.join(folder, MANIFEST), manifest);
    } finally {
      model.dispose();
    }
  }
  const { model } = await loadModel(path.join(folder, 'model.json'));
  try {
    const accuracyOn = async (set: typeof validation) => (await evaluate(model, set, { onProgress, signal })).accuracy;
    return {
      epoch: readManifest(folder)!.epoch,
      validationAccuracy: await accuracyOn(validation),
      testAccuracy: await accuracyOn(data.test),
      images: { validation: validation.labels.length, test: data.test.labels.length },
      weights: modelDigest(model),
    };
  } finally {
    model.dispose();
  }
}

/** Whether a folder's manifest is of this recipe and these images. */
function isOf(folder: string, about: { readonly options: unknown; readonly digests: unknown }): boolean {
  const manifest = readManifest(folder);
  return (
    manifest !== null &&
    JSON.stringify([manifest.options, manifest.data]) === JSON.stringify([about.options, about.digests])
  );
}

function readManifest(folder: string): NetworkManifest | null {
  const file = path.join(folder, MANIFEST);
  if (!fs.existsSync(file)) return null;
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as NetworkManifest;
  } catch (cause) {
    throw new DataError(`${file}: expected the manifest of a trained network. Delete it to train the network again.`, {
      cause,
    });
  }
}
