/** The backend that computes. */
export { openBackend, type BackendReport, type OpenBackendOptions } from './open-backend.js';
