// danfojs-node asks for "@tensorflow/tfjs-node", whose install downloads a native binary. It needs
// only the ordinary tfjs API, so it gets modulab's: one engine, one backend registry.
module.exports = require('../../../dist/lib/tf.js');
