import { ModelError } from '../../errors.js';
import { addBit, type Bitset, emptyBitset, intersectBits, uniteBits } from '../../surgery/graph/bitset.js';
import { roleOf } from '../../surgery/layers/table.js';
import type { NodeNetwork, NodePoint } from '../../surgery/nodes/node-network.js';
import type { FusedOp } from '../../surgery/passes/fused-program.js';
import { deadInputs } from './dead-inputs.js';
import type { CutSettings } from './options.js';

/** Layer → nodes. */
export type NodeSets = Readonly<Record<string, Bitset>>;

/** A network's steps with what backtracking asks of them. */
interface Backwards {
  readonly producers: ReadonlyMap<string, FusedOp>;
  readonly readers: ReadonlyMap<string, readonly FusedOp[]>;
  readonly points: ReadonlyMap<string, NodePoint>;
  readonly shapeOf: (layer: string) => number[];
  readonly deadInputs: (op: FusedOp, dead: Bitset, input: number, rule?: CutSettings['biRule']) => Bitset;
}

function backwards({ program, graph, points }: NodeNetwork): Backwards {
  const shapes = new Map(graph.map(({ name, outputShape }) => [name, outputShape as number[]]));
  const readers = new Map<string, FusedOp[]>();
  for (const op of program) {
    for (const input of new Set(op.inputs)) readers.set(input, [...(readers.get(input) ?? []), op]);
  }
  const shapeOf = (layer: string) => shapes.get(layer)!;
  return {
    producers: new Map(program.map((op) => [op.output, op])),
    readers,
    points: new Map(points.map((point) => [point.layer, point])),
    shapeOf,
    deadInputs: (op, dead, input, rule) =>
      deadInputs(op, dead, input, { inputs: op.inputs.map(shapeOf), output: shapeOf(op.output) }, rule),
  };
}

/**
 * Features that only serve the other classes (spec decompose §2.6 step 1).
 * @param outW [features, 2] row by row: the class, the others
 */
export function unconcernedFeatures(outW: Float32Array, delta: number, rule: CutSettings['blnRule']): Bitset {
  const features = emptyBitset(outW.length / 2);
  for (let f = 0; f < features.length; f++) {
    const [own, others] = [outW[2 * f], outW[2 * f + 1]];
    const remove = rule === 'prose' ? others >= delta && own <= -delta : others <= -delta && own >= delta;
    if (remove) addBit(features, f);
  }
  return features;
}

/**
 * MC-BLN: the nodes of the last convolutions, or of the additions after them, that make the given features, and hidden dense
 * units that serve nothing else (spec decompose §2.6 step 2 and 3). Where a merged pair of branches makes a feature, the sum is
 * masked: the same as masking both, and right with identity shortcuts, too.
 * @throws ModelError when another layer reads one of the maps on the way
 */
export function backtrackFeatures(network: NodeNetwork, features: Bitset): NodeSets {
  const { producers, readers, points, ...back } = backwards(network);
  const removed: Record<string, Bitset> = {};
  const visit = (layer: string, dead: Bitset) => {
    const op = producers.get(layer);
    if (!op) return; // the image
    if (readers.get(layer)!.length > 1) {
      throw new ModelError(
        `Layer '${layer}': several layers read it, so features cannot be removed in it for the output layer alone (MC-BLN). Take ` +
          "the variant 'MC'.",
      );
    }
    const point = points.get(op.node.name);
    if (point) removed[point.layer] = dead;
    if (point && point.kind !== 'dense') return;
    op.inputs.forEach((input, i) => visit(input, back.deadInputs(op, dead, i)));
  };
  const output = network.program[network.program.length - 1];
  visit(output.inputs[0], features);
  return removed;
}

/**
 * MC-BI: the nodes that only nodes which are off already read, from the last layer to the first (spec decompose §2.7).
 * @param inactive layer → nodes that are off
 * @param rule 'perSource': all readers of a value must be off, which leaves the module's outputs as they are. 'literal': whole
 *   windows of one reading convolution; other readers are not asked, and of an addition's summands only convolutions are cut.
 * @returns every layer's nodes that are off: the given ones and the found ones
 */
export function backtrackToInput(network: NodeNetwork, inactive: NodeSets, rule: CutSettings['biRule']): NodeSets {
  const { producers, points, shapeOf, deadInputs: deadOf } = backwards(network);
  const off: Record<string, Bitset> = { ...inactive };
  const deadAt = new Map<string, Bitset>();
  const output = network.program[network.program.length - 1];
  const report = (layer: string, dead: Bitset) => {
    const before = deadAt.get(layer);
    deadAt.set(layer, !before ? dead : rule === 'literal' ? uniteBits(before, dead) : intersectBits(before, dead));
  };
  for (const op of [...network.program].reverse()) {
    const size = shapeOf(op.output).reduce((product, n) => product * n, 1);
    const point = points.get(op.node.name);
    let dead = deadAt.get(op.output) ?? emptyBitset(size);
    if (point) {
      const own = off[point.layer] as Bitset | undefined;
      if (own) dead = uniteBits(dead, own);
      off[point.layer] = dead;
    }
    op.inputs.forEach((input, i) => {
      const isConvolution = points.get(producers.get(input)?.node.name ?? '')?.kind === 'conv';
      if (rule === 'literal' && roleOf(op.node) === 'addition' && !isConvolution) return;
      report(input, op === output ? emptyBitset(network.features) : deadOf(op, dead, i, rule));
    });
  }
  return off;
}
