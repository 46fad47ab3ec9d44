export * as tf from './tf.js';
