/** A place in the pages of the papers that a comment names: 'spec cnnsplitter §2.7'. */
export interface PaperReference {
  /** Name of the page; undefined where neither this nor an earlier reference of the file names one. */
  readonly page: string | undefined;
  /** '2.7' */
  readonly section: string;
  readonly line: number;
}

const SECTION = String.raw`\d+(?:\.\d+)*`;
/** 'NAME §A' or '§A', and '§A–B' for a range. The name may stand at the end of the line before, in a comment. */
const REFERENCE = new RegExp(String.raw`(?:\b([a-z-]+)[\s*/]+)?§\s*(${SECTION})(?:[–-](${SECTION}))?`, 'g');

/**
 * What the text of a file refers to. A range counts as its two ends; a section without a name belongs to the page that the
 * file has named last.
 * @param pages names of all pages
 */
export function paperReferences(text: string, pages: ReadonlySet<string>): PaperReference[] {
  let page: string | undefined;
  return [...text.matchAll(REFERENCE)].flatMap(({ 0: all, 1: word = '', 2: first, 3: last, index }) => {
    if (pages.has(word)) page = word;
    else if (/^specs?$/.test(word)) page = undefined; // 'spec §2' says no page, and says it aloud
    const line = text.slice(0, index + all.indexOf('§')).split('\n').length;
    return [first, last].filter((section) => section !== undefined).map((section) => ({ page, section, line }));
  });
}

/** The sections of a page: its numbered headings, and the items of a numbered list under one ('0.5' is item 5 of section 0). */
export function pageSections(markdown: string): Set<string> {
  const sections = new Set<string>();
  let heading = '';
  for (const line of markdown.split('\n')) {
    const numbered = /^#+ (?:(\d+(?:\.\d+)*)\.?\s)?/.exec(line);
    if (numbered) {
      heading = numbered[1] ?? '';
      if (heading) sections.add(heading);
    }
    const item = /^(\d+)\. /.exec(line);
    if (item && heading) sections.add(`${heading}.${item[1]}`);
  }
  return sections;
}
