/**
 * The one TensorFlow.js of the project: core and layers with gradients, chained operators and the cpu backend
 * registered. Import tfjs from here and nowhere else, so that there is a single engine.
 */
/// <reference types="@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops" preserve="true" />
/* eslint-disable simple-import-sort/imports -- tfjs-core comes first: whichever copy of its code runs first makes the
   global engine and its Tensor class. */
import { engine, env, ones, serialization, tidy, zeros } from '@tensorflow/tfjs-core';
import './tfjs-registrations.js';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { completeBatchNorm } from './engine/complete-batch-norm.js';
import { watchBackendChoice } from './engine/chosen-backend.js';
import { makeInterruptible } from './engine/interruptible-engine.js';

env().set('PROD', true); // silences the "you are running TensorFlow.js in Node.js" banner
makeInterruptible(engine());
watchBackendChoice(engine());
completeBatchNorm({ ones, zeros, tidy, serialization });

export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';
export { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
