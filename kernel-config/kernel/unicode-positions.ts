/** The position in a JavaScript string of a position that counts characters, as Jupyter does. */
export function toUnits(text: string, characters: number): number {
  let position = 0;
  for (let left = characters; left > 0 && position < text.length; left--) {
    position += text.codePointAt(position)! > 0xffff ? 2 : 1;
  }
  return position;
}

/** How many characters stand before a position of a JavaScript string. */
export function toCharacters(text: string, units: number): number {
  return [...text.slice(0, units)].length;
}
