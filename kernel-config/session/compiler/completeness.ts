import type * as ts from 'typescript';

export interface Completeness {
  /** Whether it can be run; what is wrong in a way that more lines do not mend can, so that the error is shown. */
  readonly complete: boolean;
  /** Whether it is no TypeScript, however it goes on. */
  readonly invalid: boolean;
  /** Spaces that the next line begins with, where the input goes on. */
  readonly indent: string;
}

const PREFIX = 'export {};\n'; // makes it a module, in which `await` is a keyword
const UNTERMINATED_TEMPLATE = 1160;
const UNTERMINATED_COMMENT = 1010;
/** That an identifier, expression, type, property, statement … was expected. */
const SOMETHING_EXPECTED = new Set([1003, 1005, 1109, 1110, 1134, 1135, 1136, 1137, 1138, 1139, 1141, 1146]);

/**
 * Whether the input can be run, or goes on in the next line: an open bracket, template or comment, or something missing
 * at its very end. What is wrong in another way is complete, so that the error is shown.
 */
export function completenessOf(typescript: typeof ts, code: string): Completeness {
  const text = PREFIX + code.trimEnd();
  const file = typescript.createSourceFile(
    'input.ts',
    text,
    typescript.ScriptTarget.Latest,
    false,
    typescript.ScriptKind.TS,
  );
  const { parseDiagnostics } = file as unknown as { parseDiagnostics: readonly ts.DiagnosticWithLocation[] };
  const isOpen = ({ start, length, code: number }: ts.DiagnosticWithLocation) => {
    if (number === UNTERMINATED_TEMPLATE || number === UNTERMINATED_COMMENT) return start + length >= text.length;
    return start >= text.length && SOMETHING_EXPECTED.has(number);
  };
  const open = parseDiagnostics.length > 0 && parseDiagnostics.every(isOpen);
  if (open && code.trim() !== '') return { complete: false, invalid: false, indent: indentAfter(code) };
  return { complete: true, invalid: parseDiagnostics.length > 0, indent: '' };
}

/** As the line before, and two spaces more after one that opens a bracket. */
function indentAfter(code: string): string {
  const line = code.trimEnd().split('\n').at(-1) ?? '';
  const indent = /^ */.exec(line)![0];
  return /[([{]$/.test(line.replace(/\/\/.*$/, '').trimEnd()) ? `${indent}  ` : indent;
}
