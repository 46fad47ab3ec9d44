/**
 * Where to look for what a cursor asks about, best first: at the cursor, just before it, and at the name of the function
 * whose arguments it stands in.
 */
export function inspectedPositions(code: string, cursor: number): number[] {
  const positions = [cursor, cursor - 1, calledName(code, cursor)];
  return positions.filter((position): position is number => position !== null && position >= 0);
}

/** The last character of the name before the innermost bracket that is open at the cursor; null without one. */
function calledName(code: string, cursor: number): number | null {
  let closed = 0;
  for (let i = cursor - 1; i >= 0; i--) {
    if (')]}'.includes(code.charAt(i))) closed++;
    else if ('([{'.includes(code.charAt(i)) && closed > 0) closed--;
    else if (code[i] === '(') {
      const before = code.slice(0, i).trimEnd();
      if (/[\w$]$/.test(before)) return before.length - 1;
    }
  }
  return null;
}
