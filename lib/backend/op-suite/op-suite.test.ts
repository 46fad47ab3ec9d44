import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNoAddon } from '../onednn/compare-with-cpu.fixture.js';
import { readExpectedFailures, runOpSuite, specNames } from './run-op-suite.js';

test("tfjs-core's op tests fail on wasm with our kernels only where expected", { timeout: 300_000 }, async () => {
  const results = await runOpSuite('wasm');
  assert.ok(results.length > 4000, `only ${results.length} specs ran`);
  const expected = new Set(readExpectedFailures().wasm);
  assert.deepEqual(
    [...specNames(results, false)].filter((name) => !expected.has(name)),
    [],
  );
  const passed = specNames(results, true);
  const failed = specNames(results, false);
  assert.deepEqual(
    [...expected].filter((name) => passed.has(name) && !failed.has(name)),
    [],
    'these pass now: node dist/lib/backend/op-suite/run.js --update',
  );
});

test('no op test passes on the published wasm backend and fails with our kernels', () => {
  const { 'stock-wasm': stock, wasm } = readExpectedFailures();
  const failsOnStock = new Set(stock);
  assert.deepEqual(
    wasm.filter((name) => !failsOnStock.has(name)),
    [],
  );
});

test("tfjs-core's op tests pass on onednn", { skip: whyNoAddon(), timeout: 300_000 }, async () => {
  const results = await runOpSuite('onednn');
  console.log(`onednn: ${results.filter((r) => r.passed).length} of ${results.length} specs passed`);
  assert.ok(results.length > 4000, `only ${results.length} specs ran`);
  assert.deepEqual(
    results.filter((r) => !r.passed),
    [],
  );
});

test('nothing is expected to fail on onednn or cpu', () => {
  const { onednn, cpu } = readExpectedFailures();
  assert.deepEqual([onednn, cpu], [[], []]);
});
