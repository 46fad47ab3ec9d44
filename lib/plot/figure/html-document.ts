import { escapeHtml } from './label.js';
import { pageFile } from './page-script.js';

/** What a page of its own is made of. */
export interface HtmlDocument {
  /** Any text; the rest is HTML and CSS as it is. */
  readonly title: string;
  readonly style: string;
  readonly main: string;
  /** Script elements, behind everything else. */
  readonly scripts?: string;
}

/** A page that needs nothing from elsewhere. */
export function htmlDocument({ title, style, main, scripts = '' }: HtmlDocument): string {
  const parts: Readonly<Record<string, string>> = { title: escapeHtml(title), style, main, scripts };
  return pageFile('document.html').replace(/\{\{(\w+)\}\}/g, (_, part: string) => parts[part] ?? '');
}
