/** What the addon offers for the kernels of this file. */
export type TrainingStepFunctions = object;

export function registerTrainingStep(): void {}
