import { ModelError, OptionError } from '../../errors.js';
import type * as tf from '../../tf.js';
import { type LayerNode, readLayerGraph } from '../graph/layer-graph.js';
import { roleOf } from '../layers/table.js';
import { followChannels } from './channel-flow.js';
import { fullSelection, type KernelSelection, validateSelection } from './kernel-selection.js';

/** Kernels that can only be kept or removed together, because their channels are added to each other. */
export interface ChannelUnit {
  readonly members: readonly { readonly layer: string; readonly kernel: number }[];
}

/** Convolution layers whose channels are tied by additions; a layer that is tied to none is a group of its own. */
export interface ChannelGroup {
  /** Name of the group's first layer. */
  readonly id: string;
  readonly layers: readonly string[];
  /** In the order of their first member (layer, then kernel). */
  readonly units: readonly ChannelUnit[];
  /**
   * Layer whose output map shows the group's units: the activation after the convolution (and its batch norm), for tied
   * layers the activation after the last addition, or the addition itself when no activation follows it directly.
   */
  readonly readout: string;
  /** The pooling layer that alone reads the readout, if there is one (the map of spec cnnsplitter §2.1 for ResCNN). */
  readonly pooledReadout: string | null;
  /** Channel of each unit in the readout's map; −1 for a unit that no single map of the group shows with the others. */
  readonly readoutChannels: Int32Array;
  /** True when the group's kernels cannot be removed. */
  readonly protected: boolean;
  readonly protectedReason?: string;
}

/** One layer of the traced graph. */
export interface TracedLayer {
  readonly name: string;
  readonly className: string;
  readonly inputs: readonly string[];
  /** Without the batch dimension; channels last. */
  readonly outputShape: readonly (number | null)[];
  /**
   * Per channel of the last axis: the unit it belongs to, numbered through all groups in order, or −1 for a channel
   * that no kernel selection can remove (image channels, dense features).
   */
  readonly channels: Int32Array;
}

/** Which channel goes where in a model. Plain data. */
export interface ModelTrace {
  /** Convolution layers in network order; `inputChannels` is what one kernel reads. */
  readonly convLayers: readonly { readonly name: string; readonly kernels: number; readonly inputChannels: number }[];
  readonly groups: readonly ChannelGroup[];
  /** Every layer, inputs before their readers. The last one is the model's output. */
  readonly layers: readonly TracedLayer[];
  /** Length of the output's last axis. */
  readonly classes: number;
}

/** Which units of each group are kept: group id → one 0/1 per unit. */
export type UnitSelection = { [group: string]: Uint8Array };

/**
 * Finds out which kernels of a model depend on each other (spec cnnsplitter §2.4, §4.4, for any network): follows every
 * channel from the convolution that makes it to the layers that read it. Ties are found per channel, so the padded
 * identity shortcuts of ResNet leave the channels free that meet only zeros.
 * @param model functional or sequential, one input [batch, height, width, channels], one output [batch, classes]
 * @throws ModelError naming the layer when it is of an unknown type, reads channels first, is shared or nested, or puts
 * out anything but [batch, classes]
 */
export function traceModel(model: tf.LayersModel): ModelTrace {
  return traceGraph(readLayerGraph(model));
}

