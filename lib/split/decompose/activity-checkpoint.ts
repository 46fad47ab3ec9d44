import { type Checkpoint, checkpointFile } from '../../run/checkpoint/checkpoint-file.js';
import type { CheckpointArray } from '../../run/checkpoint/checkpoint-layout.js';
import type { ActiveNodes } from '../../surgery/nodes/node-activity.js';
import type { ObservedClass } from './class-activity.js';

/** An observation between two classes. */
export interface ObservedState {
  /** Layer and nodes, in the order of the bits. */
  readonly layers: readonly (readonly [string, number])[];
  /** Positives of each class that was observed. */
  readonly nPos: readonly number[];
}

export const ACTIVITY_CHECKPOINT = checkpointFile<ObservedState>('decomposition', 2);

/** Writes the classes observed so far: the bits of the positives and of the negatives of each, layer by layer. */
export async function writeObserved(
  checkpoint: Checkpoint<ObservedState>,
  classes: readonly ObservedClass[],
): Promise<void> {
  const layers = Object.entries(classes[0].positives).map(([layer, { length }]) => [layer, length] as const);
  const bits = (active: ActiveNodes): CheckpointArray[] =>
    layers.map(([layer]) => ({ shape: [active[layer].bytes.length], values: active[layer].bytes }));
  await checkpoint.write({ layers, nPos: classes.map(({ nPos }) => nPos) }, () => ({
    positives: classes.flatMap(({ positives }) => bits(positives)),
    negatives: classes.flatMap(({ negatives }) => bits(negatives)),
  }));
}

/** The classes that an earlier call has observed. */
export function savedClasses({ saved }: Checkpoint<ObservedState>): ObservedClass[] {
  if (!saved) return [];
  const { layers, nPos } = saved.state;
  const activeOf = (side: 'positives' | 'negatives', c: number): ActiveNodes =>
    Object.fromEntries(
      layers.map(([layer, length], l) => {
        const { values } = saved.arrays[side][c * layers.length + l];
        return [layer, { length, bytes: values as Uint8Array }];
      }),
    );
  return nPos.map((count, c) => ({
    nPos: count,
    positives: activeOf('positives', c),
    negatives: activeOf('negatives', c),
  }));
}
