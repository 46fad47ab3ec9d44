import type { Diagnosis } from '../diagnose/diagnose.js';
import type { CausalCheck } from '../diagnose/causal-check.js';
import type { LayerRelevance } from '../diagnose/layer-relevance.js';
import { OptionError } from '../errors.js';
import type { ClassReport } from '../metrics/class-report.js';
import { ranked } from '../simplify/best-units.js';
import { openLesson, type Lesson } from './lesson.js';
import { kernelExercises } from './part-1-kernels.js';
import { reportExercises } from './part-1-report.js';
import type { Room } from './room.js';

/** What the checks of part 1 know. */
export interface Part1Session {
  readonly room: Room;
  /** On the validation images. */
  readonly report: ClassReport;
  /** Of the last convolution. */
  readonly relevance: LayerRelevance;
  readonly answers: Part1Answers;
  /** Exercise 1.6: every class's relevant kernels silenced, on test images. */
  readonly all?: CausalCheck;
}

/** What the cells after an exercise go on with, whether it was solved or not. */
export interface Part1Answers {
  readonly weakest: string;
  /** Where most of its images go instead. */
  readonly takenFor: string;
  /** The five kernels with the largest gradient mass for the weakest class, the largest first. */
  readonly topFive: readonly number[];
}

/** The checks of part 1, 'diagnose', on a diagnosis of the strong network with the validation images. */
export function part1(room: Room, diagnosis: Diagnosis): Lesson<Part1Session> & { answers: Part1Answers } {
  const { report, weakest } = diagnosis;
  const relevance = diagnosis.relevance.at(-1);
  if (!relevance) throw new OptionError('part1: expected a diagnosis with gradients, got one without relevance.');
  const { classNames } = room;
  const w = classNames.indexOf(weakest);
  const answers: Part1Answers = {
    weakest,
    takenFor: classNames[ranked(report.confusion[w].map((images, c) => (c === w ? -1 : images)))[0]],
    topFive: ranked(relevance.values[w]).slice(0, 5),
  };
  const session: Part1Session = { room, report, relevance, answers };
  return { ...openLesson([...reportExercises, ...kernelExercises], session), answers };
}
