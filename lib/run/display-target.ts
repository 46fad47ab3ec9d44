/** Something to be shown, in formats that are made only when they are asked for. */
export interface DisplayItem {
  readonly kind: 'figure' | 'table' | 'picture' | 'page';
  /** A plain title, from outside: to be made printable or escaped. */
  readonly title: string;
  /** What it shows, in words or as aligned text. */
  readonly text: string;
  /** Plotly JSON. */
  readonly figure?: { readonly data: readonly object[]; readonly layout: object };
  /** HTML fragment whose texts are escaped; it may hold scripts of our own. */
  html?(): string;
  png?(): Buffer;
}

export type DisplayTarget = (item: DisplayItem) => void;

let target: DisplayTarget | null = null;

/** Where this process shows figures and tables instead of writing them to files: set by a prompt that has a page. */
export function setDisplayTarget(show: DisplayTarget | null): void {
  target = show;
}

export function displayTarget(): DisplayTarget | null {
  return target;
}
