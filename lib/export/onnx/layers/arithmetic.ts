import type { Write } from './write.js';

export const merge =
  (operator: string): Write =>
  (layer, inputs, to) =>
    inputs.slice(1).reduce((sum, input) => to.node(operator, layer.name, [sum, input.name]), inputs[0].name);

export const average: Write = (layer, inputs, to) => to.node('Mean', layer.name, inputs.map(({ name }) => name)); // prettier-ignore

export const rescaling: Write = (layer, [x], to) => {
  const { scale, offset } = layer.config as { scale: number; offset: number };
  const scaled = to.node('Mul', layer.name, [x.name, to.scalar(`${layer.name}.scale`, scale)]);
  return to.node('Add', layer.name, [scaled, to.scalar(`${layer.name}.offset`, offset)]);
};
