import { measurePatches, measureWeak } from '../patch/measure-patch.js';
import type { KernelModule } from '../surgery/modules/kernel-module.js';
import { bestNames } from './class-scores.js';
import { f1Advantage } from './f1-advantage.js';
import { type Lesson, openLesson } from './lesson.js';
import { moduleExercises } from './part-2-modules.js';
import { patchExercises } from './part-2-patch.js';
import type { Part2Answers, Part2Findings, Part2Session, RuleAccuracies } from './part-2-session.js';
import type { WorkshopData } from './workshop-data.js';

/** The checks of part 2, 'split and patch'. */
export function part2(data: WorkshopData, findings: Part2Findings): Lesson<Part2Session> & { answers: Part2Answers } {
  const [target] = bestNames(data.classNames, (name) => f1Advantage(findings, name));
  let results: Promise<readonly RuleAccuracies[]> | undefined;
  const rules = () => (results ??= allRules(data, findings.modules[target]));
  const answers: Part2Answers = { target };
  const lesson = openLesson([...moduleExercises, ...patchExercises], { data, ...findings, answers, rules });
  return { ...lesson, answers };
}

async function allRules(
  { weak, search, validation, test }: WorkshopData,
  module: KernelModule,
): Promise<readonly RuleAccuracies[]> {
  const measured = await measureWeak(weak, { validation, test });
  const measurements = await measurePatches(measured, module, { calibrationImages: search });
  return measurements.map(({ rule, reports }) => ({
    rule,
    validation: reports.validation.accuracy,
    test: reports.test.accuracy,
  }));
}
