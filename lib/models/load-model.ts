import './layers/index.js';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Normalisation } from '../datasets/dataset.js';
import { ModelError, OptionError } from '../errors.js';
import * as tf from '../tf.js';
import { asLogits } from './as-logits.js';
import { asTwoClasses } from './as-two-classes.js';
import { MODEL_FORMATS } from './formats/formats.js';
import { readModelFile } from './formats/model-file.js';
import type { ModelFile, ModelFormat, ReadModel } from './formats/model-format.js';
import { buildNetwork } from './formats/network.js';
import { builtInScaling } from './opening/built-in-scaling.js';
import { type BesideModel, readBeside } from './opening/class-names.js';
import { downloadModel, type ModelDownload } from './opening/download-model.js';
import { fixImageSize } from './opening/fix-image-size.js';
import { refusePlaceholders, refuseUnknown } from './opening/foreign-files.js';
import { knownBase } from './opening/known-bases.js';
import { locateModel } from './opening/locate-model.js';
import { type OpeningReport, openingReport } from './opening/opening-report.js';
import { unpackArchive } from './opening/unpack-archive.js';
import { endActivation, outputKind } from './output-kind.js';

/** A model from a file, and what the file was. */
export interface LoadedModel {
  model: tf.LayersModel;
  /** How its input images are to be normalised, where the file says so. */
  normalisation: Normalisation | null;
  classNames: string[] | null;
  /** For manifests. The digest is the file's; for a model of several files that of all one after another. */
  source: { path: string; sha256: string };
  /** What was read, left out and changed, and where normalisation and class names are from. Look at `report.summary` once. */
  report: OpeningReport;
}

/** What {@link loadModel} can be told. */
export interface LoadModelOptions {
  /** Names of the classes, where no file says them, or says others. */
  classNames?: readonly string[];
  /** How images are to be normalised, where no file says it, or says it otherwise. */
  normalisation?: Normalisation;
  /** [height, width] for a network that takes images of any size, which then takes these only. */
  imageSize?: readonly [number, number];
  /**
   * torchvision's or timm's name of the network, for files of weights alone whose tensors are those of two networks:
   * `tf_efficientnet_b0` and `efficientnet_b0` have the same names and shapes, and other borders and epsilons.
   */
  architecture?: string;
  /** Whether the softmax at the end is taken off, so that the network puts out logits. Default false. */
  logits?: boolean;
  /** Whether one sigmoid or logit per image becomes two classes. Default true; false keeps the output as it is. */
  twoClasses?: boolean;
  /** Leave to fetch an http or https address, where to keep it and what it must be. */
  download?: ModelDownload;
  signal?: AbortSignal;
}

/**
 * Opens a trained image classifier. The content decides the format, and the ending where the content is none that is known:
 * - Keras 3 and 2: `.keras`, `.h5`, `model.json` of `model.to_json()` with `model.weights.h5` beside it, and the other way round;
 * - tfjs layers models: `model.json` with its weight files beside it, quantised or not (Teachable Machine, tensorflowjs_converter,
 *   `saveModel`);
 * - tfjs graph models of convolutional networks, whose operations become layers;
 * - `.onnx`, opset 7 and later, with weights in files beside it too: what PyTorch's exporters, Keras and tf2onnx write for networks
 *   of convolutions; an operator outside the map is named with its node;
 * - PyTorch's weights, `.pth`, `.pt`, `.ckpt`, `.safetensors` (with the `config.json` of a model hub) and `.npz`, under the names of
 *   torchvision, timm and common code, from which network, depth, widths and classes follow; where they are those of two networks,
 *   `architecture` says which. Nothing in a file is run. For other networks export ONNX, or build the model and use `loadWeights`.
 *
 * What comes out is one flat network with channels last, whatever the file was: models inside the model are opened, layers that do
 * nothing when images are classified are left out, one sigmoid output becomes the probabilities of two classes. Answers stay
 * the same; `report` says what was done.
 *
 * Where nothing says how to normalise images, `normalisation` is null and the caller must know (`rawByteInputs()` and
 * `unitInputs()` are the two usual conventions without mean and deviation). Class names are read from the file, or from
 * `metadata.json`, `labels.txt`, `class_names.txt` or the like beside it.
 * @param file the model's file; a folder or a ZIP archive with one model in it; `~/…`; a `file:` address; an http address with `download` set
 * @throws ModelError naming the file, what was expected and what was found; OptionError for options that do not fit
 * @example
 * const { model, normalisation, classNames, report } = await loadModel('converted_keras/keras_model.h5');
 * console.log(report.summary.join('\n'));
 */
