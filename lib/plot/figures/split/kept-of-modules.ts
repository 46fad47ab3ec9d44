import { OptionError } from '../../../errors.js';
import type { Module } from '../../../surgery/modules/module.js';
import type { Figure } from '../../figure/figure.js';
import { shortened } from '../../figure/label.js';
import type { FigureOptions } from '../../figure/theme.js';
import { nodeMap } from '../nodes/node-map.js';
import { keptKernels } from './kept-kernels.js';

/** The figure of modules by their kind. */
const BY_KIND: Readonly<Record<string, (modules: never, options: FigureOptions) => Figure>> = {
  kernels: keptKernels,
  nodes: nodeMap,
};

/**
 * What each module keeps of its network, layer by layer: `keptKernels` of modules of kernels, `nodeMap` of modules of nodes.
 * @param modules class name → module of one network, all of one kind
 * @throws OptionError when there is no module, they are of several kinds or of one that has no figure
 */
export function keptOfModules(modules: Readonly<Record<string, Module>>, options: FigureOptions = {}): Figure {
  const kinds = [...new Set(Object.values(modules).map(({ kind }) => kind))];
  const [kind] = kinds;
  const figure = kind !== undefined && Object.hasOwn(BY_KIND, kind) ? BY_KIND[kind] : undefined;
  if (kinds.length === 1 && figure) return figure(modules as never, options);
  throw new OptionError(
    `plot.split: expected modules of one kind, ${Object.keys(BY_KIND).join(' or ')}; got ` +
      `${kinds.map((name) => `'${shortened(name)}'`).join(' and ') || 'none'}.`,
  );
}
