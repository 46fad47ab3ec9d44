/** The workshop's networks and images, and the checks of its exercises (notebooks/workshop). */
export type { Lesson } from './lesson.js';
export { part1 } from './part-1.js';
export type { Part1Answers, Part1Session } from './part-1-session.js';
export { part2 } from './part-2.js';
export type { Part2Answers, Part2Findings, Part2Session, RuleAccuracies } from './part-2-session.js';
export { LAYERS } from './layers.js';
export { part3 } from './part-3.js';
export type { Part3Session } from './part-3-session.js';
export { networkFolder, loadWorkshop, type WorkshopData, type WorkshopPreset } from './workshop-data.js';
export { trainNetworks } from './train-networks.js';
export { unchanged } from './unchanged.js';
