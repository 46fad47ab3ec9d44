import { WasmFunction } from '../assembler.js';

/**
 * Passes over arrays of one length, element by element:
 * reluGradient (dy, x → dx; max) · sgd (variable, gradient → variable; learningRate, momentum, weightDecay), with `Momentum`
 * (variable, gradient, velocity → variable, velocity) · adam (variable, gradient, mean, square → variable, mean, square;
 * β₁, 1 − β₁, β₂, 1 − β₂, ε, weightDecay, stepSize, squareCorrection). Those with `Decay` use weightDecay.
 */
export type ElementPass = 'reluGradient' | `sgd${'' | 'Momentum'}${'' | 'Decay'}` | `adam${'' | 'Decay'}`;

/** Emits the arithmetic from locals with an element (or four) of each array to locals with the results. */
type Arithmetic = (f: WasmFunction, inputs: number[], numbers: number[], results: number[]) => void;

const locals = (f: WasmFunction, count: number): number[] => Array.from({ length: count }, () => f.local('v128'));

function elementPass(
  name: ElementPass,
  counts: { inputs: number; numbers: number; results: number },
  arithmetic: Arithmetic,
): WasmFunction {
  const arrays = counts.inputs + counts.results;
  const f = new WasmFunction(name, [
    ...Array<'i32'>(arrays + 2).fill('i32'),
    ...Array<'f32'>(counts.numbers).fill('f32'),
  ]);
  const [vectors, rest] = [arrays, arrays + 1];
  const [inputs, numbers, results] = [counts.inputs, counts.numbers, counts.results].map((count) => locals(f, count));
  numbers.forEach((local, i) =>
    f
      .get(rest + 1 + i)
      .vector('splat')
      .set(local),
  );
  for (const [width, repetitions] of [
    [4, vectors],
    [1, rest],
  ] as const) {
    f.repeat(repetitions, () => {
      inputs.forEach((local, i) => {
        f.get(i);
        (width === 4 ? f.loadVector() : f.loadSplat()).set(local);
      });
      arithmetic(f, inputs, numbers, results);
      results.forEach((local, i) => {
        f.get(counts.inputs + i, local);
        if (width === 4) f.storeVector();
        else f.storeFirst();
      });
      for (let i = 0; i < arrays; i++) f.advanceBy(i, 4 * width);
    });
  }
  return f;
}

function reluGradient(): WasmFunction {
  return elementPass('reluGradient', { inputs: 2, numbers: 1, results: 1 }, (f, [dy, x], [max], [dx]) => {
    const [zero, one, step] = locals(f, 3);
    f.zero(zero).constFloat(1).vector('splat').set(one);
    f.get(x, zero).vector('gt').get(x, max).vector('le').vector('and').get(one).vector('and').set(step);
    f.get(dy, x, step, x, x).vector('ne').vector('select').vector('mul').set(dx);
  });
}

/** local = gradient + variable·weightDecay */
const addDecay = (f: WasmFunction, gradient: number, variable: number, weightDecay: number): WasmFunction =>
  f.get(gradient, variable, weightDecay).vector('mul').vector('add').set(gradient);

function sgd(momentum: boolean, decay: boolean): WasmFunction {
  const name = `sgd${momentum ? 'Momentum' : ''}${decay ? 'Decay' : ''}` as const;
  const slots = momentum ? 1 : 0;
  return elementPass(name, { inputs: 2 + slots, numbers: 3, results: 1 + slots }, (f, inputs, numbers, results) => {
    const [variable, gradient, velocity] = inputs;
    const [learningRate, factor, weightDecay] = numbers;
    const [newVariable, newVelocity] = results;
    if (decay) addDecay(f, gradient, variable, weightDecay);
    if (momentum) f.get(velocity, factor).vector('mul').get(gradient).vector('add').set(newVelocity);
    f.get(variable, momentum ? newVelocity : gradient, learningRate);
    f.vector('mul').vector('sub').set(newVariable);
  });
}

function adam(decay: boolean): WasmFunction {
  return elementPass(
    decay ? 'adamDecay' : 'adam',
    { inputs: 4, numbers: 8, results: 3 },
    (f, [variable, gradient, mean, square], numbers, [newVariable, newMean, newSquare]) => {
      const [beta1, rest1, beta2, rest2, epsilon, weightDecay, stepSize, correction] = numbers;
      if (decay) addDecay(f, gradient, variable, weightDecay);
      f.get(mean, beta1).vector('mul').get(gradient, rest1).vector('mul').vector('add').set(newMean);
      f.get(square, beta2).vector('mul').get(gradient, gradient).vector('mul').get(rest2).vector('mul');
      f.vector('add').set(newSquare);
      f.get(variable, newMean, newSquare).vector('sqrt').get(correction).vector('div').get(epsilon).vector('add');
      f.vector('div').get(stepSize).vector('mul').vector('sub').set(newVariable);
    },
  );
}

export function elementPasses(): WasmFunction[] {
  const switches = [false, true];
  return [
    reluGradient(),
    ...switches.flatMap((momentum) => switches.map((decay) => sgd(momentum, decay))),
    ...switches.map(adam),
  ];
}
