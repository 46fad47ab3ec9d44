import { checkClassNames } from '../datasets/check-image-set.js';
import type { ImageSet } from '../datasets/dataset.js';
import type { ImageSource } from '../datasets/source/image-source.js';
import { ModelError, OptionError } from '../errors.js';
import { outputKind } from '../models/output-kind.js';
import type * as tf from '../tf.js';

const shown = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? `an object with ${Object.keys(value).slice(0, 6).join(', ') || 'nothing in it'}`
    : String(value);

/**
 * Refuses what is no model, and one that has been disposed.
 * @param caller the public function that was called, for the message
 * @throws OptionError for something else, ModelError for a model that has been disposed
 */
export function requireModel(caller: string, model: tf.LayersModel): void {
  const { inputs, outputs, layers } = (model as Partial<tf.LayersModel> | null | undefined) ?? {};
  if (!Array.isArray(inputs) || !Array.isArray(outputs) || !Array.isArray(layers)) {
    throw new OptionError(
      `${caller}, model: expected a tf.LayersModel, such as loadModel(…).model, got ${shown(model)}.`,
    );
  }
  const disposed = model.weights.find((weight) => (weight.read as unknown) !== undefined && isDisposed(weight));
  if (disposed) {
    throw new ModelError(
      `${caller}: model '${model.name}' has been disposed: its weights '${disposed.name}' are gone. Load or build it anew.`,
    );
  }
}

/** A variable of tf.layers says so only by an error in reading it. */
const isDisposed = (weight: tf.LayersModel['weights'][number]): boolean =>
  (weight as unknown as { readonly val?: tf.Tensor }).val?.isDisposed === true;

/**
 * Refuses what is no set of images.
 * @param caller the public function that was called, and which of its images, for the message
 * @throws OptionError
 */
export function requireImages(caller: string, set: ImageSet | ImageSource): void {
  const { labels, classNames, imageShape } = (set as Partial<ImageSet> | null | undefined) ?? {};
  if (typeof labels?.length === 'number' && Array.isArray(classNames) && Array.isArray(imageShape)) return;
  throw new OptionError(
    `${caller}, images: expected a set of images, such as (await imageFolder(…)).train, got ${shown(set)}.`,
  );
}

/**
 * Refuses an object of image sets that lacks one.
 * @param names of those that the call needs
 * @throws OptionError naming the first that is missing or is no set
 */
export function requireSets<Name extends string>(
  caller: string,
  sets: Readonly<Record<Name, ImageSet | ImageSource>>,
  names: readonly Name[],
): void {
  if (typeof sets !== 'object' || (sets as object | null) === null) {
    throw new OptionError(`${caller}, images: expected { ${names.join(', ')} }, got ${shown(sets)}.`);
  }
  for (const name of names) requireImages(`${caller}, ${name}`, sets[name]);
}

/**
 * Refuses a model that does not tell classes of one image apart.
 * @param caller the public function that was called, for the message
 * @throws ModelError naming the inputs or outputs that it has
 */
export function requireClassifier(caller: string, model: tf.LayersModel): void {
  requireModel(caller, model);
  const shapes = (tensors: readonly tf.SymbolicTensor[]) =>
    tensors.map(({ name, shape }) => `'${name}' [${shape.map((n) => n ?? '?').join(', ')}]`).join(' and ');
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    throw new ModelError(
      `${caller}: expected a classifier with one input and one output; model '${model.name}' has ${model.inputs.length} ` +
        `inputs (${shapes(model.inputs)}) and ${model.outputs.length} outputs (${shapes(model.outputs)}).`,
    );
  }
  const output = model.outputs[0].shape;
  if (output.length !== 2) {
    throw new ModelError(
      `${caller}: expected a classifier that puts out one score per class, [batch, classes]; model '${model.name}' puts out ` +
        `[${output.map((n, i) => n ?? (i === 0 ? 'batch' : '?')).join(', ')}]${output.length === 4 ? ', a map, as networks for segmentation do' : ''}. Flatten or pool it.`,
    );
  }
}

/**
 * Refuses images that a model cannot take.
 * @param caller the public function that was called, for the message
 * @param like images whose labels mean the model's outputs, beside which the set stands: its classes must be the same, in the same order
 * @throws ModelError when the model is no classifier of one image; OptionError when the set is empty, two of its classes have one name, or size, channels or number of classes
 *   differ from the model's, or its classes from those of `like`
 */
export function requireFittingImages(
  caller: string,
  model: tf.LayersModel,
  set: ImageSet | ImageSource,
  like?: ImageSet | ImageSource,
): void {
  requireClassifier(caller, model);
  requireImages(caller, set);
  if (like) requireImages(caller, like);
  if (set.labels.length === 0) throw new OptionError(`${caller}: the image set is empty.`);
  checkClassNames(`${caller}, class names of the images`, set.classNames);
  if (set.classNames.length < 2) {
    throw new OptionError(
      `${caller}: expected images of at least two classes, got ${set.classNames.length}${set.classNames.map((name) => ` ('${name}')`).join('')}.`,
    );
  }
  const input = model.inputs[0].shape.slice(1);
  if (input.length !== 3 || input.some((size, i) => size !== null && size !== set.imageShape[i])) {
    throw new OptionError(
      `${caller}: the model takes images of ${input.map((size) => size ?? 'any').join('×')}, the set has ${set.imageShape.join('×')}.` +
        howToFit(input, set.imageShape),
    );
  }
  const output = model.outputs[0].shape;
  if (output[1] !== set.classNames.length) {
    const names = set.classNames.slice(0, 12).join(', ');
    throw new OptionError(
      `${caller}: the model puts out [${output.slice(1).join(', ')}] per image, the images have ${set.classNames.length} classes (${names}).` +
        (output[1] === 1 && set.classNames.length === 2 ? ' Pass `asTwoClasses(model)`.' : ''),
    );
  }
  const other = like ? like.classNames.findIndex((name, i) => name !== set.classNames[i]) : -1;
  if (other >= 0) {
    throw new OptionError(
      `${caller}: class ${other} of these images is '${set.classNames[other]}', and '${like!.classNames[other]}' of the images that they go ` +
        'with, so that their labels would count for other classes. Put them in the same order: keepClasses(images, others.classNames, { relabel: true }).',
    );
  }
}

/** What to read images of another size or number of channels with. */
function howToFit(input: readonly (number | null)[], imageShape: readonly number[]): string {
  if (input.length !== 3) return '';
  const [height, width, channels] = input;
  const sizeFits = (height ?? imageShape[0]) === imageShape[0] && (width ?? imageShape[1]) === imageShape[1];
  const size = height === width ? `${height}` : `[${height ?? imageShape[0]}, ${width ?? imageShape[1]}]`;
  const options = [
    ...(sizeFits ? [] : [`size: ${size}`]),
    ...((channels === 1 || channels === 3) && channels !== imageShape[2] ? [`channels: ${channels}`] : []),
  ];
  return options.length > 0 ? ` Read the images with { ${options.join(', ')} }.` : '';
}

/**
 * Refuses a model that puts out probabilities where the method needs logits.
 * @throws ModelError naming what to do
 */
export function requireLogits(caller: string, model: tf.LayersModel): void {
  requireModel(caller, model);
  if (outputKind(model) !== 'logits') {
    throw new ModelError(
      `${caller}: the model's last layer applies a softmax or sigmoid, but ${caller} works on logits. Pass \`asLogits(model)\`.`,
    );
  }
}
