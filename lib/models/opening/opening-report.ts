import type { Normalisation } from '../../datasets/dataset.js';
import type * as tf from '../../tf.js';
import { countParameters } from '../count-parameters.js';
import type { ReadingNotes } from '../formats/model-format.js';
import { outputKind } from '../output-kind.js';

/** What was found when a model was opened: to be looked at once before the model is believed. Plain data. */
export interface OpeningReport {
  readonly kind: 'opening';
  readonly path: string;
  /** The format as people call it, and the program that wrote it, where the file says so. */
  readonly format: string;
  readonly writtenBy: string | null;
  /** Bytes of all files that were read. */
  readonly bytes: number;
  readonly layers: number;
  readonly convolutions: number;
  readonly parameters: number;
  /** Layers with weights that the file marks as not to be trained. */
  readonly frozenLayers: number;
  /** [height, width, channels]; null where any size will do. */
  readonly imageShape: readonly (number | null)[];
  readonly normalisation: Normalisation | null;
  /** Where the normalisation is from; what to do where nothing says it. */
  readonly normalisationFrom: string;
  /** Outputs per image without the batch, and whether they are probabilities, logits or something else. */
  readonly output: {
    readonly shape: readonly (number | null)[];
    readonly kind: 'logits' | 'probabilities' | 'map' | 'several';
  };
  readonly classNames: readonly string[] | null;
  readonly classNamesFrom: string;
  /** What is in the files and not in the model. */
  readonly dropped: readonly string[];
  /** What the model does in another way than the files say, with equal answers. */
  readonly changed: readonly string[];
  /** All of it as sentences. */
  readonly summary: readonly string[];
}

/** What {@link openingReport} puts together. */
export interface OpeningFacts {
  readonly path: string;
  readonly model: tf.LayersModel;
  readonly notes: ReadingNotes;
  readonly bytes: number;
  readonly normalisation: Normalisation | null;
  readonly normalisationFrom: string;
  readonly classNames: readonly string[] | null;
  readonly classNamesFrom: string;
}

/** The report on a model that has been opened. */
export function openingReport(facts: OpeningFacts): OpeningReport {
  const { path, model, notes, bytes, normalisation, normalisationFrom, classNames, classNamesFrom } = facts;
  const { parameters } = countParameters(model);
  const convolutions = model.layers.filter((layer) => /Conv2D$/.test(layer.getClassName())).length;
  const frozenLayers = model.layers.filter((layer) => layer.weights.length > 0 && !layer.trainable).length;
  const shape = model.outputs[0].shape.slice(1);
  const kind = model.outputs.length > 1 ? 'several' : shape.length === 1 ? outputKind(model) : 'map';
  const report = {
    kind: 'opening' as const,
    path,
    format: notes.format,
    writtenBy: notes.writtenBy,
    bytes,
    layers: model.layers.length,
    convolutions,
    parameters,
    frozenLayers,
    imageShape: model.inputs[0].shape.slice(1),
    normalisation,
    normalisationFrom,
    output: { shape, kind } as const,
    classNames,
    classNamesFrom,
    dropped: notes.dropped,
    changed: notes.changed,
  };
  return { ...report, summary: sentences(report, model) };
}

function sentences(report: Omit<OpeningReport, 'summary'>, model: tf.LayersModel): string[] {
  const { format, writtenBy, layers, convolutions, parameters, frozenLayers, imageShape, output, classNames } = report;
  const size = imageShape.map((n) => n ?? 'any').join('×');
  const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  const outputs: Record<OpeningReport['output']['kind'], string> = {
    probabilities: `puts out the probabilities of ${output.shape[0] ?? '?'} classes`,
    logits: `puts out logits of ${output.shape[0] ?? '?'} classes, no probabilities`,
    map: `puts out [${output.shape.map((n) => n ?? '?').join(', ')}] per image, not one score per class: it cannot be used as a classifier`,
    several: `has ${model.outputs.length} outputs (${model.outputNames.join(', ')}): it cannot be used as a classifier`,
  };
  return [
    `${format}${writtenBy ? `, written by ${writtenBy}` : ''}: ${count(layers, 'layer')}, ${count(convolutions, 'convolution')} among them, ${parameters.toLocaleString('en')} parameters.`,
    `It takes images of ${size} and ${outputs[output.kind]}.`,
    `Values of images: ${report.normalisationFrom}.`,
    `Class names: ${report.classNamesFrom}${classNames ? ` (${classNames.slice(0, 8).join(', ')}${classNames.length > 8 ? ', …' : ''})` : ''}.`,
    ...(frozenLayers > 0
      ? [
          `${count(frozenLayers, 'layer')} with weights ${frozenLayers === 1 ? 'is' : 'are'} frozen, as the file says; set layer.trainable to train ${frozenLayers === 1 ? 'it' : 'them'}.`,
        ]
      : []),
    ...report.dropped.map((what) => `Left out: ${what}.`),
    ...report.changed.map((what) => `Changed, with equal answers: ${what}.`),
  ];
}
