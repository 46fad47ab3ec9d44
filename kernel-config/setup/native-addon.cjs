// What the build of the native addon and its loading both know. Uses nothing but Node.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** Where the addon and the record of its build lie, and the record of a build that failed, under the project's folder. */
const addonFolder = (/** @type {string} */ root) => path.join(root, '.build', 'onednn');
const failureFile = (/** @type {string} */ root) => path.join(root, '.build', 'onednn-failure.json');

/** What to install, for messages. */
const PACKAGES =
  process.platform === 'darwin'
    ? 'xcode-select --install; brew install onednn'
    : 'apt install g++ libdnnl-dev; Fedora: dnf install gcc-c++ onednn-devel';

/**
 * A hash of everything of the project that decides what the addon does; undefined where the sources are not there, as in an
 * installed package.
 * @param {string} root
 */
function sourcesHash(root) {
  const folder = path.join(root, 'lib/backend/onednn/addon');
  if (!fs.existsSync(folder)) return undefined;
  const hash = createHash('sha256');
  const files = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(cc|h)$/.test(file))
    .sort();
  for (const file of [...files.map((f) => path.join(folder, f)), path.join(root, 'kernel-config/setup/cxx.mjs')]) {
    hash
      .update(`${path.relative(root, file)}\0`)
      .update(fs.readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

/**
 * The names of what this processor can do; where the system does not list them, its model. An addon that was compiled for a
 * processor runs on every other that can do as much.
 */
function processorFeatures() {
  try {
    const line = /^(?:flags|Features)\s*:(.*)$/m.exec(fs.readFileSync('/proc/cpuinfo', 'utf8'));
    if (line?.[1]) return line[1].trim().split(/\s+/);
  } catch {
    // not Linux
  }
  return [`${os.cpus()[0]?.model ?? 'unknown'}`];
}

/** Those features of this processor that code compiled for it may use. */
const compilerFeatures = () =>
  process.platform === 'linux' && process.arch === 'x64'
    ? processorFeatures().filter((name) =>
        /^(pni|ssse3|sse4|avx|amx|fma|f16c|bmi|abm|lzcnt|popcnt|movbe|xop|tbm|adx|gfni|v?aes|v?pclmulqdq|sha|cx16|rdrand|rdseed|rdpid|movdir|clwb|clflushopt|3dnow)/.test(
          name,
        ),
      )
    : processorFeatures();

module.exports = { addonFolder, failureFile, PACKAGES, sourcesHash, processorFeatures, compilerFeatures };
