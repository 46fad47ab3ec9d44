import { DataError, OptionError } from '../../errors.js';
import type { ChannelGroup } from '../../surgery/trace/trace.js';

export const DECISION_FORMAT = 'modulab kernel decision 1';

/**
 * Which kernels of a layer a person kept, and what the person saw (spec progressive §4.2). Plain data; the content of a
 * decision file.
 */
export interface KernelDecision {
  readonly format: typeof DECISION_FORMAT;
  /** The layer, by the first of those that are tied together. */
  readonly layer: string;
  readonly layers: readonly string[];
  /** Units of the layer: its kernels, or as many sets of tied ones. */
  readonly units: number;
  /** Ascending; together all units. */
  readonly kept: readonly number[];
  readonly dropped: readonly number[];
  /** Who decided, as given; may be empty. */
  readonly user: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** In the person's own words; may be empty. */
  readonly reason: string;
  /** Images the maps were shown of: position in the set with the digest `imagesDigest`. */
  readonly seenImages: readonly { readonly position: number; readonly className: string }[];
  readonly imagesDigest: string;
  /** SHA-256 of the layers and weights of the model before anything was removed. */
  readonly modelDigest: string;
}

/**
 * A decision read from somewhere, checked field by field.
 * @param where for the message, e.g. the file
 * @throws DataError naming the field that is not as it must be
 */
export function checkedDecision(value: unknown, where: string): KernelDecision {
  const fail = (what: string): never => {
    throw new DataError(`${where}: expected a kernel decision ('${DECISION_FORMAT}'), but ${what}.`);
  };
  if (typeof value !== 'object' || value === null) return fail('it is no JSON object');
  const decision = value as Record<string, unknown>;
  if (decision.format !== DECISION_FORMAT) fail(`its format is ${JSON.stringify(decision.format)?.slice(0, 60)}`);
  for (const field of ['layer', 'user', 'time', 'reason', 'imagesDigest', 'modelDigest']) {
    if (typeof decision[field] !== 'string') fail(`'${field}' is no text`);
  }
  const { units, layers, seenImages, layer } = decision;
  if (!Number.isInteger(units) || (units as number) < 1) fail(`'units' is no whole number from 1 on`);
  const isLayers = Array.isArray(layers) && layers.every((name) => typeof name === 'string') && layers[0] === layer;
  if (!isLayers) fail(`'layers' is no list of names that begins with 'layer'`);
  const seen = (image: { position?: unknown; className?: unknown } | null) =>
    Number.isInteger(image?.position) && typeof image?.className === 'string';
  if (!Array.isArray(seenImages) || !seenImages.every(seen)) fail(`'seenImages' is no list of positions and classes`);
  const [kept, dropped] = [decision.kept, decision.dropped].map((list, i) => {
    const ascends = (unit: unknown, at: number, all: unknown[]) =>
      Number.isInteger(unit) && (at === 0 || (unit as number) > (all[at - 1] as number));
    return Array.isArray(list) && list.every(ascends)
      ? (list as number[])
      : fail(`'${['kept', 'dropped'][i]}' is no ascending list`);
  });
  if (kept.length === 0) fail(`'kept' is empty`);
  const all = [...kept, ...dropped].sort((a, b) => a - b);
  if (all.length !== units || all.some((unit, at) => unit !== at)) {
    fail(`'kept' and 'dropped' together are not each of the ${String(units)} kernels once`);
  }
  return value as KernelDecision;
}

/**
 * Refuses a decision that was made about something else.
 * @param digest of the model before anything was removed; null where other weights are welcome
 * @throws OptionError saying what differs
 */
export function requireFittingDecision(
  decision: KernelDecision,
  group: Pick<ChannelGroup, 'id' | 'layers'> & { readonly units: { readonly length: number } },
  digest: string | null,
): void {
  const about = `The decision on layer '${decision.layer}'`;
  if (decision.layers.join() !== group.layers.join()) {
    throw new OptionError(
      `${about} is of the layers ${decision.layers.join(', ')}; here ${group.layers.join(', ')} hang together. Decide anew.`,
    );
  }
  if (decision.units !== group.units.length) {
    throw new OptionError(
      `${about} is of ${decision.units} kernels; the layer has ${group.units.length}. It was made on a wider, narrower or ` +
        `already simplified model: replay it on that one, or decide anew.`,
    );
  }
  if (digest !== null && decision.modelDigest !== digest) {
    throw new OptionError(
      `${about} was made on a model with other weights (${decision.modelDigest.slice(0, 12)}…, this one is ` +
        `${digest.slice(0, 12)}…), whose kernels may show something else. Load that model, decide anew, or say ` +
        `otherWeights: true.`,
    );
  }
}
