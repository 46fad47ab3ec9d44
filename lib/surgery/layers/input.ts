import type { LayerType } from '../graph/layer-type.js';

/** Where the images come in. */
export const input: LayerType = {
  classNames: ['InputLayer'],
  channels(node, flow) {
    if (node.outputShape.length !== 3) flow.fail('expected images [height, width, channels] as input.');
    return flow.protect(flow.fresh(flow.width), 'it is added to the channels of the input image');
  },
};
