/** What the addon offers for whole gradient steps. */
export interface TrainingPlanFunctions {
  /**
   * Prepares a forward and backward pass.
   * @param steps 17 numbers per step, see addon/training/training-program.h
   * @param image height, width, channels
   * @param sources of steps that copy channels; null for the others
   * @param epsilons one per step
   * @returns a handle for the other functions
   */
  createTrainingPlan(
    steps: Int32Array,
    image: Int32Array,
    sources: (Int32Array | null)[],
    epsilons: Float32Array,
  ): object;
  /**
   * One pass. Gradients and moments of batch norms are written.
   * @param x [batch, …image]
   * @param weights kernel and bias, or gamma and beta, of every step; null where there is none
   * @param gradients of those that are trained; null for the others
   * @param moments mean and biased variance of every batch norm; null for other steps
   * @param masks of steps that mask, [batch, …]; null for the others
   * @returns mean softmax cross-entropy, and how many images were classified right
   */
  runTrainingPlan(
    plan: object,
    batch: number,
    x: Float32Array,
    labels: Int32Array,
    weights: (Float32Array | null)[],
    gradients: (Float32Array | null)[],
    moments: (Float32Array | null)[],
    masks: (Float32Array | null)[],
  ): [loss: number, hits: number];
  /** Frees what the plan holds, which cannot be run afterwards. */
  releaseTrainingPlan(plan: object): void;
}
