/** What the addon offers for the steps of training. All arrays of a call have one length. */
export interface TrainingStepFunctions {
  /** dx = dy where 0 < x ≤ max, dy·0 elsewhere, NaN where x is NaN. */
  reluGradient(dy: Float32Array, x: Float32Array, dx: Float32Array, max: number): void;
  /** The formula of `sgdStep`; velocities are null where there is no momentum. */
  sgdStep(
    variable: Float32Array,
    gradient: Float32Array,
    velocity: Float32Array | null,
    newVariable: Float32Array,
    newVelocity: Float32Array | null,
    learningRate: number,
    momentum: number,
    weightDecay: number,
  ): void;
  /** The formula of `adamStep`. */
  adamStep(
    variable: Float32Array,
    gradient: Float32Array,
    mean: Float32Array,
    square: Float32Array,
    newVariable: Float32Array,
    newMean: Float32Array,
    newSquare: Float32Array,
    beta1: number,
    beta2: number,
    epsilon: number,
    weightDecay: number,
    stepSize: number,
    squareCorrection: number,
  ): void;
}
