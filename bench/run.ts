// npm run bench -- NAME [--peer torch] [--json] [--backend NAME]
import { parseArgs } from 'node:util';
import { ModulabError, OptionError } from '../lib/errors.js';
import { BACKEND_NAMES, type BackendName } from '../lib/backend/candidate.js';
import { openBackend } from '../lib/backend/open-backend.js';
import { machine, type BenchResult, type BenchRow } from './bench.js';
import { benchComposed } from './composed.js';
import { benchConv } from './conv.js';
import { benchDiagnose } from './diagnose.js';
import { benchDecompose } from './decompose.js';
import { benchNetwork } from './network.js';
import { benchSimplify } from './simplify.js';
import { benchSplit } from './split.js';
import { startTorchPeer, type TorchPeer } from './torch-peer.js';

const BENCHES: Record<string, (backend: string, peer: TorchPeer | undefined) => Promise<BenchRow[]>> = {
  composed: benchComposed,
  conv: benchConv,
  diagnose: benchDiagnose,
  resnet20: benchNetwork('resnet20'),
  simcnn: benchNetwork('simcnn'),
  simplify: benchSimplify,
  split: benchSplit,
  decompose: benchDecompose,
};

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { peer: { type: 'string' }, json: { type: 'boolean' }, backend: { type: 'string' } },
  });
  const [name] = positionals;
  if (positionals.length !== 1 || !Object.hasOwn(BENCHES, name)) {
    throw new OptionError(`bench: expected one of ${Object.keys(BENCHES).join(', ')}, got '${positionals.join(' ')}'`);
  }
  if (values.peer !== undefined && values.peer !== 'torch') {
    throw new OptionError(`--peer: expected torch, got '${values.peer}'`);
  }
  const peer = values.peer === 'torch' ? await startTorchPeer() : undefined;
  if (values.peer === 'torch') {
    console.log(
      peer ? `peer: PyTorch ${peer.version}` : "no peer: python3 cannot 'import torch' (Debian: python3-torch)",
    );
  }
  const result: BenchResult = { bench: name, machine: machine(), rows: [] };
  console.log(result.machine);
  try {
    for (const backend of values.backend === undefined ? BACKEND_NAMES : [values.backend as BackendName]) {
      const { name: opened, skipped } = await openBackend({ prefer: backend, quiet: true });
      if (opened !== backend) {
        const reason = skipped.find((s) => s.name === backend)?.reason ?? `MODULAB_BACKEND asks for ${opened}`;
        console.log(`${backend}: ${reason}`);
        continue;
      }
      for (const row of await BENCHES[name](backend, peer)) {
        result.rows.push(row);
        console.log(describe(row));
      }
    }
  } finally {
    peer?.close();
  }
  if (values.json === true) console.log(JSON.stringify(result));
}

function describe({ case: name, backend, value, unit, peer, ratio }: BenchRow): string {
  const ours = `${backend.padEnd(14)} ${name.padEnd(40)} ${value.toFixed(value < 10 ? 2 : 1).padStart(8)} ${unit}`;
  return peer === undefined ? ours : `${ours}   peer ${peer.toFixed(1).padStart(8)}   ratio ${(ratio ?? 0).toFixed(2)}`;
}

main()
  .catch((error: unknown) => {
    console.error(error instanceof ModulabError ? error.message : error);
    process.exitCode = 1;
  })
  // An open webgpu device keeps the process alive; the empty write calls back once all that came before is out.
  .finally(() => process.stdout.write('', () => process.exit()));
