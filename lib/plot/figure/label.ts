export { printable, shortened } from '../../printable.js';

/**
 * Text that Plotly shows as it is: its pseudo-HTML (`<a href>`, `<b>`, entities), TeX (`$…$`) and places in hover texts
 * (`%{x}`) are neutralised.
 */
export function inert(text: string): string {
  return text
    .replace(/[&<>$]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', $: '&#36;' })[c] as string)
    .replaceAll('%{', '%&#123;');
}

/** What {@link inert} text shows: entities read, our own tags gone. */
export function plainText(markup: string): string {
  const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&#36;': '$', '&#123;': '{' };
  return markup
    .replace(/<br>/g, ' ')
    .replace(/<[^>]*>/g, '')
    .replace(/&(?:amp|lt|gt|#36|#123);/g, (entity) => entities[entity] ?? entity);
}

/** Text for the content or a quoted attribute of an HTML element. */
export function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c] as string,
  );
}
