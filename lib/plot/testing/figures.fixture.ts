import type { SplitterRow } from '../../compare/compare-splitters.js';
import type { FrontRow } from '../../compare/summarise-front.js';
import type { ModuleChoice } from '../../compose/reuse/reuse-best-modules.js';
import type { ImageSet } from '../../datasets/dataset.js';
import type { KernelClassMap } from '../../diagnose/kernel-class-map.js';
import type { OpeningReport } from '../../models/opening/opening-report.js';
import { ARMS } from '../../simplify/arms.js';
import type { LayerSensitivity } from '../../split/cnnsplitter/layer-sensitivity.js';
import { bitsetOf } from '../../surgery/graph/bitset.js';
import type { NodeModuleParts } from '../../surgery/nodes/node-module-parts.js';
import type { KernelSelection } from '../../surgery/trace/kernel-selection.js';
import type { FirstLook } from '../../training/first-look.js';
import type { Figure } from '../figure/figure.js';
import type { ThemeName } from '../figure/theme.js';
import { beforeAfter } from '../figures/classes/before-after.js';
import { classGain } from '../figures/classes/class-gain.js';
import { classMetrics } from '../figures/classes/class-metrics.js';
import { confusion } from '../figures/classes/confusion.js';
import { firstLook } from '../figures/data/first-look.js';
import { imageGrid } from '../figures/data/image-grid.js';
import { kernelClassMap } from '../figures/diagnosis/kernel-class-map.js';
import { probe } from '../figures/diagnosis/probe.js';
import { stress } from '../figures/diagnosis/stress.js';
import { treat } from '../figures/diagnosis/treat.js';
import { nodeMap } from '../figures/nodes/node-map.js';
import { nodeMask } from '../figures/nodes/node-mask.js';
import { reproducedRow } from '../figures/reproduction/reproduced-row.js';
import { chooseBestModules } from '../figures/reuse/choose-best-modules.js';
import { policyCurve } from '../figures/reuse/policy-curve.js';
import { compareArms } from '../figures/simplify/compare-arms.js';
import { simplify } from '../figures/simplify/simplify.js';
import { accuracyKernels } from '../figures/split/accuracy-kernels.js';
import { compareSplitters } from '../figures/split/compare-splitters.js';
import { keptKernels } from '../figures/split/kept-kernels.js';
import { layerSensitivity } from '../figures/split/layer-sensitivity.js';
import { maskCurve } from '../figures/split/mask-curve.js';
import { searchComparison } from '../figures/split/search-comparison.js';
import { searchCurve } from '../figures/split/search-curve.js';
import { splitFront } from '../figures/split/split-front.js';
import { trainingCurve } from '../figures/training/training-curve.js';
import { CIFAR10_NAMES, exampleReport } from './example-results.fixture.js';
import { exampleRow } from './reproduced-row.fixture.js';
import { exampleTreatment } from './treatment.fixture.js';

export const map = (names: readonly string[], kernels: number): KernelClassMap => ({
  layer: 'conv2d_3',
  classNames: names,
  kernels,
  quantity: 'mean activation after ReLU',
  values: names.map((_, c) => Float32Array.from({ length: kernels }, (_, k) => ((7 * c + 3 * k) % 11) / 10)),
});

export const epochs = Array.from({ length: 5 }, (_, i) => ({
  kind: 'epochRecord' as const,
  epoch: i + 1,
  learningRate: 0.1,
  loss: 2 / (i + 1),
  trainAccuracy: i / 5,
  validationAccuracy: i % 2 ? null : i / 6,
  seconds: 1,
}));

const sized = (accuracy: number, share: number) => ({
  ...{ accuracy, kappa: accuracy, macs: 1e6 * share, parameters: 1e4 * share },
});
export const simplified = {
  kind: 'simplifyResult' as const,
  before: sized(0.9, 1),
  after: sized(0.87, 0.4),
  stages: ['conv0', 'conv1', 'conv2'].map((layer, i) => ({
    ...{ layer, layers: [layer], units: 8, kept: [0, 2, 5, 7], scores: null, trained: [layer], retrainings: 1 },
    removed: sized(0.7 + i / 50, 1 - (i + 1) / 5),
    retrained: sized(0.89 - i / 100, 1 - (i + 1) / 5),
    seconds: 3,
  })),
};

