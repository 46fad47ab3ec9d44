import fs from 'node:fs';
import path from 'node:path';
import type { Normalisation } from '../../../datasets/dataset.js';
import { ModelError } from '../../../errors.js';
import { isObject, parseJsonObject } from '../model-file.js';
import { exportAdvice } from './export-advice.js';

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
const SMOOTHS = /blur|n(?:e|ex)taa\d|_conv_aa/;

/** timm's names that a file's name says, whoever gave it: nobody calls another network so. */
const TENSORFLOWS = /(?:^|[^a-z])(tf_(?:efficientnet|mobilenet|mixnet)\w*)/;

/** As torchvision and timm call what they publish: the network, and the start of the content's digest. */
const PUBLISHED = /^([a-z]\w*)-[0-9a-f]{8}\.(?:pth|pt|safetensors)$/;

/**
 * The name of the network: as the config.json says, or as the weight file is called, where that is a published file's name
 * (`efficientnet_b0_ra-3dd342df.pth`) or a name of timm's TensorFlow networks (`best_tf_efficientnet_b0.pth`).
 */
export function knownName(weightFile: string, hub: HubConfig | null): string | null {
  if (hub) return hub.architecture;
  const name = path.basename(weightFile);
  return TENSORFLOWS.exec(name)?.[1] ?? PUBLISHED.exec(name)?.[1] ?? null;
}

/** @throws ModelError for networks that do more than their tensors say @param where for messages */
export function refuseSmoothing(architecture: string, where: string): void {
  if (!SMOOTHS.test(architecture)) return;
  throw new ModelError(
    `${where}: architecture '${architecture}' smooths before it subsamples, without weights that would tell it. ${exportAdvice()}`,
  );
}

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
  if (typeof architecture === 'string') refuseSmoothing(architecture, file);
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
