/** The workshop's networks and images, and the checks of its exercises (notebooks/workshop). */
export type { Lesson } from './lesson.js';
export { part1, type Part1Answers, type Part1Session } from './part-1.js';
export { part2, type Part2Answers, type Part2Findings, type Part2Session, type RuleFigures } from './part-2.js';
export { LAYERS } from './layers.js';
export { part3, type Part3Session } from './part-3.js';
export { networkFolder, room, type Room, type WorkshopPreset } from './room.js';
export { trainNetworks } from './train-networks.js';
export { unchanged } from './unchanged.js';
