import * as tf from '../../tf.js';
import { ModelError } from '../../errors.js';
import { makeStep, requireImages } from './compile-program.js';
import { evaluationSource, type FusedOp } from './fused-program.js';
import type { LayerNode } from '../graph/layer-graph.js';
import type { KeptChannels } from '../trace/layer-weights.js';

/** Many cut-outs of one model in one forward pass. Holds weight tensors: dispose it. */
export interface CompiledForest {
  /** How many of the given selections it holds, from the first on. */
  readonly selections: number;
  /** Layer steps of one pass, and what they would be if nothing were shared. */
  readonly steps: { readonly computed: number; readonly unshared: number };
  /**
   * @param x [batch, height, width, channels]
   * @returns per selection [batch, classes]; the caller disposes them
   */
  predict(x: tf.Tensor4D): tf.Tensor2D[];
  dispose(): void;
}

/** By layer: the channels a selection keeps, and those that its maps have, the kept ones among them. */
export interface ForestSelection {
  readonly kept: ReadonlyMap<string, KeptChannels>;
  readonly present: ReadonlyMap<string, KeptChannels>;
}

/** A step as some of the selections take it. What leads to it is the same for all of them. */
interface Node {
  readonly run: (inputs: tf.Tensor[]) => tf.Tensor;
  /** By the kept channels that come out of the next step. */
  readonly next: Map<string, Node>;
  /** Selections that end here. */
  readonly ends: number[];
}

/**
 * Puts selections into a prefix tree over the steps of a fused program: two selections part at the first step whose
 * kept or present channels differ. A pass walks the tree depth first and holds one path's maps at a time.
 */
export function compileForest(
  program: readonly FusedOp[],
  graph: readonly LayerNode[],
  selections: Iterable<ForestSelection>,
  maxWeightBytes: number,
): CompiledForest {
  const byName = new Map(graph.map((node) => [node.name, node]));
  const image = graph.find((node) => node.inputs.length === 0)!;
  // Value 0 is the image, value i + 1 what step i puts out.
  const slots = new Map([[image.name, 0]]);
  program.forEach((op, i) => slots.set(op.output, i + 1));
  const inputsOf = program.map((op) => op.inputs.map((input) => slots.get(input)!));
  const outputSlot = slots.get(evaluationSource(byName, graph[graph.length - 1].name))!;
  const lastUse = new Map<number, number>();
  inputsOf.forEach((inputs, i) => inputs.forEach((slot) => lastUse.set(slot, i)));
  lastUse.delete(0);
  lastUse.delete(outputSlot);
  const freedAt = program.map((_, i) => [...lastUse].filter(([, at]) => at === i).map(([slot]) => slot));

  const held: tf.Tensor[] = [];
  const roots = new Map<string, Node>();
  let bytes = 0;
  let count = 0;
  let computed = 0;
  for (const { kept, present } of selections) {
    if (count > 0 && bytes >= maxWeightBytes) break;
    let level = roots;
    let node: Node | undefined;
    for (const op of program) {
      // Both: of a group that spans several layers this one may not show all units, which decide what is present.
      const key = [kept, present].map((channels) => keyOf(channels.get(op.output)!)).join('|');
      node = level.get(key);
      if (!node) {
        const before = held.length;
        level.set(key, (node = { run: makeStep(op, byName, kept, held, false, present), next: new Map(), ends: [] }));
        for (const weight of held.slice(before)) bytes += 4 * weight.size;
        computed++;
      }
      level = node.next;
    }
    node?.ends.push(count++);
  }

  let disposed = false;
  return {
    selections: count,
    steps: { computed, unshared: count * program.length },
    predict(x) {
      if (disposed) throw new ModelError('This compiled model has been disposed.');
      requireImages(x, image);
      return tf.tidy(() => {
        const results: tf.Tensor2D[] = [];
        const values: tf.Tensor[] = [x];
        /** @param shared highest value that nodes still to be visited may read */
        const visit = (level: ReadonlyMap<string, Node>, step: number, shared: number): void => {
          if (level.size > 1) shared = step;
          for (const { run, next, ends } of level.values()) {
            const slot = step + 1;
            values[slot] = run(inputsOf[step].map((input) => values[input]));
            for (const unused of freedAt[step]) if (unused > shared) values[unused].dispose();
            for (const end of ends) results[end] = values[outputSlot].clone() as tf.Tensor2D;
            if (next.size > 0) visit(next, step + 1, shared);
            if (!values[slot].isDisposed) values[slot].dispose();
          }
        };
        visit(roots, 0, 0);
        return results;
      });
    },
    dispose() {
      disposed = true;
      tf.dispose(held);
    },
  };
}

const keyOf = (channels: KeptChannels): string => channels?.join() ?? 'all';
