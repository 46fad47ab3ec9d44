import * as tf from '../../tf.js';

/**
 * Whether a gradient may itself be differentiated, which needs a gradient made of operations that have one.
 * @param depth how many gradient functions are open if it is not: 1 while one runs forward, 0 on its way back
 */
export const willBeDifferentiated = (depth: 0 | 1): boolean => tf.engine().state.gradientDepth > depth;
