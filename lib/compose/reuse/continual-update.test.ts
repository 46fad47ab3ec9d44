import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { keepClasses, subset } from '../../datasets/subset.js';
import { synthetic } from '../../datasets/synthetic.js';
import { DataError, OptionError } from '../../errors.js';
import { isSubset } from '../../surgery/graph/bitset.js';
import { nodeMasks } from '../../surgery/nodes/module-margins.js';
import type { NodeModuleParts } from '../../surgery/nodes/node-module-parts.js';
import * as tf from '../../tf.js';
import { addPartnerNodes, inactiveNodes, removePartnerNodes, updateModule } from './continual-update.js';
import { toyNetwork } from './modular-network.fixture.js';
import { openNetwork } from './open-network.js';
import { columnOf } from './score-table.js';

before(() => openBackend({ quiet: true }));

const { train } = synthetic({ trainPerClass: 5, testPerClass: 1, size: 16, seed: 1 });
const known = keepClasses(train, ['circle', 'square', 'star'], { relabel: true });
const foreign = keepClasses(train, ['ring'], { relabel: true });

/** Whether every inactive node of the one is inactive in the other. */
const within = (a: NodeModuleParts, b: NodeModuleParts) =>
  nodeMasks(a).every(({ layer, inactive }) => {
    const other = nodeMasks(b).find((mask) => mask.layer === layer);
    return other !== undefined && isSubset(inactive, other.inactive);
  });

test('adding brings back what the partner uses, and on its images the module is then the network', async () => {
  const network = await toyNetwork(known, 1);
  const tensors = tf.memory().numTensors;
  const open = openNetwork(network);
  const { square } = network.modules;
  const partner = await open.active(foreign);
  const updated = addPartnerNodes(square, partner);
  assert.ok(within(updated, square));
  assert.ok(inactiveNodes(updated) < inactiveNodes(square), 'the partner uses nodes that the module lacks');
  const unmasked = columnOf(await open.unmasked(foreign), 'square');
  const difference = async (module: NodeModuleParts) => {
    const column = columnOf(await open.margins([module], foreign), 'square');
    return Math.max(...column.map((margin, i) => Math.abs(margin - unmasked[i])));
  };
  assert.ok((await difference(square)) > 1e-3, 'before the update the margins differ');
  assert.ok((await difference(updated)) < 1e-4, `after it they are the network's`);
  assert.deepEqual(addPartnerNodes(updated, partner).convMasks, updated.convMasks);
  open.dispose();
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(updated.provenance.updates, [{ step: 'continual update', reading: 'add', inactiveChange: inactiveNodes(updated) - inactiveNodes(square) }]); // prettier-ignore
  assert.equal(square.provenance.updates, undefined);
});

test('removing takes away what the partner uses and the own class does not: own images see no difference', async () => {
  const network = await toyNetwork(known, 2);
  const open = openNetwork(network);
  const own = keepClasses(known, ['square']);
  const partner = await open.active(foreign);
  const tangled = addPartnerNodes(network.modules['square'], partner);
  const updated = removePartnerNodes(tangled, partner, await open.active(own), open.points);
  assert.ok(within(tangled, updated));
  assert.ok(inactiveNodes(updated) > inactiveNodes(tangled));
  // concern identification had left exactly the nodes of the own images
  assert.deepEqual(updated.convMasks, network.modules['square'].convMasks);
  const [before, after] = [
    columnOf(await open.margins([tangled], own), 'square'),
    columnOf(await open.margins([updated], own), 'square'),
  ];
  after.forEach((margin, i) => assert.ok(Math.abs(margin - before[i]) < 1e-4, `${margin} ${before[i]}`));
  open.dispose();
  const { model, normalisation } = network;
  const [images, others] = [own, foreign].map((set) => ({ ...set, normalisation }));
  const again = await updateModule(model, tangled, others, { reading: 'remove', own: images });
  assert.deepEqual(again.parts, updated);
  assert.deepEqual((await updateModule(model, network.modules['square'], others)).parts, tangled);
  await assert.rejects(updateModule(model, tangled, others, { reading: 'remove' }), /own/);
  await assert.rejects(updateModule(model, tangled, { ...others, imageShape: [8, 32, 3] }), DataError);
});

test('order of images does not matter; observations of other layers are refused', async () => {
  const network = await toyNetwork(known, 3);
  const open = openNetwork(network);
  const backwards = subset(known, Array.from(known.labels.keys()).reverse());
  assert.deepEqual(await open.active(known), await open.active(backwards));
  assert.throws(() => addPartnerNodes(network.modules['star'], {}), OptionError);
  open.dispose();
});
