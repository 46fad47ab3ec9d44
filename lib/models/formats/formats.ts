import { kerasArchive } from './keras/keras-archive.js';
import { kerasH5 } from './keras/keras-h5.js';
import { kerasJson } from './keras/keras-json.js';
import type { ModelFormat } from './model-format.js';
import { npz } from './numpy/npz-weights.js';
import { onnx } from './onnx/onnx-format.js';
import { safetensors } from './safetensors/safetensors-weights.js';
import { tfjsGraph } from './tfjs/graph/graph-model.js';
import { tfjsLayers } from './tfjs/tfjs-model.js';
import { torchFile } from './torch/torch-file.js';

/** All formats that `loadModel` reads; the first that recognises a file's content reads it, else the first that has its ending. */
export const MODEL_FORMATS: readonly ModelFormat[] = [
  tfjsGraph,
  tfjsLayers,
  kerasJson,
  kerasArchive,
  kerasH5,
  onnx,
  safetensors,
  npz,
  torchFile,
];