export const armRows = ARMS.flatMap(({ id, label, role }, a) =>
  (id === 'none' || id === 'replay' ? [null] : [0.75, 0.5, 0.25]).flatMap((budget) =>
    [1, 2].map((seed) => {
      const macsKept = budget ?? (id === 'none' ? 1 : 0.4);
      const accuracy = 0.9 - 0.3 * (1 - macsKept) ** 2 - a / 100 + seed / 200;
      return {
        ...{ kind: 'armRow' as const, arm: id, label, role, budget, seed, accuracy, macsKept },
        ...{ kappa: (accuracy - 0.1) / 0.9, parametersKept: macsKept, epochs: 9, seconds: 60 + a },
      };
    }),
  ),
);

export const generations = Array.from({ length: 6 }, (_, i) => ({
  kind: 'generationRecord' as const,
  generation: i + 1,
  accuracy: 0.5 + i / 20,
  diff: 0.4 + i / 100,
  score: 0.49 + i / 25,
  evaluations: 30,
  dropped: 10,
  seconds: 2,
}));

export const maskEpochs = Array.from({ length: 9 }, (_, i) => ({
  kind: 'maskEpochRecord' as const,
  epoch: i + 1,
  learns: i % 4 < 2 ? ('heads' as const) : ('masks and heads' as const),
  learningRate: 0.01,
  loss: 2.2 - i / 20,
  validationAccuracy: 0.5 + i / 30,
  meanKernels: 64 - 4 * i,
  keptRatio: 1 - i / 16,
  seconds: 1,
}));

export const choice = (names: readonly string[]): ModuleChoice => ({
  kind: 'moduleChoice',
  classNames: names,
  by: 'f1',
  worth: [0, 1, 2].map((model) => names.map((_, c) => (model === 2 && c === 1 ? null : ((3 * model + 2 * c) % 7) / 7))),
  chosen: names.map((_, c) => c % 2),
  modules: [],
});

export const sensitivity = (names: readonly string[]): LayerSensitivity => ({
  kind: 'layerSensitivity',
  ratios: [0.2, 0.6, 1],
  layers: names.map((id, i) => ({
    id,
    layers: i === 1 ? [id, `${id}b`] : [id],
    kernels: 8 * (i + 1),
    accuracy: [0.9 - 0.07 * i, 0.9 - 0.02 * i, 0.9],
    meanLoss: 0.045 * i,
  })),
  fullAccuracy: 0.9,
  sensitive: names.slice(-2),
  images: 300,
});

const stressed = (names: readonly string[]) => ({
  kind: 'stressResult' as const,
  settings: { method: 'fgsm' as const, budget: 8 / 255, norm: 'linf' as const, units: 'input' as const },
  norm: 'linf' as const,
  units: 'input' as const,
  seed: 1,
  target: null,
  images: 200,
  budgets: [0, 2, 4, 8].map((level) => level / 255),
  curves: names.map((model, m) => ({
    model,
    accuracy: [0.9, 0.5, 0.3, 0.1].map((a) => a - m / 20),
    noiseAccuracy: m === 1 ? null : [0.9, 0.89, 0.88, 0.86],
  })),
});

const probed = (layer: string) => {
  const noise = [0, 0.5, 1, 2];
  const curve = (...mean: number[]) => ({ mean, deviation: mean.map(() => 0.01) });
  return {
    kind: 'probeResult' as const,
    ...{ layer, noise, relative: false, mapDeviation: 0.4321, draws: 3, seed: 1 },
    attack: stressed([]).settings,
    images: { normal: 180, adversarial: 120 },
    normalStaysRight: curve(1, 0.95, 0.6, 0.3),
    adversarialToTrueClass: curve(0, 0.5, 0.4, 0.2),
    adversarialToSameWrongClass: curve(1, 0.4, 0.3, 0.2),
  };
};
/** Modules that mask some positions of a convolution and of a sum, each class others. */
const decomposed = (names: readonly string[]) =>
  Object.fromEntries(names.map((name, classIndex) => [name, decomposedModule(names, classIndex)]));

