/** What the addon offers for whole forward passes. */
export interface InferencePlanFunctions {
  /**
   * Prepares a forward pass.
   * @param steps 16 numbers per step, see addon/plan-program.h
   * @param image height, width, channels
   * @param weights kernels and bias of every step; read when it first runs
   * @param outputs numbers of the values that are wanted
   * @param isBrief whether kernels are not to be transformed beforehand, which takes as long as some dozens of images
   * @returns a handle for the other functions
   */
  createInferencePlan(
    steps: Int32Array,
    image: Int32Array,
    weights: (Float32Array | Int32Array | null)[],
    outputs: Int32Array,
    isBfloat16: boolean,
    isBrief: boolean,
  ): object;
  /** Whether it could be computed; false where something is not finite, or near overflow. `x` is [batch, …image]. */
  runInferencePlan(plan: object, batch: number, x: Float32Array, outputs: Float32Array[]): boolean;
  /** Frees what the plan holds, which cannot be run afterwards. */
  releaseInferencePlan(plan: object): void;
  /** Bytes of the weights that were reordered for it so far. */
  inferencePlanBytes(plan: object): number;
  /** Whether the processor multiplies bfloat16 numbers. */
  computesBfloat16(): boolean;
}
