import { OptionError } from '../../../errors.js';
import type { KernelModule } from '../../../surgery/modules/kernel-module.js';
import { keptCounts, keptRatio } from '../../../surgery/trace/kernel-selection.js';
import type { Figure } from '../../figure/figure.js';
import { shortened } from '../../figure/label.js';
import { percent, rounded } from '../../figure/number-format.js';
import type { Trace } from '../../figure/plotly-json.js';
import { colourScale, type FigureOptions, type Theme, themeOf } from '../../figure/theme.js';
import { classAxis } from '../../parts/class-axis.js';
import { colourBar } from '../../parts/colour-bar.js';
import { figureFrame, sizeAround } from '../../parts/figure-frame.js';

/** Up to this many classes every cell carries its share. */
const MOST_WRITTEN = 20;
/** Cells of a larger share are so deep in colour that the paper's stands out better than the text's, in either theme. */
const DEEP = 0.6;
/** Room for the colour bar with its title. */
const RIGHT = 96;

/**
 * Share of each layer's kernels that each module keeps, as a heat-map: row = layer from the image on, with its number of kernels, column
 * = class.
 * @param modules class name → module of one network, e.g. a split's `modules`
 * @throws OptionError when there is no module, or not all have the same layers of the same width
 * @example
 * plot.keptKernels(modules).show();
 */
export function keptKernels(
  modules: Readonly<Record<string, Pick<KernelModule, 'selection'>>>,
  options: FigureOptions = {},
): Figure {
  const theme = themeOf(options);
  const names = Object.keys(modules);
  const selections = Object.values(modules).map(({ selection }) => selection);
  const layers = Object.entries(selections[0] ?? {}).map(([name, bits]) => ({ name, kernels: bits.length }));
  if (layers.length === 0)
    throw new OptionError('keptKernels: expected at least one module with convolutions, got none.');
  selections.forEach((selection, i) => {
    const other = layers.find(({ name, kernels }) => selection[name]?.length !== kernels);
    if (other === undefined && Object.keys(selection).length === layers.length) return;
    throw new OptionError(
      `keptKernels: the module of '${names[i]}' has other layers than that of '${names[0]}'` +
        `${other ? ` (see '${other.name}')` : ''}; take modules of one network.`,
    );
  });
  const counts = selections.map(keptCounts);
  const kept = layers.map(({ name, kernels }) => {
    const shares = counts.map((count) => count[name]! / kernels); // every module has the layer
    return { name, shares, mean: shares.reduce((sum, share) => sum + share, 0) / shares.length };
  });
  const most = kept.reduce((a, b) => (b.mean > a.mean ? b : a));
  const least = kept.reduce((a, b) => (b.mean < a.mean ? b : a));
  const shares = kept.map((layer) => layer.shares);
  const ratios = selections.map(keptRatio);
  const average = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;

  const title = options.title ?? 'Kernels that each module keeps';
  const written = names.length <= MOST_WRITTEN;
  const slot = written ? 32 : 12;
  const rowHeight = 22;
  const rows = classAxis(layers.map(({ name, kernels }) => `${name} (${kernels})`), theme, { side: 'y', slot: rowHeight, title: 'layer (its kernels)' }); // prettier-ignore
  const columns = classAxis(names, theme, { side: 'x', slot, title: 'class' });
  const margin = { l: rows.margin, r: RIGHT, t: 66, b: columns.margin };
  return figureFrame(theme, {
    title,
    subtitle: `${written ? '% of each layer; ' : ''}a module keeps ${percent(average)} of all kernels on average`,
    size: sizeAround({ width: slot * names.length, height: rowHeight * layers.length }, margin, {
      width: 440,
      height: 240,
    }),
    inWords:
      `On average ${percent(average)}; most in ${shortened(most.name, 30)} (${percent(most.mean)}), ` +
      `least in ${shortened(least.name, 30)} (${percent(least.mean)}).`,
    data: [
      {
        type: 'heatmap',
        z: shares.map((row) => row.map((share) => rounded(100 * share))),
        x: names.map((_, i) => i),
        y: layers.map((_, i) => i),
        zmin: 0,
        zmax: 100,
        colorscale: colourScale(theme),
        colorbar: colourBar('kept (%)', { nticks: 4 }),
        hovertemplate: '%{y}<br><b>%{x}</b>: %{z:.1f} % kept<extra></extra>',
      },
      ...(written ? [writtenShares(shares, theme)] : []),
    ],
    layout: {
      xaxis: columns.axis,
      yaxis: rows.axis,
    },
  });
}

/** The shares in percent upon their cells: Plotly's own texts of cells are dark grey on mid blue. */
function writtenShares(shares: readonly (readonly number[])[], theme: Theme): Trace {
  const cells = shares.flatMap((row, y) => row.map((share, x) => ({ x, y, share })));
  return {
    ...{ type: 'scatter', mode: 'text', hoverinfo: 'skip', x: cells.map(({ x }) => x), y: cells.map(({ y }) => y) },
    text: cells.map(({ share }) => (100 * share).toFixed(0)),
    textfont: { size: 11, color: cells.map(({ share }) => (share > DEEP ? theme.paper : theme.text)) },
  };
}
