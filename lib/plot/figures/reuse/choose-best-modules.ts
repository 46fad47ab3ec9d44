import type { ModuleChoice } from '../../../compose/reuse/reuse-best-modules.js';
import { OptionError } from '../../../errors.js';
import type { Figure } from '../../figure/figure.js';
import { shortened } from '../../figure/label.js';
import { rounded } from '../../figure/number-format.js';
import { colourScale, type FigureOptions, themeOf } from '../../figure/theme.js';
import { classAxis } from '../../parts/class-axis.js';
import { colourBar } from '../../parts/colour-bar.js';
import { figureFrame, sizeAround } from '../../parts/figure-frame.js';

/** Up to this many classes every cell carries its F1. */
const MOST_WRITTEN = 20;

/** What the figure {@link chooseBestModules} can be told. */
export interface ChooseBestModulesFigureOptions extends FigureOptions {
  /** One name per model. Default: model 0, model 1, … */
  modelNames?: readonly string[];
}

/**
 * F1, or area under the ROC curve, of every model's module for every class, as a heat-map: row = model, column = class; the module taken for a class
 * carries a star.
 * @throws OptionError when there is not one name per model
 */
export function chooseBestModules(choice: ModuleChoice, options: ChooseBestModulesFigureOptions = {}): Figure {
  const theme = themeOf(options);
  const { classNames, worth, by, chosen } = choice;
  const measure = by === 'f1' ? 'F1' : 'area under the curve';
  const modelNames = options.modelNames ?? worth.map((_, i) => `model ${i}`);
  if (modelNames.length !== worth.length) {
    throw new OptionError(`modelNames: expected ${worth.length}, one per model, got ${modelNames.length}.`);
  }
  const title = options.title ?? `${by === 'f1' ? 'F1' : 'Area under the ROC curve'} of each module`;
  const written = classNames.length <= MOST_WRITTEN;
  const slot = written ? 58 : 13;
  const rowHeight = 30;
  const rows = classAxis(modelNames, theme, { side: 'y', slot: rowHeight, title: 'model' });
  const columns = classAxis(classNames, theme, { side: 'x', slot, title: 'class' });
  const used = new Set(chosen).size;
  const taken = classNames
    .slice(0, 10)
    .map((name, c) => `${shortened(name, 20)} ${shortened(modelNames[chosen[c]!]!, 20)}`); // a model per class
  const margin = { l: rows.margin, r: 100, t: 66, b: columns.margin };
  return figureFrame(theme, {
    title,
    subtitle: `★ taken for the class; ${used} of ${worth.length} models give modules`,
    size: sizeAround({ width: slot * classNames.length, height: rowHeight * worth.length }, margin, { height: 240 }),
    inWords: `Taken: ${taken.join(', ')}${classNames.length > 10 ? ', …' : ''}.`,
    data: [
      {
        type: 'heatmap',
        z: worth.map((row) => row.map((value) => (value === null ? null : rounded(value)))),
        x: classNames.map((_, i) => i),
        y: worth.map((_, i) => i),
        zmin: 0,
        zmax: 1,
        colorscale: colourScale(theme),
        colorbar: colourBar(by === 'f1' ? 'F1' : 'AUC', { nticks: 3 }),
        text: worth.map((row, model) =>
          row.map((value, c) => {
            const star = chosen[c] === model ? '★' : '';
            return written ? `${value === null ? 'n/a' : value.toFixed(2)}${star && ` ${star}`}` : star;
          }),
        ),
        texttemplate: '%{text}',
        textfont: { size: 11 },
        hovertemplate: `%{y}<br><b>%{x}</b>: ${measure} ${written ? '' : '%{z:.2f} '}%{text}<extra></extra>`,
      },
    ],
    layout: {
      xaxis: columns.axis,
      yaxis: rows.axis,
    },
  });
}
