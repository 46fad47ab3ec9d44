import { createRequire } from 'node:module';

const requireHere = createRequire(__filename);

/** Loads a package when it is first needed: the drawing packages would add a second to `import 'modulab'`. */
export function lazyModule<T>(name: string): T {
  return requireHere(name) as T;
}
