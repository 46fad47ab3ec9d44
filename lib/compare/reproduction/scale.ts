/** How much is computed: seconds on synthetic images, hours on all of CIFAR-10, or everything as published. */
export const SCALES = ['smoke', 'lab', 'paper'] as const;
export type Scale = (typeof SCALES)[number];
