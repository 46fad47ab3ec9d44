import { weightOf } from '../../exported-layer.js';
import { isMap, kernelTensor, tensor, type Write } from './write.js';

export const reLU: Write = (layer, [x], to) => {
  const max = layer.config['maxValue'] as number | null | undefined;
  if (max === null || max === undefined) return to.node('Relu', layer.name, [x.name]);
  return to.node('Clip', layer.name, [x.name, to.scalar(`${layer.name}.low`, 0), to.scalar(`${layer.name}.high`, max)]);
};

export const withAlpha =
  (operator: string, setting: string): Write =>
  (layer, [x], to) =>
    to.node(operator, layer.name, [x.name], { alpha: { float: Number(layer.config[setting]) } });

export const pRelu: Write = (layer, [x], to) => {
  const { shape, values } = weightOf(layer, 'alpha');
  const slope = isMap(x)
    ? kernelTensor(to, `${layer.name}.weight`, { shape: [1, ...shape], values }, [0, 3, 1, 2])
    : tensor(to, `${layer.name}.weight`, { shape, values });
  return to.node('PRelu', layer.name, [x.name, slope]);
};
