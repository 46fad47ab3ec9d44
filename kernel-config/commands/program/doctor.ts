import os from 'node:os';
import { openBackend } from '../../../lib/backend/open-backend.js';
import { cacheFolder } from '../../../lib/datasets/files/data-folder.js';
import { commandLine } from '../../../lib/run/installation/command-line.js';
import { isInstalled } from '../../../lib/run/installation/optional-package.js';
import { packageVersion } from '../../../lib/run/package-version.js';
import * as tf from '../../../lib/tf.js';
import { projectRoot } from '../../session/project-root.js';
import { type Action, requireNothing } from '../run-command.js';
import type { doctorEntry } from '../table/tools.js';

/** What packages add, by what they are needed for together. */
const ADDITIONS: readonly (readonly [what: string, packages: readonly string[]])[] = [
  ['figures as PNG and SVG', ['jsdom', 'plotly.js-dist', '@resvg/resvg-js', 'dejavu-fonts-ttf']],
  ['notebooks, kernel', ['tslab', 'typescript', 'zeromq']],
  ['prompt', ['typescript', 'plotly.js-dist']],
  ['data frames', ['danfojs-node']],
  ['quick photographs, HEIC', ['sharp']],
  ['WebP pictures', ['@jsquash/webp']],
  ['AVIF pictures', ['@jsquash/avif']],
];

/** A convolution as networks have it: 16 images of 32×32, 32 kernels of 3×3 on 32 channels, with the work in multiply-adds. */
const TRIAL = { images: 16, size: 32, channels: 32, macs: 16 * 32 * 32 * 32 * 32 * 9 } as const;

/** Multiply-adds per second of a convolution, in thousands of millions: the best of some. */
async function speed(): Promise<number> {
  const { images, size, channels, macs } = TRIAL;
  const x = tf.ones<tf.Rank.R4>([images, size, size, channels]);
  const kernel = tf.ones<tf.Rank.R4>([3, 3, channels, channels]);
  let best = Infinity;
  for (let run = 0; run < 5; run++) {
    const startedAt = performance.now();
    const y = tf.conv2d(x, kernel, 1, 'same');
    await y.data();
    y.dispose();
    best = Math.min(best, performance.now() - startedAt);
  }
  tf.dispose([x, kernel]);
  return macs / best / 1e6;
}

/** modulab doctor */
export const doctor: Action<typeof doctorEntry> = async ({ positionals }) => {
  requireNothing(positionals);
  const say = (state: 'ok' | '--', text: string): void => console.log(`${state.padEnd(4)}${text}`);
  say('ok', `modulab ${packageVersion()} in ${projectRoot}`);
  say(
    'ok',
    `Node.js ${process.versions.node}, ${os.availableParallelism()} cores, ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB memory`,
  );
  const { name, version, skipped } = await openBackend({ quiet: true });
  say('ok', `computes with ${name} ${version}: ${(await speed()).toFixed(1)} GMAC/s in a convolution`);
  for (const { name: other, reason } of skipped) say('--', `${other}: ${reason}`);
  for (const [what, packages] of ADDITIONS) {
    const missing = packages.filter((one) => !isInstalled(one));
    if (missing.length === 0) say('ok', `${what}: ${packages.join(', ')}`);
    else say('--', `${what}: npm i ${missing.join(' ')}`);
  }
  say('ok', `data sets: ${process.env.MODULAB_DATA ?? cacheFolder()} (${commandLine('data', 'list')})`);
};
