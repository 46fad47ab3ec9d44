import { kerasH5 } from './keras/keras-h5.js';
import type { ModelFormat } from './model-format.js';
import { npz } from './numpy/npz-weights.js';
import { safetensors } from './safetensors/safetensors-weights.js';
import { tfjsLayers } from './tfjs/tfjs-model.js';

/** All formats that `loadModel` reads; the first that recognises a file's content reads it, else the first that has its ending. */
export const MODEL_FORMATS: readonly ModelFormat[] = [tfjsLayers, kerasH5, safetensors, npz];
