import type { Diagnosis } from '../diagnose/diagnose.js';
import { OptionError } from '../errors.js';
import { ranked } from '../simplify/best-units.js';
import { type Lesson, openLesson } from './lesson.js';
import { kernelExercises } from './part-1-kernels.js';
import { reportExercises } from './part-1-report.js';
import type { Part1Answers, Part1Session } from './part-1-session.js';
import type { WorkshopData } from './workshop-data.js';

/** The checks of part 1, 'diagnose', on a diagnosis of the strong network with the validation images. */
export function part1(data: WorkshopData, diagnosis: Diagnosis): Lesson<Part1Session> & { answers: Part1Answers } {
  const { report, weakest } = diagnosis;
  const relevance = diagnosis.relevance.at(-1);
  if (!relevance) throw new OptionError('part1: expected a diagnosis with gradients, got one without relevance.');
  const { classNames } = data;
  const w = classNames.indexOf(weakest);
  const answers: Part1Answers = {
    weakest,
    takenFor: classNames[ranked(report.confusion[w].map((images, c) => (c === w ? -1 : images)))[0]],
    topFive: ranked(relevance.values[w]).slice(0, 5),
  };
  const session: Part1Session = { data, report, relevance, answers };
  return { ...openLesson([...reportExercises, ...kernelExercises], session), answers };
}
