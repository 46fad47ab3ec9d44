// Loads a freshly built addon and lets it compute, in a process of its own, which may crash: node try-addon.cjs FILE
// Prints the version of oneDNN, or fails with the reason.
const addon = require(String(process.argv[2]));

const channels = 16;
// As in lib/backend/onednn/addon/layers/convolution-shape.h: batch, input, output, filter, strides, dilations, padding, groups.
const shape = Int32Array.of(1, 4, 4, channels, 2, 2, channels, 3, 3, 1, 1, 1, 1, 0, 0, 1);
const ones = (/** @type {number} */ length) => new Float32Array(length).fill(1);
const out = new Float32Array(4 * channels);
addon.convolve(shape, ones(16 * channels), ones(9 * channels * channels), ones(channels), out, 1, 0, false);
if (out.some((value) => Math.abs(value - (9 * channels + 1)) > 1e-3)) throw new Error('computes wrongly');
console.log(addon.version);
