import type { ExportedWeight } from '../exported-layer.js';

/** A layer in Keras 3's terms. */
export interface KerasLayer {
  readonly name: string;
  readonly className: string;
  /** Under Keras' names; `name` is added. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: readonly string[];
  /** Without the batch axis. */
  readonly shape: readonly (number | null)[];
  /** In Keras' order. */
  readonly weights: readonly (readonly [name: string, weight: ExportedWeight])[];
}
