import type { CnnSplitResult } from '../../split/cnnsplitter/cnnsplitter.js';
import type { DecomposeResult } from '../../split/decompose/decompose.js';
import type { GradSplitResult } from '../../split/gradsplitter/gradsplitter.js';
import type { Figure } from '../figure/figure.js';
import type { FigureOptions } from '../figure/theme.js';
import type { SplitResult } from '../tables/result-tables.js';
import { keptKernels } from './kept-kernels.js';
import { maskCurve } from './mask-curve.js';
import { nodeMap } from './node-map.js';
import { searchCurve } from './search-curve.js';

/** What a split shows: how its search or its masks went, and where there is no such course, what its modules keep. */
export function split(
  result:
    | Pick<CnnSplitResult, 'kind' | 'modules' | 'history'>
    | Pick<GradSplitResult, 'kind' | 'modules' | 'history' | 'epoch'>
    | Pick<DecomposeResult, 'kind' | 'modules'>
    | (SplitResult & { readonly kind: 'splitResult' }),
  options: FigureOptions = {},
): Figure {
  switch (result.kind) {
    case 'cnnSplitResult':
      return result.history.length > 0 ? searchCurve(result.history, options) : keptKernels(result.modules, options);
    case 'gradSplitResult':
      return maskCurve(result.history, { ...options, epoch: result.epoch });
    case 'decomposeResult':
      return nodeMap(result.modules, options);
    case 'splitResult':
      return keptKernels(result.modules, options);
  }
}
