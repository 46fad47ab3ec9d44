import { ModelError } from '../../errors.js';
import type * as tf from '../../tf.js';
import { exportedLayers } from '../exported-layer.js';
import { writeLayer } from './layer-nodes.js';
import type { OnnxValue } from './layers/write.js';
import { OnnxWriter } from './onnx-writer.js';

/** What {@link onnxBytes} can be told. */
export interface OnnxOptions {
  /**
   * How the graph takes images: 'NHWC', as the model does, or 'NCHW', [batch, channels, height, width] as PyTorch's. Default
   * 'NHWC'.
   */
  layout?: 'NHWC' | 'NCHW';
  /** Written into the file's metadata. */
  classNames?: readonly string[];
}

/** Protobuf holds no more. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * A model as an ONNX file (opset 17): input `input`, output `output` [batch, classes]. Inside maps lie with the channels
 * first.
 * @throws ModelError naming a layer that has no ONNX form
 */
export async function onnxBytes(model: tf.LayersModel, options: OnnxOptions = {}): Promise<Uint8Array> {
  const { layout = 'NHWC', classNames } = options;
  const { PbfWriter } = await import('pbf');
  const layers = exportedLayers(model);
  const stored = layers.reduce(
    (sum, { weights }) => sum + [...weights.values()].reduce((n, w) => n + w.values.byteLength, 0),
    0,
  );
  if (stored > MOST_BYTES)
    throw new ModelError(`Model '${model.name}': ${stored} bytes of weights; an ONNX file holds 2 GB.`);
  const to = new OnnxWriter();
  const values = new Map<string, OnnxValue>();
  const input = 'input';
  for (const layer of layers) {
    if (layer.inputs.length === 0) {
      if (layer.shape.length !== 3)
        throw new ModelError(`Model '${model.name}': expected images [height, width, channels] as input.`);
      const turned =
        layout === 'NCHW' ? input : to.node('Transpose', 'input', [input], { perm: { ints: [0, 3, 1, 2] } });
      values.set(layer.name, { name: turned, shape: layer.shape });
    } else {
      values.set(layer.name, writeLayer(layer, layer.inputs.map((name) => values.get(name)!), to)); // prettier-ignore
    }
  }
  const last = layers[layers.length - 1];
  to.rename(values.get(last.name)!.name, 'output');
  const [height, width, channels] = layers.find(({ inputs }) => inputs.length === 0)!.shape;
  const [h, w] = [height ?? 'height', width ?? 'width'];
  const pbf = new PbfWriter();
  to.write(
    pbf,
    {
      name: model.name,
      input,
      inputShape: layout === 'NCHW' ? ['batch', channels!, h, w] : ['batch', h, w, channels!],
      output: 'output',
      outputShape: ['batch', ...last.shape.map((size) => size ?? 'features')],
    },
    classNames ? { class_names: JSON.stringify(classNames) } : {},
  );
  return pbf.finish();
}
