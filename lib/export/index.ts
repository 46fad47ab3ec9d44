/** Models as files of other programs. */
export { exportModel, type ExportOptions } from './export-model.js';
export { asOneModel, type Exportable } from './one-model.js';
