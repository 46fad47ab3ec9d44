import type { CommandEntry, OptionEntry } from './command-entry.js';

const RANGES = ['unit', 'signed', 'bytes', 'imagenet'] as const;

/** What all of them take besides. */
const COMMON = {
  out: { type: 'string', value: 'FOLDER', help: 'where the results go (otherwise modulab-COMMAND, here)' },
  force: { type: 'boolean', help: 'overwrite what is there' },
  json: { type: 'boolean', help: 'print the results as JSON, and nothing else' },
  seed: { type: 'string', value: 'N', default: '1', help: 'seed of all that is drawn' },
  'per-class': { type: 'string', value: 'N', help: 'use the first N images of each class' },
  classes: {
    type: 'string',
    value: 'A,B,…',
    help: "names of the model's classes, in the order of its outputs, where no file says them",
  },
  range: {
    type: 'string',
    choices: RANGES,
    help: 'values of pixels that the model was trained with, where no file says it: 0 to 1, −1 to 1, 0 to 255, or by the mean and deviation of ImageNet; without it the likeliest',
  },
  size: { type: 'string', value: 'N', help: 'height and width of the images, where the model takes any' },
  fit: {
    type: 'string',
    choices: ['squash', 'crop', 'pad'],
    help: 'how pictures of another shape come to the size (squash)',
  },
  labels: {
    type: 'string',
    value: 'FILE',
    help: 'a CSV or JSON list in the folder of which picture has which label, in place of folders of classes',
  },
} as const satisfies Record<string, OptionEntry>;

const preset = (choices: readonly string[], standard: string, help: string) =>
  ({ type: 'string', choices, default: standard, help }) as const;

const MODEL =
  'a trained classifier: Teachable Machine (.zip or its folder), Keras, TensorFlow.js, ONNX, PyTorch weights';
const IMAGES =
  'a folder or .zip of pictures with one folder per class, or train/ and test/ of such; a data set by name (cifar10, synthetic, …); an .npz file';
const FORMATS = ['tfjs', 'onnx', 'keras', 'h5', 'safetensors'] as const;

const RESULTS =
  'The folder holds report.html, for any browser, and its numbers as CSV and JSON. The same command goes on where it was stopped, and ' +
  'says so when there is nothing left to do.';

export const diagnoseEntry = {
  name: 'diagnose',
  summary:
    'Says which classes a model is weak on, what they are taken for, and where it looks; writes a report with pictures.',
  takes: 'MODEL IMAGES',
  words: { MODEL, IMAGES },
  options: {
    ...COMMON,
    preset: preset(['internal2021', 'release2023'], 'internal2021', 'how the kernels that a class hangs on are found'),
  },
  examples: [
    ['converted_keras.zip photos/', 'a Teachable Machine export and a folder of photographs'],
    ['model.json photos/ --out cats-and-dogs', 'results into a folder of your choice'],
    ['resnet20.safetensors cifar10 --per-class 100 --json', 'on 100 test images of each class, for other programs'],
  ],
  notes: RESULTS,
} as const satisfies CommandEntry;

export const evaluateEntry = {
  name: 'evaluate',
  summary: 'Precision, recall and F1 of every class, and what is taken for what.',
  takes: 'MODEL IMAGES',
  words: { MODEL, IMAGES },
  options: COMMON,
  examples: [
    ['model.keras photos/', 'of a Keras model'],
    ['model.onnx photos.zip --range bytes', 'of an ONNX model that takes bytes'],
  ],
  notes: RESULTS,
} as const satisfies CommandEntry;

