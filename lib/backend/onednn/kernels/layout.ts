import { override } from '../kernel.js';
import { concat } from './concat.js';
import { gatherRows } from './gather.js';
import { pad } from './pad.js';
import { expandDims, reshape } from './reshape.js';
import { slice, stridedSlice } from './slice.js';
import { reverse, tile, transpose } from './transpose.js';

export function registerLayout(): void {
  override('Reshape', reshape);
  override('ExpandDims', expandDims);
  override('Transpose', transpose);
  override('Reverse', reverse);
  override('Tile', tile);
  override('Slice', slice);
  override('StridedSlice', stridedSlice);
  override('PadV2', pad);
  override('Concat', concat);
  override('GatherV2', gatherRows);
}
