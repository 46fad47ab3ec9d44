/** Images that go through a network at once where nothing but its outputs or maps is wanted. */
export const IMAGES_PER_PASS = 125;

/** The same where gradients are taken, which hold every layer's maps. */
export const IMAGES_PER_GRADIENT = 50;

/** Images of a training step. */
export const IMAGES_PER_STEP = 128;
