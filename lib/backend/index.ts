/** The backend that computes. */
export type { Precision } from './inference-plan.js';
export { openBackend, type BackendReport, type OpenBackendOptions } from './open-backend.js';
