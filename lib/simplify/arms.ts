import type { CriterionId } from './criteria/index.js';
import type { KernelChoice, RelevanceCriterion } from './criterion.js';
import type { RetrainSettings, SimplifyOptions } from './options.js';

/** One way to make a model smaller, to be compared with others at the same size (spec progressive §5). */
export interface Arm {
  readonly id: ArmId;
  /** For tables and figures. */
  readonly label: string;
  /** 'method' arms differ in retraining, 'baseline' ones are popular methods, 'ablation' ones change the progressive arm. */
  readonly role: 'control' | 'method' | 'baseline' | 'ablation';
  /** Criterion of its own, instead of the comparison's. */
  readonly criterion?: CriterionId;
  readonly order?: SimplifyOptions['order'];
  readonly retrain?: Pick<RetrainSettings, 'when' | 'range'>;
}

/** Name of a way to make a model smaller. */
export type ArmId =
  | 'none'
  | 'afterRemoval'
  | 'final'
  | 'progressive'
  | 'random'
  | 'replay'
  | 'weightL1'
  | 'taylor'
  | 'nextOnly'
  | 'wholeRange'
  | 'backward';

const PROGRESSIVE = { when: 'afterLayer', range: 'progressive' } as const;

/**
 * Arms i–vi of spec progressive §5, two popular baselines (L1 filter pruning with one retraining at the end, Taylor
 * pruning with retraining after every removal; which methods the paper compared with is not known), and ablations of the
 * trained range and of the order.
 */
export const ARMS: readonly Arm[] = [
  { id: 'none', label: 'nothing removed', role: 'control' },
  {
    id: 'afterRemoval',
    label: 'all layers after every removal',
    role: 'method',
    retrain: { when: 'afterRemoval', range: 'all' },
  },
  { id: 'final', label: 'one retraining at the end', role: 'method', retrain: { when: 'atEnd', range: 'all' } },
  { id: 'progressive', label: 'progressive retraining', role: 'method', retrain: PROGRESSIVE },
  { id: 'random', label: 'kernels by lot, progressive', role: 'control', criterion: 'random', retrain: PROGRESSIVE },
  { id: 'replay', label: 'decided by a person, progressive', role: 'method', retrain: PROGRESSIVE },
  {
    id: 'weightL1',
    label: 'L1 pruning, one retraining',
    role: 'baseline',
    criterion: 'weightL1',
    retrain: { when: 'atEnd', range: 'all' },
  },
  {
    id: 'taylor',
    label: 'Taylor, all after every removal',
    role: 'baseline',
    criterion: 'gradTimesAct',
    retrain: { when: 'afterRemoval', range: 'all' },
  },
  {
    id: 'nextOnly',
    label: 'only the next layer retrained',
    role: 'ablation',
    retrain: { when: 'afterLayer', range: 'next' },
  },
  {
    id: 'wholeRange',
    label: 'all layers after every layer',
    role: 'ablation',
    retrain: { when: 'afterLayer', range: 'all' },
  },
  { id: 'backward', label: 'last layer first', role: 'ablation', order: 'backward', retrain: PROGRESSIVE },
];

/** What `simplify` is told for an arm. @param layers number of layers that will be simplified */
export function armOptions(
  arm: Arm,
  criterion: CriterionId | RelevanceCriterion,
  decisions: KernelChoice | undefined,
  epochsPerLayer: number,
  layers: number,
): Pick<SimplifyOptions, 'criterion' | 'order' | 'retrain'> {
  return {
    criterion: arm.id === 'replay' ? decisions : (arm.criterion ?? criterion),
    ...(arm.order && { order: arm.order }),
    retrain: {
      ...arm.retrain,
      // One retraining at the end is as long as those after each layer together.
      epochs: arm.retrain?.when === 'atEnd' ? epochsPerLayer * layers : epochsPerLayer,
    },
  };
}
