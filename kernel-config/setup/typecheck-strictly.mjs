// npm run typecheck, its second part: what tsconfig.strict.json includes, with the options it adds to tsconfig.json's. The compiler
// takes options for whole programs, and these files import others that are not written for them: those are not looked at.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, '..', '..');
const host = {
  getCanonicalFileName: (/** @type {string} */ file) => file,
  getCurrentDirectory: () => root,
  getNewLine: () => '\n',
};

const { config, error } = ts.readConfigFile(path.join(here, 'tsconfig.strict.json'), ts.sys.readFile);
const { fileNames, options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, here);
const program = ts.createProgram(fileNames, options);
const wanted = new Set(fileNames);
const found = [
  ...(error ? [error] : []),
  ...errors,
  ...program.getOptionsDiagnostics(),
  ...program
    .getSourceFiles()
    .filter(({ fileName }) => wanted.has(fileName))
    .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
];
if (found.length > 0) {
  console.error(ts.formatDiagnostics(found, host));
  process.exitCode = 1;
}
