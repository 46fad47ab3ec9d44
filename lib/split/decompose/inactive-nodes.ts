import { type Bitset, complementBits, intersectBits, subtractBits, uniteBits } from '../../surgery/graph/bitset.js';
import type { ActiveNodes } from '../../surgery/nodes/node-activity.js';
import type { ClassActivity } from './class-activity.js';

/** The nodes of one module that are inactive. */
export interface InactiveNodes {
  /** After concern identification: not active on any positive. */
  readonly ci: Readonly<Record<string, Bitset>>;
  /** After tangling identification: on no negative either. A subset of `ci`. */
  readonly ti: Readonly<Record<string, Bitset>>;
}

/** CI and TI of every class (spec decompose §2.3), in the order of the class names. */
export function inactiveNodes({ classes }: ClassActivity): InactiveNodes[] {
  const layers = Object.keys(classes[0].positives);
  const negatives = new Map(
    layers.map((layer) => [
      layer,
      othersActive(
        classes.map((c) => c.negatives),
        layer,
      ),
    ]),
  );
  return classes.map(({ positives }, c) => {
    const ci: Record<string, Bitset> = {};
    const ti: Record<string, Bitset> = {};
    for (const layer of layers) {
      ci[layer] = complementBits(positives[layer]);
      ti[layer] = subtractBits(ci[layer], negatives.get(layer)![c]);
    }
    return { ci, ti };
  });
}

/** For every class, what is active on a negative of another: with a class of its own left out, anything or what two have. */
function othersActive(negatives: readonly ActiveNodes[], layer: string): Bitset[] {
  let any = negatives[0][layer];
  let twice = intersectBits(any, complementBits(any));
  for (const active of negatives.slice(1)) {
    twice = uniteBits(twice, intersectBits(any, active[layer]));
    any = uniteBits(any, active[layer]);
  }
  return negatives.map((own) => uniteBits(twice, subtractBits(any, own[layer])));
}
