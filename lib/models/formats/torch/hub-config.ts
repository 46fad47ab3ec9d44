import fs from 'node:fs';
import path from 'node:path';
import type { Normalisation } from '../../../datasets/dataset.js';
import { ModelError } from '../../../errors.js';
import { isObject, parseJsonObject } from '../model-file.js';

/** What the config.json of a model hub says beside the weights. */
export interface HubConfig {
  readonly architecture: string | null;
  readonly classNames: readonly string[] | null;
  /** [height, width] */
  readonly imageSize: readonly [number, number] | null;
  /** Mean and deviation of images 0–1; null where the file has none for so many channels. */
  normalisation(channels: number): Normalisation | null;
  readonly content: Buffer;
}

/** Networks of timm's that pool or blur where others have strides. */
const SMOOTHS = /blur|aa(\d|_|$)/;

/** timm's names whose weights have the same names as another network's. */
const IN_A_FILE_NAME = /(?:^|[^a-z])(tf_(?:efficientnet|mobilenet|mixnet)\w*)/;

/**
 * timm's name of the network: as the config.json says, or as the weight file is called, where that tells what its tensors do not
 * (timm's own downloads are called `tf_efficientnet_b0_aa-827b6e33.pth`).
 */
export const timmName = (weightFile: string, hub: HubConfig | null): string | null =>
  hub ? hub.architecture : (IN_A_FILE_NAME.exec(path.basename(weightFile))?.[1] ?? null);

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => typeof n === 'number' && Number.isFinite(n));

/** Reads the config.json beside a weight file as timm and Hugging Face write it; null where there is none. @throws ModelError */
export function readHubConfig(weightFile: string): HubConfig | null {
  const file = path.join(path.dirname(weightFile), 'config.json');
  let content: Buffer;
  try {
    content = fs.readFileSync(file);
  } catch {
    return null;
  }
  const config = parseJsonObject(content.toString('utf8'), file);
  const pretrained = isObject(config['pretrained_cfg']) ? config['pretrained_cfg'] : config;
  const architecture = config['architecture'];
  if (typeof architecture === 'string' && SMOOTHS.test(architecture)) {
    throw new ModelError(
      `${file}: architecture '${architecture}' smooths before it subsamples, without weights that would tell it; export it to ONNX.`,
    );
  }
  const size = pretrained['input_size'];
  const [, height, width] = isNumbers(size) ? size : [];
  const labels = config['label_names'] ?? (isObject(config['id2label']) ? Object.values(config['id2label']) : null);
  const { mean, std } = pretrained;
  return {
    architecture: typeof architecture === 'string' ? architecture : null,
    classNames: Array.isArray(labels) && labels.every((label) => typeof label === 'string') ? labels : null,
    imageSize: height > 0 && width > 0 ? [height, width] : null,
    normalisation: (channels) =>
      isNumbers(mean) &&
      isNumbers(std) &&
      mean.length === channels &&
      std.length === channels &&
      std.every((n) => n > 0)
        ? { mean, std }
        : null,
    content,
  };
}
