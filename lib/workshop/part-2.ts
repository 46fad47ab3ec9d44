import type { ClassReport } from '../metrics/class-report.js';
import { CALIBRATIONS, type Calibration } from '../patch/calibration.js';
import { patch, type PatchedModel } from '../patch/patch.js';
import type { Module } from '../surgery/modules/module.js';
import { evaluate } from '../training/evaluate.js';
import { bestNames } from './class-figures.js';
import { lead } from './lead.js';
import { openLesson, type Lesson } from './lesson.js';
import { moduleExercises } from './part-2-modules.js';
import { patchExercises } from './part-2-patch.js';
import type { Room } from './room.js';

/** What part 2 has found out before its exercises. */
export interface Part2Findings {
  /** Class name → module of the strong network. */
  readonly modules: Readonly<Record<string, Module>>;
  /** Of the modules side by side, on validation images: one row of `classes` scores per image. */
  readonly scores: { readonly scores: Float32Array; readonly classes: number };
  /** Of the modules side by side, on validation images. */
  readonly composedReport: ClassReport;
  /** Of the weak network, on validation images. */
  readonly weakReport: ClassReport;
}

/** Accuracy of the weak network, patched by one rule. */
export interface RuleFigures {
  readonly rule: Calibration;
  readonly validation: number;
  readonly test: number;
}

export interface Part2Session extends Part2Findings {
  readonly room: Room;
  readonly answers: Part2Answers;
  /** Of all rules, with the module of the target class; computed at the first call. */
  readonly rules: () => Promise<readonly RuleFigures[]>;
  /** Exercise 2.6: the weak network, patched by 'minMax'. */
  readonly patched?: PatchedModel;
}

/** What the cells after an exercise go on with, whether it was solved or not. */
export interface Part2Answers {
  /** The class whose module is furthest ahead of the weak network in F1, on validation images. */
  readonly target: string;
}

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