const decomposedModule = (names: readonly string[], classIndex: number): NodeModuleParts => ({
  modelId: '',
  classIndex,
  classNames: names,
  convMasks: [{ layer: 'conv3', shape: [4, 4, 3], inactive: bitsetOf(48, [0, 3, 7 + (classIndex % 30), 47]) }],
  addMasks: [{ layer: 'add4', shape: [2, 2, 5], inactive: bitsetOf(20, [classIndex % 20]) }],
  denseMasks: [],
  outW: new Float32Array(0),
  outB: new Float32Array(2),
  provenance: {
    method: 'decompose',
    ...{ datasetId: '', nPos: 1, nNegPerClass: 1, positiveFilter: null, delta: 0.5 },
    ...{ variant: 'MC', addPolicy: 'postAdd', blnRule: 'prose', biRule: 'perSource' },
  },
});

const policies = (names: readonly string[]) =>
  [9, 45, 1000].flatMap((nPos, i) => names.map((name, n) => ({ name, nPos, accuracy: 0.6 + i / 10 - n / 50 })));

export const images = (names: readonly string[]): ImageSet => ({
  pixels: Uint8Array.from({ length: 30 * 4 * 4 * 3 }, (_, i) => (i * 37) % 256),
  labels: Int32Array.from({ length: 30 }, (_, i) => i % names.length),
  imageShape: [4, 4, 3] as const,
  classNames: names,
  normalisation: { mean: [0, 0, 0], std: [1, 1, 1] },
});

/** Modules that keep other kernels of each of five layers; the last keeps few. */
export const cutModules = (names: readonly string[]): Record<string, { kind: 'kernels'; selection: KernelSelection }> =>
  Object.fromEntries(
    names.map((name, c) => [
      name,
      {
        kind: 'kernels',
        selection: Object.fromEntries(
          [8, 8, 16, 16, 32].map((kernels, layer) => [
            `conv${layer}`,
            Uint8Array.from({ length: kernels }, (_, k) => Number((5 * k + 3 * c) % 11 < 11 - 2 * layer)),
          ]),
        ),
      },
    ]),
  );

/** Three seeds of several sizes; the last way loses far more than the axis holds. */
export const frontRows = (ways: readonly string[]): FrontRow[] =>
  ways.flatMap((way, w) =>
    [0.7, 0.55, 0.45, 0.35].flatMap((keep) =>
      [1, 2, 3].map((seed) => ({
        kind: 'frontRow' as const,
        ...{ way, keep, seed, images: 5000, strongAccuracy: 0.859, diff: 1 - keep, seconds: 12 + seed },
        composedAccuracy: 0.857 - (w === 3 ? 1.5 : 0.3) * (0.8 - keep) ** 2 * (1 + w / 2) - seed / 500,
        kernelsKept: keep + seed / 1000,
        macsKept: keep + 0.15 - w / 50,
      })),
    ),
  );

