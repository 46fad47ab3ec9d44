import type { engine } from '@tensorflow/tfjs-core';

/** What is used of TensorFlow.js's engine beside its public methods. */
interface EngineInside {
  backendInstance: object | null;
  setBackend: (name: string) => Promise<boolean>;
  ready: () => Promise<void>;
  initializeBackendsAndReturnBest: () => { name: string; asyncInit: boolean };
}

let chosen = false;

/** Whether anybody has said which backend is to compute; TensorFlow.js takes one by itself when the first tensor is made. */
export const isBackendChosen = (): boolean => chosen;

/** Takes notice of who sets the backend: a caller, or the engine for want of one. */
export function watchBackendChoice(target: ReturnType<typeof engine>): void {
  const inside = target as unknown as EngineInside;
  let byItself = false;
  const best = inside.initializeBackendsAndReturnBest.bind(target);
  inside.initializeBackendsAndReturnBest = () => {
    byItself = true; // and sets what it gets
    return best();
  };
  const ready = inside.ready.bind(target);
  inside.ready = () => {
    byItself = inside.backendInstance === null || inside.backendInstance === undefined;
    return ready();
  };
  const set = inside.setBackend.bind(target);
  inside.setBackend = (name) => {
    if (!byItself) chosen = true;
    byItself = false;
    return set(name);
  };
}
