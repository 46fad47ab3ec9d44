// Runs tfjs-core's whole op test-suite: node dist/lib/backend/op-suite/run.js [--update] [cpu|stock-wasm|wasm|onednn …]
import fs from 'node:fs';
import {
  type ExpectedFailures,
  expectedFailuresFile,
  readExpectedFailures,
  runOpSuite,
  specNames,
  SUITE_MODES,
} from './run-op-suite.js';

async function main(args: string[]): Promise<void> {
  const update = args.includes('--update');
  const modes = SUITE_MODES.filter((mode) => args.includes(mode));
  const failures: ExpectedFailures = {
    ...{ cpu: [], 'stock-wasm': [], wasm: [], onednn: [] },
    ...(fs.existsSync(expectedFailuresFile()) ? readExpectedFailures() : {}),
  };
  for (const mode of modes.length > 0 ? modes : SUITE_MODES) {
    const results = await runOpSuite(mode);
    const failed = specNames(results, false);
    const expected = new Set(failures[mode]);
    const unexpected = results.filter((r) => !r.passed && !expected.has([...specNames([r], false)][0]));
    console.log(
      `${mode}: ${results.length} specs, ${results.length - results.filter((r) => !r.passed).length} passed, ` +
        `${results.filter((r) => !r.passed).length} failed, of these ${unexpected.length} unexpected`,
    );
    if (update) failures[mode] = [...failed].sort();
    else {
      for (const { name, message } of unexpected) console.log(`  ${name}: ${message}`);
      if (unexpected.length > 0) process.exitCode = 1;
    }
  }
  if (update) fs.writeFileSync(expectedFailuresFile(), `${JSON.stringify(failures, null, 2)}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
