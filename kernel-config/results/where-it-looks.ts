import type { ImageSet } from '../../lib/datasets/dataset.js';
import type { Diagnosis } from '../../lib/diagnose/diagnose.js';
import { type HeatMapPair, heatMaps } from '../../lib/diagnose/heat-map.js';
import { asLogits } from '../../lib/models/as-logits.js';
import { heatMapPairs } from '../../lib/plot/figures/diagnosis/heat-map-pairs.js';
import { traceModel } from '../../lib/surgery/trace/trace.js';
import type * as tf from '../../lib/tf.js';
import { figureSection, type ReportSection } from './report-page.js';

/** Places of a map, down and across, below which it says nothing of where something is. */
const LEAST_PLACES = 4;
/** Classes up to which their pictures fit on a page. */
const MOST_CLASSES = 20;

/**
 * Of every class two pictures with what of them matters for the answer. The maps are the diagnosis's own, of the last convolution, or
 * where that has too few places for a picture, of the last one before it that has enough.
 * @returns null where there are no maps
 */
export async function whereItLooks(
  model: tf.LayersModel,
  set: ImageSet,
  { heatMaps: found }: Pick<Diagnosis, 'heatMaps'>,
  signal: AbortSignal,
): Promise<ReportSection | null> {
  if (found.length === 0 || found.length > MOST_CLASSES || ![1, 3].includes(set.imageShape[2])) return null;
  const pairs = (await withEnoughPlaces(model, set, found, signal)) ?? [];
  if (pairs.every(({ high, low }) => high === null && low === null)) return null;
  return figureSection('Where it looks', heatMapPairs(pairs, set), [
    'Of each class the picture that it recognised best, and one that it got wrong or only just right, each a second time with colour ' +
      'over it. Where that is yellow and red, the picture matters most for the answer. If it is the background and not the thing ' +
      'itself, the model has learned the background.',
  ]);
}

async function withEnoughPlaces(
  model: tf.LayersModel,
  set: ImageSet,
  found: readonly HeatMapPair[],
  signal: AbortSignal,
): Promise<readonly HeatMapPair[] | null> {
  const [one] = found.flatMap(({ high, low }) => [high, low]).filter((map) => map !== null);
  if (!one) return null;
  if (Math.min(one.height, one.width) >= LEAST_PLACES) return found;
  const logits = await asLogits(model);
  try {
    const layer = traceModel(logits)
      .convLayers.map(({ name }) => name)
      .filter((name) => {
        const [, height = 0, width = 0] = logits.getLayer(name).outputShape as (number | null)[];
        return Math.min(height ?? 0, width ?? 0) >= LEAST_PLACES;
      })
      .at(-1);
    if (layer === undefined) return null;
    const images = found.flatMap(({ high, low }) => [high, low]).flatMap((map) => (map ? [map.image] : []));
    const maps = await heatMaps(logits, set, images, { layer, signal });
    const of = (map: HeatMapPair['high']) => (map && maps.find(({ image }) => image === map.image)) ?? null;
    return found.map(({ className, high, low }) => ({ className, high: of(high), low: of(low) }));
  } finally {
    logits.dispose();
  }
}
