import path from 'node:path';

const TFJS_CORE = path.join('@tensorflow', 'tfjs-core', 'dist', 'tf-core.node.js');

interface Engine {
  state: { scopeStack: unknown[]; gradientDepth: number; kernelDepth: number; activeTape: unknown };
  endScope: () => void;
}

/**
 * Brings TensorFlow.js back to where no operation is under way, after code was ended in the middle of one: every
 * `tf.tidy` that was left open is closed, which frees its tensors. Does nothing where TensorFlow.js is not loaded.
 */
export function recoverEngine(): void {
  for (const file in require.cache) {
    if (!file.endsWith(TFJS_CORE)) continue;
    const { engine } = require.cache[file]?.exports as { engine: () => Engine };
    const { state } = engine();
    state.gradientDepth = state.kernelDepth = 0;
    state.activeTape = null;
    while (state.scopeStack.length > 0) engine().endScope();
  }
}
