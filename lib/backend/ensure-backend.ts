import { isBackendChosen } from '../engine/chosen-backend.js';
import { openBackend } from './open-backend.js';

/**
 * Opens the fastest backend, which says so in one line, unless one was opened or set before: every long call begins with
 * this, since plain JavaScript, which TensorFlow.js takes by itself, is a hundred times slower and hears no interrupt
 * within an operation. Models and tensors that were made before move along.
 */
export async function ensureBackend(): Promise<void> {
  if (!isBackendChosen()) await openBackend();
}
