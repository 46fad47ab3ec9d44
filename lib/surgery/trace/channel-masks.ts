import * as tf from '../../tf.js';
import type { KernelSelection } from './kernel-selection.js';
import { fillEmptyLayers, type ModelTrace, selectionFromUnits, type UnitSelection } from './trace.js';

/**
 * The units of a model that a mask can switch off, in one row: all units of the groups that can be removed, group after
 * group. Tied layers share their units, so one entry masks all of them (spec cnnsplitter §4.1).
 */
export interface MaskLayout {
  /** Entries of one module's mask. */
  readonly units: number;
  /** Kernels behind each entry: more than one where layers are tied. */
  readonly kernelsOfUnit: Float32Array;
  /** Kernels of the whole model. */
  readonly kernels: number;
  /** Per channel of a layer's output the mask entry it follows; −1 for a channel that is always there. */
  columnsOf: (layer: string) => Int32Array;
  /** The kernel selection of one module's mask (0/1 per unit); layers may be empty. */
  selection: (bits: ArrayLike<number>) => KernelSelection;
  /** Numbers of several masks' entries by group: group id → one row per mask; 0 for what cannot be removed. */
  byGroup: (rows: readonly ArrayLike<number>[]) => Record<string, Float32Array[]>;
}

/** Numbers a traced model's removable units. */
export function maskLayout(trace: ModelTrace): MaskLayout {
  const columnOfUnit: number[] = [];
  const kernelsOfUnit: number[] = [];
  for (const group of trace.groups) {
    for (const { members } of group.units) {
      columnOfUnit.push(group.protected ? -1 : kernelsOfUnit.length);
      if (!group.protected) kernelsOfUnit.push(members.length);
    }
  }
  const channelsOf = new Map(trace.layers.map(({ name, channels }) => [name, channels]));
  return {
    units: kernelsOfUnit.length,
    kernelsOfUnit: Float32Array.from(kernelsOfUnit),
    kernels: trace.convLayers.reduce((sum, { kernels }) => sum + kernels, 0),
    columnsOf: (layer) => channelsOf.get(layer)!.map((unit) => (unit < 0 ? -1 : columnOfUnit[unit])),
    selection(bits) {
      const units: UnitSelection = {};
      let at = 0;
      for (const group of trace.groups.filter((g) => !g.protected)) {
        units[group.id] = Uint8Array.from(group.units, () => (bits[at++] > 0 ? 1 : 0));
      }
      return selectionFromUnits(trace, units);
    },
    byGroup(rows) {
      let at = 0;
      return Object.fromEntries(
        trace.groups.map((group) => {
          const first = at;
          if (!group.protected) at += group.units.length;
          return [
            group.id,
            rows.map((row) => Float32Array.from(group.units, (_, u) => (group.protected ? 0 : row[first + u]))),
          ];
        }),
      );
    },
  };
}

/** A mask's selection as extraction takes it: an empty layer gets its kernel 0 back (spec cnnsplitter §2.6). */
export function filledSelection(trace: ModelTrace, layout: MaskLayout, bits: ArrayLike<number>): KernelSelection {
  return fillEmptyLayers(trace, layout.selection(bits)).selection;
}

/**
 * The mask of every channel of a layer, [modules, channels]: entries of `masks` [modules, units], 1 where a channel follows
 * none. Differentiable in `masks`.
 */
export function channelMasks(masks: tf.Tensor2D, columns: Int32Array): tf.Tensor2D {
  return tf.tidy(() => {
    const [modules, units] = masks.shape;
    const start = columns[0];
    if (start >= 0 && columns.every((column, i) => column === start + i)) {
      return tf.slice(masks, [0, start], [modules, columns.length]);
    }
    // A product with a matrix of zeros and ones, not tf.gather, whose gradient tfjs computes unit by unit.
    const places = new Float32Array(units * columns.length);
    columns.forEach((column, channel) => {
      if (column >= 0) places[column * columns.length + channel] = 1;
    });
    const always = tf.tensor1d(Float32Array.from(columns, (column) => (column < 0 ? 1 : 0)));
    return tf.add(tf.matMul(masks, tf.tensor2d(places, [units, columns.length])), always);
  });
}
