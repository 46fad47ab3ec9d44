import type { ImageSet } from '../datasets/dataset.js';
import { ModelError } from '../errors.js';
import { cohensKappa } from '../metrics/summaries.js';
import { selectionFromUnits } from '../surgery/trace/trace.js';
import type * as tf from '../tf.js';
import { evaluate } from '../training/evaluate.js';
import { bestUnits, ranked, requireScores } from './best-units.js';
import { unitsAt } from './budget.js';
import type { KernelChoice, LayerContext, RelevanceCriterion } from './criterion.js';
import type { StopRule } from './options.js';

/** Which units of a layer stay, and the relevances that decided it, where there were any. */
export interface UnitChoice {
  readonly kept: Uint8Array;
  readonly scores: readonly number[] | null;
}

/** Whether a criterion decides by itself. */
export function decidesItself(criterion: RelevanceCriterion | KernelChoice): criterion is KernelChoice {
  return 'keep' in criterion;
}

/**
 * Applies criterion and rule to one layer; no weight changes in here (spec progressive §3.2).
 * @param stop the rule; a budget has become a ratio
 * @param validation images that the rule 'tolerance' watches
 */
export async function chooseUnits(
  criterion: RelevanceCriterion | KernelChoice,
  stop: Exclude<StopRule, { kind: 'budget' }>,
  context: LayerContext,
  validation: ImageSet,
): Promise<UnitChoice> {
  const { group } = context;
  const units = group.units.length;
  if (decidesItself(criterion)) {
    const kept = await criterion.keep(context);
    if (kept.length !== units || !kept.includes(1) || kept.some((bit) => bit > 1)) {
      throw new ModelError(
        `Criterion '${criterion.id}', layer '${group.id}': expected ${units} values of 0 or 1, one of them 1, got ` +
          `${kept.length} with ${kept.filter((bit) => bit === 1).length} ones.`,
      );
    }
    return { kept, scores: null };
  }
  const scores = Array.from(await criterion.score(context));
  requireScores(criterion.id, group.id, scores, units);
  switch (stop.kind) {
    case 'ratio':
      return { kept: bestUnits(scores, unitsAt(stop.keep, units, stop.multipleOf)), scores };
    case 'threshold': {
      const above = scores.filter((score) => score >= stop.atLeast).length;
      return { kept: bestUnits(scores, Math.max(1, above)), scores };
    }
    case 'tolerance':
      return { kept: await removeWhileGood(scores, stop, context, validation), scores };
  }
}

async function removeWhileGood(
  scores: readonly number[],
  { metric, tau, step = 1 / 16 }: Extract<StopRule, { kind: 'tolerance' }>,
  { group, extractor, check }: LayerContext,
  validation: ImageSet,
): Promise<Uint8Array> {
  const units = group.units.length;
  const worth = async (kept: Uint8Array) => {
    check();
    const compiled = extractor.compile(selectionFromUnits(extractor.trace, { [group.id]: kept }));
    try {
      const report = await evaluate(
        { classNames: validation.classNames, predict: (x: tf.Tensor4D) => compiled.predict(x) },
        validation,
      );
      return metric === 'accuracy' ? report.accuracy : cohensKappa(report);
    } finally {
      compiled.dispose();
    }
  };
  const leastFirst = ranked(scores).reverse();
  let kept: Uint8Array = new Uint8Array(units).fill(1);
  const atLeast = (await worth(kept)) - tau;
  const perStep = Math.max(1, Math.round(step * units));
  for (let removed = perStep; removed < units; removed += perStep) {
    const tried = kept.slice();
    for (const unit of leastFirst.slice(removed - perStep, removed)) tried[unit] = 0;
    if ((await worth(tried)) < atLeast) break;
    kept = tried;
  }
  return kept;
}
