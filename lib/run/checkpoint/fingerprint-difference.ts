/** Most differences that are listed. */
const LISTED = 6;
/** Longest value that is shown whole. */
const SHOWN = 60;

/** Where two fingerprints differ, a line each. @param there of the file @param now of the run */
export function differenceOf(there: string, now: string): string {
  const [before, after] = [leavesOf(there), leavesOf(now)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const differing = names.filter((name) => before.get(name) !== after.get(name));
  const lines = differing.slice(0, LISTED).map((name) => {
    return `  ${name === '' ? '' : `${name}: `}${shown(before.get(name))} there, ${shown(after.get(name))} now`;
  });
  if (differing.length > LISTED) lines.push(`  … and ${differing.length - LISTED} more`);
  return lines.join('\n');
}

function shown(value: string | undefined): string {
  if (value === undefined) return 'nothing';
  return value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
}

/** Values by their path, as JSON. Lists are values. */
function leavesOf(fingerprint: string): Map<string, string> {
  const leaves = new Map<string, string>();
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, item] of Object.entries(value)) walk(item, path === '' ? key : `${path}.${key}`);
    } else leaves.set(path, JSON.stringify(value));
  };
  try {
    walk(JSON.parse(fingerprint), '');
  } catch {
    leaves.set('', fingerprint);
  }
  return leaves;
}