export const predictEntry = {
  name: 'predict',
  summary: 'What a model takes pictures for that nobody has named.',
  takes: 'MODEL PICTURES',
  words: { MODEL, PICTURES: 'a picture, a folder or a .zip of pictures, however deep they lie' },
  options: {
    out: COMMON.out,
    force: COMMON.force,
    json: COMMON.json,
    seed: COMMON.seed,
    classes: COMMON.classes,
    range: {
      ...COMMON.range,
      help: 'values of pixels that the model was trained with; must be given where no file says it',
    },
    size: COMMON.size,
    fit: COMMON.fit,
  },
  examples: [
    ['converted_keras.zip holiday.jpg', 'one picture'],
    ['model.json new-photos/', 'all pictures of a folder, as predictions.csv and a page'],
  ],
  notes: RESULTS,
} as const satisfies CommandEntry;

export const splitEntry = {
  name: 'split',
  summary: 'Takes a model apart: one small module per class.',
  takes: 'MODEL IMAGES',
  words: { MODEL, IMAGES },
  options: {
    ...COMMON,
    method: {
      type: 'string',
      choices: ['cnnsplitter', 'gradsplitter', 'decompose'],
      default: 'cnnsplitter',
      help: 'how modules are found',
    },
    preset: preset(['smoke', 'laptop', 'paper'], 'laptop', 'how much to compute: seconds, minutes, days'),
  },
  examples: [
    ['model.keras photos/', 'modules into modulab-split/modules, one folder each'],
    ['model.json synthetic --method gradsplitter --preset smoke', 'masks learned by gradients, in seconds'],
  ],
  notes: RESULTS,
} as const satisfies CommandEntry;

export const patchEntry = {
  name: 'patch',
  summary: "Replaces a weak model's score of one class by that of a module, and says what it changed.",
  takes: 'MODEL IMAGES --module FOLDER',
  words: { MODEL, IMAGES },
  options: {
    ...COMMON,
    module: { type: 'string', value: 'FOLDER', help: 'a module as split writes it: modulab-split/modules/cat' },
    class: { type: 'string', value: 'NAME', help: "the model's class that is patched (the module's)" },
    calibration: {
      type: 'string',
      choices: ['minMax', 'learned'],
      default: 'minMax',
      help: "how the module's scores come to the model's",
    },
  },
  examples: [
    ['weak.keras photos/ --module modulab-split/modules/cat', 'before and after, on images that nothing was fitted on'],
  ],
  notes: RESULTS,
} as const satisfies CommandEntry;

export const simplifyEntry = {
  name: 'simplify',
  summary: 'Makes a model smaller, layer by layer: removes the kernels that nothing needs and trains on.',
  takes: 'MODEL IMAGES',
  words: { MODEL, IMAGES },
  options: {
    ...COMMON,
    preset: preset(['smoke', 'laptop'], 'laptop', 'how much to train: seconds, minutes'),
    keep: { type: 'string', value: 'SHARE', default: '0.5', help: 'share of multiply-adds to keep' },
    criterion: { type: 'string', value: 'NAME', help: 'what says which kernels go (the preset says which)' },
    format: { type: 'string', choices: FORMATS, default: 'tfjs', help: 'file format of the smaller model' },
  },
  examples: [
    ['model.keras photos/ --keep 0.5', 'half the work, as a TensorFlow.js model'],
    ['model.onnx photos/ --keep 0.3 --format onnx', 'back to ONNX'],
  ],
  notes: RESULTS,
} as const satisfies CommandEntry;

export const treatEntry = {
  name: 'treat',
  summary: 'Trains a model on so that each class looks to its own kernels, beside a control that does not.',
  takes: 'MODEL IMAGES',
  words: { MODEL, IMAGES },
  options: {
    ...COMMON,
    preset: preset(['smoke', 'laptop'], 'laptop', 'how much to train: seconds, minutes'),
    seeds: { type: 'string', value: 'N', default: '1', help: 'runs of every arm, with seeds from --seed on' },
    format: { type: 'string', choices: FORMATS, default: 'tfjs', help: 'file format of the treated model' },
  },
  examples: [['model.keras photos/ --seeds 3', 'three runs of treatment and control each']],
  notes: RESULTS,
} as const satisfies CommandEntry;