export async function loadModel(file: string, options: LoadModelOptions = {}): Promise<LoadedModel> {
  const endings = [...new Set(MODEL_FORMATS.flatMap((format) => format.endings))];
  const located = await locate(file, endings, options);
  const archive = unpackArchive(located);
  if (archive !== null) {
    try {
      return renamed(await loadModel(archive, options), archive, located);
    } catch (error) {
      throw error instanceof ModelError
        ? new ModelError(within(error.message, archive, located), { cause: error })
        : error;
    } finally {
      fs.rmSync(archive, { recursive: true, force: true });
    }
  }
  const opened = { path: located, bytes: readModelFile(located) };
  refusePlaceholders(opened);
  const format = formatOf(opened, endings);
  if (options.architecture !== undefined && !format.weightsAlone) {
    throw new OptionError(
      `architecture: ${file} (${format.name}) says itself how its layers are connected; leave the option out.`,
    );
  }
  const read = await format.read(opened, options);
  const changed: string[] = [];
  let model = await build(read, located, options);
  try {
    const wanted = options.twoClasses !== false && isOneNumber(model);
    const twoClasses = wanted ? whyTwoClasses(model, read.notes.loss ?? null) : null;
    if (twoClasses !== null) {
      model = replaced(model, await asTwoClasses(model));
      changed.push(twoClasses);
    }
    if (options.logits && outputKind(model) === 'probabilities') {
      model = replaced(model, await asLogits(model));
      changed.push('the softmax at the end is taken off, as asked: outputs are logits');
    }
    return described(model, read, located, changed, options);
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** Paths in the folder that an archive was unpacked to, as paths in the archive. */
const within = (text: string, folder: string, archive: string): string => text.replaceAll(folder, archive);

function renamed(loaded: LoadedModel, folder: string, archive: string): LoadedModel {
  const { source, report } = loaded;
  const path = within(report.path, folder, archive);
  const summary = report.summary.map((line) => within(line, folder, archive));
  const classNamesFrom = within(report.classNamesFrom, folder, archive);
  return { ...loaded, source: { ...source, path }, report: { ...report, path, classNamesFrom, summary } };
}

async function build({ network }: ReadModel, file: string, { imageSize }: LoadModelOptions): Promise<tf.LayersModel> {
  if (!(network instanceof tf.LayersModel)) {
    return buildNetwork(imageSize ? fixImageSize(network, imageSize, file) : network, file);
  }
  const [, ...shape] = network.inputs[0].shape;
  if (!imageSize || imageSize.every((n, i) => n === shape[i])) return network;
  network.dispose();
  throw new OptionError(`imageSize: ${file} takes images of ${shape.join('×')}; leave the option out.`);
}

/** The other model in place of the first, which is disposed. */
function replaced(model: tf.LayersModel, by: tf.LayersModel): tf.LayersModel {
  model.dispose();
  return by;
}

async function locate(file: string, endings: readonly string[], options: LoadModelOptions): Promise<string> {
  if (!/^https?:/i.test(file)) return locateModel(file, endings);
  if (options.download) return downloadModel(file, options.download, options.signal);
  throw new OptionError(
    `${file}: nothing is fetched from the web unasked; pass { download: { folder, sha256 } }, or download the file and pass its path.`,
  );
}

function formatOf(file: ModelFile, endings: readonly string[]): ModelFormat {
  const ending = path.extname(file.path).toLowerCase();
  return (
    MODEL_FORMATS.find((one) => one.recognises(file)) ??
    MODEL_FORMATS.find((one) => one.endings.includes(ending)) ??
    refuseUnknown(file, endings)
  );
}

const isOneNumber = ({ outputs }: tf.LayersModel): boolean =>
  outputs.length === 1 && outputs[0].shape.length === 2 && outputs[0].shape[1] === 1;

/** Losses of models that estimate a quantity and tell no classes apart. */
const REGRESSION = /^(mean_|mse$|mae$|msle$|mape$|huber|log_cosh|poisson|cosine)/;

/** Why one output is taken as two classes; null where it is none of a classifier. */
function whyTwoClasses(model: tf.LayersModel, loss: string | null): string | null {
  if (loss !== null && REGRESSION.test(loss)) return null;
  const end = endActivation(model);
  if (end === 'sigmoid') return 'one sigmoid output is taken as the probability of the second of two classes';
  if (end !== 'linear') return null;
  return `one output without an activation is taken as the logit of the second of two classes${loss === null ? '' : ` (loss ${loss})`}`;
}

function described(
  model: tf.LayersModel,
  read: ReadModel,
  file: string,
  changed: readonly string[],
  options: LoadModelOptions,
): LoadedModel {
  const { notes } = read;
  const channels = model.inputs[0].shape.at(-1) ?? null;
  const classes = model.outputs[0].shape.at(-1) ?? 0;
  const beside = readBeside(file, classes);
  const names = chooseClassNames(read, beside, options, classes, file);
  const values = chooseNormalisation(model, read, beside, options);
  const { normalisation } = values;
  if (normalisation && channels !== null && normalisation.mean.length !== channels) {
    throw new ModelError(
      `${file}: normalisation: expected mean and std with ${channels} numbers each, got ${normalisation.mean.length}.`,
    );
  }
  const report = openingReport({
    path: file,
    model,
    notes: { ...notes, changed: [...notes.changed, ...changed] },
    bytes: read.files.reduce((total, { length }) => total + length, 0),
    normalisation,
    normalisationFrom: values.from,
    classNames: names.names,
    classNamesFrom: names.from,
  });
  const classNames = names.names && [...names.names];
  return { model, normalisation, classNames, source: source(file, read.files), report };
}

function chooseClassNames(
  read: ReadModel,
  beside: BesideModel,
  options: LoadModelOptions,
  classes: number,
  file: string,
): { names: readonly string[] | null; from: string } {
  if (options.classNames && options.classNames.length !== classes) {
    throw new OptionError(`classNames: expected ${classes} names, one per output, got ${options.classNames.length}.`);
  }
  if (read.classNames && read.classNames.length !== classes) {
    throw new ModelError(
      `${file}: classNames: expected ${classes} names, one per output, got ${read.classNames.length}.`,
    );
  }
  if (options.classNames) return { names: options.classNames, from: 'as given' };
  if (read.classNames) return { names: read.classNames, from: 'from the model file' };
  if (beside.classNames) return { names: beside.classNames.names, from: `from ${beside.classNames.from}` };
  const unused = beside.unused.length > 0 ? ` (${beside.unused.join('; ')})` : '';
  return { names: null, from: `no file says them${unused}; pass classNames in the order of the outputs` };
}

function chooseNormalisation(
  model: tf.LayersModel,
  read: ReadModel,
  beside: BesideModel,
  options: LoadModelOptions,
): { normalisation: Normalisation | null; from: string } {
  if (options.normalisation) return { normalisation: options.normalisation, from: 'as given' };
  if (read.normalisation) return { normalisation: read.normalisation, from: 'as the model file says' };
  const own = builtInScaling(model);
  if (own) return own;
  if (beside.teachableMachine) {
    const half = new Array<number>(model.inputs[0].shape.at(-1) ?? 3).fill(0.5);
    return {
      normalisation: { mean: half, std: half },
      from: 'from −1 to 1, as Teachable Machine trains, whose class names lie beside the model',
    };
  }
  const hint = knownBase([...(read.notes.opened ?? []), model.name]);
  return {
    normalisation: null,
    from: `no file says how they were scaled; pass normalisation as the model was trained (rawByteInputs() for 0 to 255, unitInputs() for 0 to 1)${hint ? `; ${hint}` : ''}`,
  };
}

function source(file: string, contents: readonly Buffer[]): LoadedModel['source'] {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  return { path: file, sha256: hash.digest('hex') };
}