/** As {@link traceModel}, for a graph that was read already. */
export function traceGraph(graph: readonly LayerNode[]): ModelTrace {
  const output = graph[graph.length - 1];
  if (output.outputShape.length !== 1) {
    throw new ModelError(
      `Layer '${output.name}' (${output.className}): expected the model's output to be [batch, classes], got ` +
        `[${['batch', ...output.outputShape.map((size) => size ?? '?')].join(', ')}]. Flatten or pool it.`,
    );
  }
  const flow = followChannels(graph);
  const convLayers = flow.convLayers.map(({ name, kernels, inputChannels }) => ({ name, kernels, inputChannels }));

  const unitsByRoot = new Map<number, { members: { layer: string; kernel: number }[]; firstLayer: string }>();
  for (const { name, kernels, firstId } of flow.convLayers) {
    for (let kernel = 0; kernel < kernels; kernel++) {
      const root = flow.find(firstId + kernel);
      let unit = unitsByRoot.get(root);
      if (!unit) unitsByRoot.set(root, (unit = { members: [], firstLayer: name }));
      unit.members.push({ layer: name, kernel });
    }
  }

  const groupOf = new Map(convLayers.map(({ name }) => [name, new Set([name])]));
  for (const { members, firstLayer } of unitsByRoot.values()) {
    const group = groupOf.get(firstLayer)!;
    for (const { layer } of members) {
      const other = groupOf.get(layer)!;
      if (other === group) continue;
      for (const tied of other) {
        group.add(tied);
        groupOf.set(tied, group);
      }
    }
  }

  const readers = new Map<string, LayerNode[]>(graph.map(({ name }) => [name, []]));
  for (const node of graph) for (const input of node.inputs) readers.get(input)!.push(node);
  const unitNumber = new Map<number, number>();
  const roots = [...unitsByRoot.entries()];
  const drafts = [...new Set(groupOf.values())].map((layerSet) => {
    const layers = convLayers.map(({ name }) => name).filter((name) => layerSet.has(name));
    const ownRoots = roots.filter(([, unit]) => layerSet.has(unit.firstLayer)).map(([root]) => root);
    for (const root of ownRoots) unitNumber.set(root, unitNumber.size);
    return { layers, ownRoots };
  });
  const layers = graph.map(({ name, className, inputs, outputShape }): TracedLayer => ({
    name,
    className,
    inputs,
    outputShape,
    channels: flow.channels.get(name)!.map((id) => unitNumber.get(flow.find(id)) ?? -1),
  }));
  const channelsOf = new Map(layers.map(({ name, channels }) => [name, channels]));

  const groups = drafts.map(({ layers: tied, ownRoots }): ChannelGroup => {
    const first = unitNumber.get(ownRoots[0])!;
    const { readout, readoutChannels } = findReadout(graph, readers, channelsOf, tied, first, ownRoots.length);
    const [next, ...others] = readers.get(readout)!;
    const pooled = others.length === 0 && next !== undefined && roleOf(next) === 'pooling';
    const protectedReason = ownRoots.map((root) => flow.protectedReason(root)).find((reason) => reason !== undefined);
    return {
      id: tied[0],
      layers: tied,
      units: ownRoots.map((root) => ({ members: unitsByRoot.get(root)!.members })),
      readout,
      pooledReadout: pooled ? next.name : null,
      readoutChannels,
      protected: protectedReason !== undefined,
      ...(protectedReason === undefined ? {} : { protectedReason }),
    };
  });

  return { convLayers, groups, layers, classes: flow.channels.get(output.name)!.length };
}

/** The last map that shows all units of a group, additions before single convolutions. */
function findReadout(
  graph: readonly LayerNode[],
  readers: ReadonlyMap<string, readonly LayerNode[]>,
  channelsOf: ReadonlyMap<string, Int32Array>,
  convs: readonly string[],
  firstUnit: number,
  units: number,
): { readout: string; readoutChannels: Int32Array } {
  const byName = new Map(graph.map((node) => [node.name, node]));
  const additions = graph.filter(
    (node) =>
      ['addition', 'product'].includes(roleOf(node)!) &&
      channelsOf.get(node.name)!.some((unit) => unit >= firstUnit && unit < firstUnit + units),
  );
  const candidates = [...additions.reverse(), ...convs.map((name) => byName.get(name)!).reverse()];
  let best: { readout: string; readoutChannels: Int32Array; shown: number } | undefined;
  for (const candidate of convs.length > 1 ? candidates : [byName.get(convs[0])!]) {
    const readout = followToActivation(candidate, readers);
    const readoutChannels = new Int32Array(units).fill(-1);
    let shown = 0;
    channelsOf.get(readout)!.forEach((unit, channel) => {
      const own = unit - firstUnit;
      if (own < 0 || own >= units || readoutChannels[own] >= 0) return;
      readoutChannels[own] = channel;
      shown++;
    });
    if (!best || shown > best.shown) best = { readout, readoutChannels, shown };
  }
  return { readout: best!.readout, readoutChannels: best!.readoutChannels };
}

function followToActivation(start: LayerNode, readers: ReadonlyMap<string, readonly LayerNode[]>): string {
  if (start.config['activation'] !== undefined && start.config['activation'] !== 'linear') return start.name;
  let current = start.name;
  for (;;) {
    const next = readers.get(current)!;
    if (next.length !== 1) return current;
    if (roleOf(next[0]) === 'activation') return next[0].name;
    if (roleOf(next[0]) !== 'normalisation') return current;
    current = next[0].name;
  }
}

/**
 * Makes a selection consistent: a unit is kept when any of its kernels is kept, and kernels that cannot be removed are
 * kept. The input is left as it is.
 * @throws OptionError when the selection does not fit the model
 */
export function tieSelection(trace: ModelTrace, selection: KernelSelection): KernelSelection {
  validateSelection(trace, selection);
  const tied = Object.fromEntries(Object.entries(selection).map(([layer, bits]) => [layer, bits.slice()]));
  for (const group of trace.groups) {
    for (const { members } of group.units) {
      const keep = group.protected || members.some(({ layer, kernel }) => selection[layer][kernel] === 1);
      for (const { layer, kernel } of members) tied[layer][kernel] = keep ? 1 : 0;
    }
  }
  return tied;
}

/**
 * The kernel selection that keeps the given units.
 * @param units one 0/1 per unit of each group; groups left out are kept whole
 * @throws OptionError on an unknown group, a wrong length or a value other than 0 and 1
 */
