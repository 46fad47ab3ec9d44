import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Normalisation } from '../datasets/dataset.js';
import { ModelError, OptionError } from '../errors.js';
import { checkOption, oneOf } from '../run/check-options.js';
import { floatToHalf } from '../run/half-float.js';
import { writeFileAtomically } from '../run/write-file.js';
import * as tf from '../tf.js';

/** What {@link saveModel} can be told. */
export interface SaveModelOptions {
  /** Replace a model that is already there. Default false. */
  overwrite?: boolean;
  /** Stored with the model and given back by `loadModel`. */
  normalisation?: Normalisation;
  classNames?: readonly string[];
  /** Numbers of the file; 'float16' halves it and rounds weights to eleven bits. Loaded again they are float32. Default 'float32'. */
  precision?: 'float32' | 'float16';
}

/**
 * Saves a model in tfjs format: `model.json` and one weight file, named after its own digest. The weights are written first and
 * `model.json` last, each under a temporary name and then renamed, so that at every moment the folder holds the old model or the
 * new one, never a mixture. Other files in the folder stay.
 * @returns the path of model.json, for `loadModel`
 * @throws ModelError when the folder holds a model and `overwrite` is not set, or cannot be written
 * @throws OptionError when there is not one class name per output
 * @example
 * const file = await saveModel(strong, 'out/strong');
 * const { model } = await loadModel(file);
 */
export async function saveModel(
  model: tf.LayersModel,
  folder: string,
  options: SaveModelOptions = {},
): Promise<string> {
  const { overwrite = false, normalisation, classNames, precision = 'float32' } = options;
  checkOption('precision', precision, oneOf(['float32', 'float16']));
  const classes = model.outputs[0].shape.at(-1);
  if (classNames && classNames.length !== classes) {
    throw new OptionError(`classNames: expected ${classes} names, one per output, got ${classNames.length}.`);
  }
  const target = path.join(folder, 'model.json');
  if (!overwrite && fs.existsSync(target)) {
    throw new ModelError(`${target}: there is a model already; choose another folder or pass { overwrite: true }.`);
  }
  const artifacts = await modelArtifacts(model);
  const stored = storedWeights(artifacts, precision);
  const weights = stored.bytes;
  const weightsFile = `weights-${createHash('sha256').update(weights).digest('hex').slice(0, 16)}.bin`;
  const json = {
    format: 'layers-model',
    generatedBy: artifacts.generatedBy,
    convertedBy: null,
    modelTopology: artifacts.modelTopology,
    weightsManifest: [{ paths: [weightsFile], weights: stored.specs }],
    userDefinedMetadata: { normalisation: normalisation ?? null, classNames: classNames ?? null },
  };
  const before = overwrite ? ownWeightFiles(target) : [];
  try {
    writeFileAtomically(path.join(folder, weightsFile), weights);
    writeFileAtomically(target, JSON.stringify(json));
    for (const name of before) if (name !== weightsFile) fs.rmSync(path.join(folder, name), { force: true });
  } catch (cause) {
    throw new ModelError(`${target}: cannot be written (${(cause as Error).message}).`, { cause });
  }
  return target;
}

async function modelArtifacts(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((saved) => {
      artifacts = saved;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    }),
  );
  return artifacts!;
}

/** The weights as bytes, and what model.json says of them. */
function storedWeights(
  { weightData, weightSpecs = [] }: tf.io.ModelArtifacts,
  precision: 'float32' | 'float16',
): { readonly bytes: Buffer; readonly specs: tf.io.WeightsManifestEntry[] } {
  const whole = tf.io.CompositeArrayBuffer.join(weightData);
  if (precision === 'float32') return { bytes: Buffer.from(whole), specs: weightSpecs };
  let at = 0;
  const parts = weightSpecs.map((spec) => {
    const bytes = whole.slice(at, (at += 4 * tf.util.sizeFromShape(spec.shape)));
    return spec.dtype === 'float32' ? Buffer.from(floatToHalf(new Float32Array(bytes)).buffer) : Buffer.from(bytes);
  });
  const quantization = { dtype: 'float16', original_dtype: 'float32' } as const;
  const specs = weightSpecs.map((spec) => (spec.dtype === 'float32' ? { ...spec, quantization } : spec));
  return { bytes: Buffer.concat(parts), specs: specs };
}

/** The weight files of our naming that the model there refers to: superseded once the new model is in place. */
function ownWeightFiles(target: string): string[] {
  let text: string;
  try {
    text = fs.readFileSync(target, 'utf8');
  } catch {
    return [];
  }
  return [...text.matchAll(/"(weights-[0-9a-f]{16}\.bin)"/g)].map((match) => match[1]);
}
