import type * as tf from '../../tf.js';
import { channelBlocks, conv2DInfoOfGradient, imagesPerChunk, landing, vectorsFor } from './conv2d-geometry.js';
import { Heap } from './heap.js';
import { BLOCK, MAX_VECTORS } from './simd/simd-kernels.js';

/**
 * Gradient of a 2-D convolution with respect to its filter: dW[i,j,c,o] = Σ x[b, y·sh+i−top, x·sw+j−left, c]·dy[b,y,x,o].
 * Input and output gradient are packed into channel blocks, a few images at a time, and every tap is a sum of outer
 * products of one input block and one output block.
 */
export function conv2DBackpropFilter(
  heap: Heap,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  attrs: tf.Conv2DBackpropFilterAttrs,
): tf.TensorInfo {
  const info = conv2DInfoOfGradient('Conv2DBackpropFilter', x.shape, attrs.filterShape, attrs, dy.shape);
  if (info === null) {
    const shapes = [x.shape, attrs.filterShape, dy.shape].map((shape) => `[${shape.join(', ')}]`);
    throw new Error(
      `Conv2DBackpropFilter: no convolution of ${shapes[0]} with a filter ${shapes[1]} gives a dy of ${shapes[2]}.`,
    );
  }
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const out = heap.output([filterHeight, filterWidth, inChannels, outChannels]);
  if (out.shape.includes(0) || batchSize * outHeight * outWidth === 0) {
    heap
      .floats()
      .fill(0, heap.address(out) / 4, heap.address(out) / 4 + filterHeight * filterWidth * inChannels * outChannels);
    return out;
  }

  const padHeight = (outHeight - 1) * strideHeight + filterHeight;
  const padWidth = (outWidth - 1) * strideWidth + filterWidth;
  const rows = landing(inHeight, info.padInfo.top, 1, padHeight);
  const columns = landing(inWidth, info.padInfo.left, 1, padWidth);
  const outPixels = outHeight * outWidth;
  const inBlocks = channelBlocks(inChannels, BLOCK);
  const outBlocks = channelBlocks(outChannels, BLOCK * MAX_VECTORS);
  const outPadded = vectorsFor(outChannels) * BLOCK;
  const imagesAtOnce = imagesPerChunk(padHeight * padWidth * BLOCK + outPixels * BLOCK * MAX_VECTORS, batchSize);
  const xFloats = imagesAtOnce * padHeight * padWidth * inChannels;
  const dyFloats = imagesAtOnce * outPixels * outPadded;
  const filterFloats = outPadded === outChannels ? 0 : filterHeight * filterWidth * inChannels * outPadded;

  heap.withScratch(xFloats + dyFloats + filterFloats, (scratch) => {
    const xPacked = scratch;
    const dyPacked = xPacked + 4 * xFloats;
    const result = filterFloats === 0 ? heap.address(out) : dyPacked + 4 * dyFloats;
    // Borders and unused lanes are never written again, so clearing once is enough.
    heap.floats().fill(0, scratch / 4, scratch / 4 + xFloats + dyFloats);
    for (let first = 0; first < batchSize; first += imagesAtOnce) {
      const images = Math.min(imagesAtOnce, batchSize - first);
      for (const { start, width } of inBlocks) {
        const source = (first * inHeight + rows.first) * inWidth + columns.first;
        heap.kernels.copy(width, {
          from: heap.address(x) + 4 * (source * inChannels + start),
          to: xPacked + 4 * (imagesAtOnce * padHeight * padWidth * start + (rows.at * padWidth + columns.at) * width),
          images,
          rows: rows.count,
          columns: columns.count,
          fromColumn: 4 * inChannels,
          fromRowSkip: 4 * inChannels * (inWidth - columns.count),
          fromImageSkip: 4 * inChannels * inWidth * (inHeight - rows.count),
          toColumn: 4 * width,
          toRowSkip: 4 * width * (padWidth - columns.count),
          toImageSkip: 4 * width * padWidth * (padHeight - rows.count),
        });
      }
      for (const { start, width } of outBlocks) {
        heap.kernels.copy(width, {
          from: heap.address(dy) + 4 * (first * outPixels * outChannels + start),
          to: dyPacked + 4 * imagesAtOnce * outPixels * start,
          images: 1,
          rows: 1,
          columns: images * outPixels,
          fromColumn: 4 * outChannels,
          fromRowSkip: 0,
          fromImageSkip: 0,
          toColumn: 16 * vectorsFor(width),
          toRowSkip: 0,
          toImageSkip: 0,
        });
      }
      for (const o of outBlocks) {
        for (const c of inBlocks) {
          heap.kernels.outerProduct(c.width, vectorsFor(o.width), {
            x: xPacked + 4 * imagesAtOnce * padHeight * padWidth * c.start,
            dy: dyPacked + 4 * imagesAtOnce * outPixels * o.start,
            out: result + 4 * (c.start * outPadded + o.start),
            tapRows: filterHeight,
            tapColumns: filterWidth,
            images,
            rows: outHeight,
            columns: outWidth,
            xTapColumn: 4 * c.width,
            xTapRowSkip: 4 * c.width * (padWidth - filterWidth),
            xColumn: 4 * c.width * strideWidth,
            xRowSkip: 4 * c.width * (strideHeight * padWidth - strideWidth * outWidth),
            xImageSkip: 4 * c.width * padWidth * (padHeight - strideHeight * outHeight),
            outChannel: 4 * outPadded,
            outTap: 4 * outPadded * inChannels,
            accumulate: first > 0,
          });
        }
      }
    }
    if (filterFloats > 0)
      cropColumns(heap, result, outPadded, heap.address(out), outChannels, filterHeight * filterWidth * inChannels);
  });
  return out;
}

/** Copies the first `columns` floats of every row of `fromColumns`. */
function cropColumns(heap: Heap, from: number, fromColumns: number, to: number, columns: number, rows: number): void {
  const floats = heap.floats();
  for (let row = 0; row < rows; row++) {
    const start = from / 4 + row * fromColumns;
    floats.copyWithin(to / 4 + row * columns, start, start + columns);
  }
}