/** Figures that show names from files. */
export function figuresOf(names: readonly string[], theme: ThemeName): Record<string, Figure> {
  const before = exampleReport(names, 0.7, 1, 3);
  const after = exampleReport(names, 0.8, 2);
  const [first = '', second = ''] = names;
  return {
    'before-after': beforeAfter(before, after, { theme, targetClass: names[3] }),
    'class-gain': classGain(before, after, { theme, targetClass: names[3] }),
    'class-metrics': classMetrics(before, { theme }),
    confusion: confusion(before, { theme }),
    'kernel-class-map': kernelClassMap(map(names, 6), { theme }),
    'choose-best-modules': chooseBestModules(choice(names), { theme, modelNames: [first, second, 'seed 3'] }),
    'node-map': nodeMap(decomposed(names), { theme }),
    'node-mask': nodeMask(decomposedModule(names, 4), { theme }),
    'kept-kernels': keptKernels(cutModules(names), { theme }),
    'split-front': splitFront(frontRows(names.slice(0, 4)), { theme }),
    'policy-curve': policyCurve(policies(names.slice(0, 3)), 0.85, { theme }),
    'accuracy-kernels': accuracyKernels([{ name: first, history: maskEpochs, epoch: 8 }], { theme }),
    stress: stress(stressed(names.slice(0, 5)), { theme }),
    probe: probe(probed(first), { theme }),
    treat: treat(exampleTreatment(names), { theme }),
    'first-look': firstLook(looked(names), { theme }),
    'image-grid': imageGrid(images(names), { theme, perClass: 2, predictions: new Int32Array(30).fill(1) }),
  };
}

/** Four pictures of a model that was opened, the last of them wrong. */
const looked = (names: readonly string[]): FirstLook => ({
  kind: 'firstLook',
  report: {
    path: 'models/keras_model.h5',
    imageShape: [224, 224, 3],
    normalisation: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    normalisationFrom: 'from −1 to 1, as Teachable Machine trains, whose class names lie beside the model',
  } as unknown as OpeningReport,
  images: images(names),
  guesses: [0, 1, 2, 4].map((c, i) => ({ className: names[c % names.length]!, probability: 0.99 - i / 5 })),
});

const splitterRows: SplitterRow[] = (['decompose', 'cnnsplitter', 'gradsplitter'] as const).map((method, i) => ({
  kind: 'splitterRow',
  ...{ method, strongAccuracy: 0.91, composedAccuracy: 0.91 - i / 30, kept: 0.96 - i / 4, parameters: 2e5 - i * 5e4 },
  keptOf: method === 'decompose' ? ('nodes' as const) : ('kernels' as const),
  ...{ strongParameters: 2.7e5, macs: 4e7 - 1e7 * i, composedMacs: 4e7 * (i ? 8 : 1.6), strongMacs: 4.06e7 },
  cost: {
    ...{ wallSeconds: 4 * 10 ** i, cpuSeconds: 7 * 10 ** i, macs: 1e12, forwardPasses: null, joules: null },
    ...{ energySource: null, energyKwh: null, co2ePounds: null, assumedPower: null },
  },
  patches: CIFAR10_NAMES.map((targetClass, c) => ({
    ...{ targetClass, weakF1: 0.2, patchedF1: i === 2 && c > 4 ? null : 0.4 + c / 50 },
    ...{ weakOthers: 0.3, patchedOthers: 0.3 - i / 50, notPatched: null },
  })),
}));

const FRONT_WAYS = ['all layers together', 'searched from there', 'layer by layer', 'by lot, the same sizes', 'fifth'];

/** Figures of runs and of several models: no class stands in them. */
export const runFigures = (theme: ThemeName): Record<string, Figure> => ({
  'training-curve': trainingCurve(epochs, { theme }),
  'search-curve': searchCurve(generations, { theme }),
  'mask-curve': maskCurve(maskEpochs, { theme, epoch: 7 }),
  'search-comparison': searchComparison({ published: generations, shorter: generations.slice(0, 4) }, { theme }),
  simplify: simplify(simplified, { theme }),
  'compare-arms': compareArms(armRows, { theme }),
  'layer-sensitivity': layerSensitivity(sensitivity(['conv0', 'conv1', 'conv2', 'conv3', 'conv4']), { theme }),
  'compare-splitters': compareSplitters(splitterRows, { theme }),
  'reproduced-row': reproducedRow(exampleRow, { theme }),
  'split-front-accuracy': splitFront(frontRows(FRONT_WAYS), { theme, measure: 'accuracy', panels: 'stacked' }),
});
