import { countParameters } from '../../models/count-parameters.js';
import * as tf from '../../tf.js';
import { compileInference } from '../passes/inference.js';
import { countMacs } from '../trace/count-macs.js';
import type { KernelSelection } from '../trace/kernel-selection.js';
import { writeKernelModule } from './kernel-module-file.js';
import type { KernelModuleParts, KernelModuleProvenance } from './kernel-module-parts.js';
import type { Module, ModuleLayers, OpenModule, SaveModuleOptions, ScoreKind } from './module.js';

/**
 * A sub-network cut out of a strong model for one class. It keeps the strong model's dense layers and puts out all its
 * logits. The module's output is one score: the target class's logit (CNNSplitter), or, where the module has a head of its
 * own, what that makes of the logits (GradSplitter) (spec cnnsplitter §1).
 */
export class KernelModule implements Module, KernelModuleParts {
  readonly kind = 'kernels';
  readonly targetClass: string;
  readonly classIndex: number;
  readonly classNames: readonly string[];
  readonly selection: KernelSelection;
  readonly model: tf.LayersModel;
  readonly head: tf.LayersModel | undefined;
  readonly provenance: KernelModuleProvenance;

  /** The models become the module's: `dispose` frees them. */
  constructor({ targetClass, classIndex, classNames, selection, model, head, provenance }: KernelModuleParts) {
    this.targetClass = targetClass;
    this.classIndex = classIndex;
    this.classNames = classNames;
    this.selection = selection;
    this.model = model;
    this.head = head;
    this.provenance = provenance;
  }

  /** The same module with other parts. */
  with(change: Partial<KernelModuleParts>): KernelModule {
    return new KernelModule({ ...this, ...change });
  }

  get inputShape(): readonly (number | null)[] {
    return this.model.inputs[0].shape.slice(1);
  }

  /** Of a head 'probability', else 'logit'. */
  get scoreKind(): ScoreKind {
    return this.head ? 'probability' : 'logit';
  }

  get macs(): number {
    return countMacs(this.model).total + (this.head ? countMacs(this.head).total : 0);
  }

  get parameters(): number {
    return countParameters(this.model).parameters + (this.head ? countParameters(this.head).parameters : 0);
  }

  get keptRatio(): number {
    return this.provenance.keptRatio;
  }

  get layers(): ModuleLayers {
    return { model: this.model, ...(this.head && { head: this.head }) };
  }

  /** Compiles the forward pass to the one score. */
  open(): OpenModule {
    const compiled = compileInference(this.model);
    const { head, classIndex, scoreKind } = this;
    return {
      scoreKind,
      predict: (x) =>
        tf.tidy(() => {
          const logits = compiled.predict(x);
          return head ? (head.predict(logits) as tf.Tensor2D) : tf.slice(logits, [0, classIndex], [-1, 1]);
        }),
      dispose: () => compiled.dispose(),
    };
  }

  save(folder: string, options: SaveModuleOptions = {}): Promise<string> {
    return writeKernelModule(this, folder, options);
  }

  /** Disposes the model and the head. */
  dispose(): void {
    this.model.dispose();
    this.head?.dispose();
  }
}
