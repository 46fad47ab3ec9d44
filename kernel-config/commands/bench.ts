// npm run bench -- NAME [--peer NAME] [--json] [--backend NAME]; see README.md for the options of single benches
import { type BenchResult, type BenchRow, machine } from '../../bench/bench.js';
import { benchComposed } from '../../bench/composed.js';
import { benchConv } from '../../bench/conv.js';
import { benchDecompose } from '../../bench/decompose.js';
import { benchDiagnose } from '../../bench/diagnose.js';
import { benchInterrupt } from '../../bench/interrupt.js';
import { benchKernel } from '../../bench/kernel.js';
import { benchNetwork } from '../../bench/network.js';
import { type PeerName, PEERS, type PythonPeer, startPythonPeer } from '../../bench/python-peer.js';
import { benchSimplify } from '../../bench/simplify.js';
import { benchSplit } from '../../bench/split.js';
import { benchSplitQuality, type SplitQualityOptions } from '../../bench/split-quality.js';
import { benchTimeToScore } from '../../bench/time-to-score.js';
import { BACKEND_NAMES, type BackendName } from '../../lib/backend/candidate.js';
import { openBackend } from '../../lib/backend/open-backend.js';
import { runCommand, UsageError } from './run-command.js';

type Bench = (backend: string, peer: PythonPeer | undefined, options: SplitQualityOptions) => Promise<BenchRow[]>;

const BENCHES: Record<string, Bench> = {
  composed: benchComposed,
  conv: benchConv,
  diagnose: benchDiagnose,
  resnet20: benchNetwork('resnet20'),
  simcnn: benchNetwork('simcnn'),
  simplify: benchSimplify,
  split: async (backend) => [...(await benchTimeToScore(backend)), ...(await benchSplit(backend))],
  'split-quality': benchSplitQuality,
  decompose: benchDecompose,
  interrupt: benchInterrupt,
};
/** Those in which no backend computes. */
const PLAIN_BENCHES: Record<string, () => Promise<BenchRow[]>> = { kernel: benchKernel };

function describe({ case: name, backend, value, deviation, unit, peer, ratio, cpuRatio }: BenchRow): string {
  const ours = `${backend.padEnd(14)} ${name.padEnd(40)} ${value.toFixed(value < 10 ? 2 : 1).padStart(8)}${deviation === undefined ? '' : ` ± ${deviation.toFixed(2)}`} ${unit}`;
  return peer === undefined
    ? ours
    : `${ours}   peer ${peer.toFixed(1).padStart(8)}   ratio ${(ratio ?? 0).toFixed(2)}${cpuRatio === undefined ? '' : `, by processor time ${cpuRatio.toFixed(2)}`}`;
}

runCommand({
  usage: `Usage: npm run bench -- NAME [options]
  NAME            one of ${[...Object.keys(BENCHES), ...Object.keys(PLAIN_BENCHES)].join(', ')}
  --backend NAME  only this one of ${BACKEND_NAMES.join(', ')} (default: all that work)
  --peer NAME     beside one of ${PEERS.join(', ')}, where Python has it
  --python FILE   the Python that the peer runs with (default: MODULAB_PEER_PYTHON, else python3)
  --json          the result as JSON as well, in the last line
  --network NAME, --keep SHARES, --seeds NUMBERS, --plain, --searched, --settings JSON
                  of single benches: see bench/README.md`,
  options: {
    ...{ peer: { type: 'string' }, python: { type: 'string' }, json: { type: 'boolean' }, backend: { type: 'string' } },
    ...{ network: { type: 'string' }, keep: { type: 'string' }, seeds: { type: 'string' } },
    ...{ plain: { type: 'boolean' }, searched: { type: 'boolean' }, settings: { type: 'string' } },
  },
  async run({ values, positionals }) {
    const [name] = positionals;
    const known = [...Object.keys(BENCHES), ...Object.keys(PLAIN_BENCHES)];
    if (name === undefined || positionals.length !== 1 || !known.includes(name)) {
      throw new UsageError(`bench: expected one of ${known.join(', ')}, got '${positionals.join(' ')}'`);
    }
    if (values.peer !== undefined && !PEERS.includes(values.peer as PeerName)) {
      throw new UsageError(`--peer: expected one of ${PEERS.join(', ')}, got '${values.peer}'`);
    }
    const python = values.python ?? process.env['MODULAB_PEER_PYTHON'];
    const started = values.peer === undefined ? undefined : await startPythonPeer(values.peer as PeerName, python);
    const peer = typeof started === 'string' ? undefined : started;
    if (typeof started === 'string') console.log(`no peer: ${started}`);
    else if (started) console.log(`peer: ${started.name}, ${started.version}`);
    const result: BenchResult = { bench: name, machine: machine(), rows: [] };
    console.log(result.machine);
    const tell = (rows: readonly BenchRow[]) => {
      result.rows.push(...rows);
      for (const row of rows) console.log(describe(row));
    };
    try {
      const [plain, bench] = [PLAIN_BENCHES[name], BENCHES[name]];
      if (plain) tell(await plain());
      else
        for (const backend of values.backend === undefined ? BACKEND_NAMES : [values.backend as BackendName]) {
          const { name: opened, skipped } = await openBackend({ prefer: backend, quiet: true });
          if (opened !== backend) {
            const reason = skipped.find((s) => s.name === backend)?.reason ?? `MODULAB_BACKEND asks for ${opened}`;
            console.log(`${backend}: ${reason}`);
            continue;
          }
          if (bench) tell(await bench(backend, peer, values));
        }
    } finally {
      peer?.close();
    }
    if (values.json === true) console.log(JSON.stringify(result));
  },
});
