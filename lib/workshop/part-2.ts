import { CALIBRATIONS } from '../patch/calibration.js';
import { patch } from '../patch/patch.js';
import type { Module } from '../surgery/modules/module.js';
import { evaluate } from '../training/evaluate.js';
import { bestNames } from './class-figures.js';
import { lead } from './lead.js';
import { openLesson, type Lesson } from './lesson.js';
import { moduleExercises } from './part-2-modules.js';
import { patchExercises } from './part-2-patch.js';
import type { Part2Answers, Part2Findings, Part2Session, RuleFigures } from './part-2-session.js';
import type { Room } from './room.js';

/** The checks of part 2, 'split and patch'. */
export function part2(room: Room, findings: Part2Findings): Lesson<Part2Session> & { answers: Part2Answers } {
  const [target] = bestNames(room.classNames, (name) => lead(findings, name));
  let figures: Promise<readonly RuleFigures[]> | undefined;
  const rules = () => (figures ??= allRules(room, findings.modules[target]));
  const answers: Part2Answers = { target };
  const lesson = openLesson([...moduleExercises, ...patchExercises], { room, ...findings, answers, rules });
  return { ...lesson, answers };
}

async function allRules(room: Room, module: Module): Promise<readonly RuleFigures[]> {
  const { weak, classNames, search, validation, test } = room;
  const figures: RuleFigures[] = [];
  for (const rule of CALIBRATIONS) {
    const patched = patch(weak, module, { classNames, calibrationImages: search, calibration: rule });
    try {
      const [onValidation, onTest] = [await evaluate(patched, validation), await evaluate(patched, test)];
      figures.push({ rule, validation: onValidation.accuracy, test: onTest.accuracy });
    } finally {
      patched.dispose();
    }
  }
  return figures;
}
