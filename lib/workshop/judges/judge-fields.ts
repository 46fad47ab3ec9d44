import { isOpen, quoted, right, type Verdict, wrong } from './verdict.js';

/**
 * Holds the fields of an answer, such as `{ weakest, takenFor }`, against the truth one by one.
 * @returns the first verdict that is not right, with the field's name before it
 */
export function judgeFields(
  answer: unknown,
  fields: Readonly<Record<string, (value: unknown) => Verdict>>,
  praise: string,
): Verdict {
  const names = Object.keys(fields);
  const form = `\`{ ${names.join(', ')} }\``;
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    return wrong(`Expected ${form}, got ${quoted(answer)}.`);
  }
  const given = answer as Readonly<Record<string, unknown>>;
  const missing = names.filter((name) => isOpen(given[name]));
  if (missing.length > 0) return wrong(`Still missing in ${form}: ${missing.map((name) => `\`${name}\``).join(', ')}.`);
  for (const name of names) {
    const verdict = fields[name](given[name]);
    if (verdict.kind !== 'right') {
      return wrong(`\`${name}\`: ${verdict.kind === 'wrong' && verdict.text ? verdict.text : 'not that one.'}`);
    }
  }
  return right(praise);
}
