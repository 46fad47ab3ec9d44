import { ModelError } from '../../../errors.js';
import type { ModelFormat } from '../model-format.js';
import { type ConvertedGraph, convertGraph } from './convert-graph.js';
import { type CheckedGraph, checkGraph } from './onnx-graph.js';
import { type OnnxModel, readOnnxModel } from './onnx-schema.js';
import { ExternalData } from './onnx-tensor.js';

/**
 * ONNX of opset 7 to 21 and later where nothing changed: what PyTorch's two exporters, Keras and tf2onnx write for networks
 * of convolutions. The graph becomes layers [batch, height, width, channels].
 */
export const onnx: ModelFormat = {
  name: 'ONNX',
  endings: ['.onnx'],
  // A ModelProto starts with its IR version: field 1, a small number. Other formats start with letters.
  recognises: ({ path, bytes }) => path.toLowerCase().endsWith('.onnx') && bytes[0] === 0x08 && bytes[1] < 32,
  async read({ path: file, bytes }, { imageSize }) {
    const { PbfReader } = await import('pbf');
    let model: OnnxModel;
    try {
      model = readOnnxModel(new PbfReader(bytes));
    } catch (cause) {
      throw new ModelError(
        `${file}: expected an ONNX model, but it is damaged or of another format: ${(cause as Error).message}.`,
        {
          cause,
        },
      );
    }
    const external = new ExternalData(file);
    const { graph, converted } = convertedGraph(model, external, file, imageSize);
    const { network, dropped, changed } = converted;
    const { producer, producerVersion } = model;
    return {
      network: { ...network, name: model.graph!.name.replace(/[^\w-]+/g, '_').slice(0, 60) || 'onnx' },
      normalisation: null,
      classNames: classNamesOf(model.metadata),
      notes: {
        format: `ONNX (opset ${graph.opset})`,
        writtenBy: producer === '' ? null : `${producer} ${producerVersion}`.trim(),
        dropped,
        changed,
      },
      files: [bytes, ...external.contents],
    };
  },
};

/** The graph and the layers it became. @throws ModelError */
export function convertedGraph(
  model: OnnxModel,
  external: ExternalData,
  file: string,
  imageSize: readonly [number, number] | undefined,
): { readonly graph: CheckedGraph; readonly converted: ConvertedGraph } {
  try {
    const graph = checkGraph(model, file);
    return { graph, converted: convertGraph(graph, external, file, imageSize) };
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    // Damaged files break rules that no exporter breaks, a node without inputs among them.
    throw new ModelError(`${file}: the graph is damaged and cannot be converted (${(cause as Error).message}).`, {
      cause,
    });
  }
}

/** Class names where the exporter wrote them into the metadata: a JSON list, or numbers with names. */
function classNamesOf(metadata: ReadonlyMap<string, string>): string[] | null {
  for (const key of ['class_names', 'classes', 'labels', 'names']) {
    const text = metadata.get(key);
    if (text === undefined) continue;
    try {
      // Ultralytics writes a Python dictionary: {0: 'cat', 1: 'dog'}
      const json = text.replace(/'/g, '"').replace(/([{,]\s*)(\d+)\s*:/g, '$1"$2":');
      const value: unknown = JSON.parse(json);
      const names = Array.isArray(value)
        ? value
        : typeof value === 'object' && value !== null
          ? Object.values(value)
          : [];
      if (names.length > 0 && names.every((name) => typeof name === 'string')) return names;
    } catch {
      // Free text: not class names.
    }
  }
  return null;
}
