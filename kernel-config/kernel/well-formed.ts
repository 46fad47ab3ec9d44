/** JSON.stringify writes half a character (a lone surrogate) as an escape, and whole ones as they are. */
const HALF = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/**
 * The same plain data with U+FFFD for halves of characters in its texts. Jupyter cannot write such text into a file: one in an
 * output would keep a person from saving the notebook.
 */
export function wellFormed<Content>(content: Content): Content {
  const json = JSON.stringify(content);
  const whole = json.replace(HALF, '$1\ufffd');
  return whole === json ? content : (JSON.parse(whole) as Content);
}
