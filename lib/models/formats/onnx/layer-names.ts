import type { OnnxNode } from './onnx-schema.js';

/**
 * What a node's layer is to be called: the module's path in PyTorch (`layer1.0.conv1`) or the layer's name in Keras, as far
 * as the exporter left it.
 * @param weight name of the node's weight tensor, where it has one
 */
export function layerName(node: OnnxNode, weight?: string): string {
  const fromWeight = weight === undefined ? null : /^(?!onnx::)([\w.]+)\.weight$/.exec(weight);
  if (fromWeight) return fromWeight[1];
  const scopes = node.metadata.get('pkg.torch.onnx.name_scopes');
  if (scopes !== undefined) {
    // "['', 'layer1', 'layer1.0', 'layer1.0.relu', 'relu_3']": modules from the outermost on, then the operation
    const list = [...scopes.matchAll(/'([^']*)'/g)].map((match) => match[1]);
    const [module, operation] = list.slice(-2);
    if (operation !== undefined) return module || operation;
  }
  const parts = node.name.split('/').filter((part) => part !== '');
  if (node.name.startsWith('/')) return torchPath(parts) || node.operator.toLowerCase();
  // Keras by way of tf2onnx: model/conv2d/Conv2D
  if (parts.length >= 3) return parts.slice(1, -1).join('.');
  if (parts.length === 2) return parts[0];
  return parts[0] ?? node.outputs[0] ?? node.operator.toLowerCase();
}

/** `/layer1/layer1.0/relu_1/Relu` → `layer1.0.relu_1`: every scope repeats the path of its container. */
function torchPath(parts: readonly string[]): string {
  let path = '';
  for (const part of parts.slice(0, -1)) {
    const container = path.slice(path.lastIndexOf('.') + 1);
    const own =
      containerPath(path, part) ??
      (container !== '' && part.startsWith(`${container}.`) ? part.slice(container.length + 1) : part);
    path = path === '' ? own : `${path}.${own}`;
  }
  const operation = parts[parts.length - 1];
  return path === '' ? operation.toLowerCase() : path;
}

/** The part of a scope behind the container's own path, where it starts with one of the path's ends. */
function containerPath(path: string, part: string): string | null {
  const modules = path.split('.');
  for (let i = 0; i < modules.length; i++) {
    const end = `${modules.slice(i).join('.')}.`;
    if (part.startsWith(end)) return part.slice(end.length);
  }
  return null;
}