export function selectionFromUnits(trace: ModelTrace, units: UnitSelection): KernelSelection {
  const groups = new Map(trace.groups.map((group) => [group.id, group]));
  const selection = fullSelection(trace);
  for (const [id, bits] of Object.entries(units)) {
    const group = groups.get(id);
    if (!group) {
      throw new OptionError(
        `selectionFromUnits: no channel group '${id}'; there are ${[...groups.keys()].join(', ')}.`,
      );
    }
    if (bits.length !== group.units.length || bits.some((bit) => bit !== 0 && bit !== 1)) {
      throw new OptionError(
        `selectionFromUnits, group '${id}': expected ${group.units.length} values of 0 or 1, got ${bits.length} values.`,
      );
    }
    group.units.forEach(({ members }, unit) => {
      for (const { layer, kernel } of members) selection[layer][kernel] = bits[unit];
    });
  }
  return selection;
}

/**
 * Which units of each group a consistent selection keeps; the inverse of {@link selectionFromUnits}.
 * @throws OptionError when the selection does not fit the model, keeps only part of a unit or removes kernels that
 * cannot be removed
 */
export function unitsFromSelection(trace: ModelTrace, selection: KernelSelection): UnitSelection {
  validateSelection(trace, selection);
  const units: UnitSelection = {};
  for (const group of trace.groups) {
    units[group.id] = Uint8Array.from(group.units, ({ members }) => {
      const [first] = members;
      const kept = selection[first.layer][first.kernel];
      const other = members.find(({ layer, kernel }) => selection[layer][kernel] !== kept);
      if (other) {
        throw new OptionError(
          `Kernel selection: kernel ${first.kernel} of '${first.layer}' and kernel ${other.kernel} of '${other.layer}' ` +
            `are added to each other and can only be kept or removed together. Pass the selection through tieSelection.`,
        );
      }
      if (group.protected && !kept) {
        throw new OptionError(
          `Kernel selection: kernel ${first.kernel} of '${first.layer}' cannot be removed: ${group.protectedReason}.`,
        );
      }
      return kept;
    });
  }
  return units;
}

/** A selection in which no convolution layer is empty, and which layers were. */
export interface FilledSelection {
  readonly selection: KernelSelection;
  readonly emptied: readonly string[];
}

/**
 * Gives every empty convolution layer its kernel 0 back, with the kernels tied to it (spec cnnsplitter §2.6), and then any
 * other layer that would be left without a channel, because it takes only a part of a map, its first. Layers are taken in
 * network order; a layer that got a kernel through a tie is not empty any more.
 * @throws OptionError when the selection does not fit the model
 */
export function fillEmptyLayers(trace: ModelTrace, selection: KernelSelection): FilledSelection {
  validateSelection(trace, selection);
  const empty = trace.convLayers.filter(({ name }) => !selection[name].includes(1));
  const parts = partsOf(trace);
  if (empty.length === 0 && parts.length === 0) return { selection, emptied: [] };
  const filled = Object.fromEntries(Object.entries(selection).map(([layer, bits]) => [layer, bits.slice()]));
  const keep = ({ members }: ChannelUnit) => {
    for (const { layer, kernel } of members) filled[layer][kernel] = 1;
  };
  for (const { name } of empty) {
    if (filled[name].includes(1)) continue;
    const group = trace.groups.find(({ layers }) => layers.includes(name))!;
    keep(group.units.find(({ members }) => members.some((m) => m.layer === name && m.kernel === 0))!);
  }
  const emptied = empty.map(({ name }) => name);
  for (const { name, units } of parts) {
    if (units.some(({ members: [{ layer, kernel }] }) => filled[layer][kernel] === 1)) continue;
    keep(units[0]);
    emptied.push(name);
  }
  return { selection: filled, emptied };
}

const knownParts = new WeakMap<ModelTrace, readonly { name: string; units: readonly ChannelUnit[] }[]>();

/** Layers all of whose channels can be removed while no convolution is empty. */
function partsOf(trace: ModelTrace): readonly { name: string; units: readonly ChannelUnit[] }[] {
  let parts = knownParts.get(trace);
  if (!parts) {
    const units = trace.groups.flatMap((group) => group.units);
    const ofConvolution = new Map<string, Set<number>>(trace.convLayers.map(({ name }) => [name, new Set()]));
    units.forEach(({ members }, unit) => members.forEach(({ layer }) => ofConvolution.get(layer)!.add(unit)));
    parts = trace.layers
      .filter(({ channels }) => {
        const own = new Set(channels);
        return (
          !own.has(-1) && [...ofConvolution.values()].every((needed) => [...needed].some((unit) => !own.has(unit)))
        );
      })
      .map(({ name, channels }) => ({ name, units: [...new Set(channels)].map((unit) => units[unit]) }));
    knownParts.set(trace, parts);
  }
  return parts;
}
