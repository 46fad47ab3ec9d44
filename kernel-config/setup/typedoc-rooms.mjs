// A plugin of TypeDoc: gives everything the library exports a category, the room of lib/ that it is declared in or that it gathers, and leaves
// TensorFlow.js out.
import { Comment, CommentTag, Converter, ReflectionKind } from 'typedoc';

/** @type {Readonly<Record<string, string>>} */
const ROOMS = {
  notebook: 'Notebooks',
  backend: 'Backends',
  datasets: 'Data sets',
  models: 'Models',
  training: 'Training',
  metrics: 'Metrics',
  surgery: 'Surgery',
  split: 'Split',
  patch: 'Patch',
  compose: 'Compose, reuse, replace',
  decompose: 'Decompose',
  compare: 'Compare splitters',
  diagnose: 'Diagnose and attack',
  treat: 'Treat',
  simplify: 'Simplify',
  plot: 'Figures and tables',
  papers: 'Published values',
  workshop: 'Workshop',
  export: 'Export to other programs',
  run: 'Runs: presets, progress, seeds',
};
const ANYTHING_ELSE = 'Errors and TensorFlow.js';

/** Later than TypeDoc's own step that reads the categories. */
const AFTER_CATEGORIES = -10_000;

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.options.setValue('categoryOrder', [...Object.values(ROOMS), ANYTHING_ELSE]);
  /** @type {import('typedoc').Reflection[]} */
  const bare = [];
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    // tf is TensorFlow.js itself, which has its own pages.
    const tf = project.children?.find(({ name }) => name === 'tf');
    for (const child of [...(tf?.children ?? [])]) project.removeReflection(child);
    for (const reflection of project.children ?? []) {
      const [source] = reflection.sources ?? reflection.signatures?.[0]?.sources ?? [];
      const file = (source?.fullFileName ?? '').replaceAll('\\', '/');
      const room = /(?:^|\/)lib\/([a-z]+)[/.]/.exec(file)?.[1] ?? '';
      const tag = new CommentTag('@category', [{ kind: 'text', text: ROOMS[room] ?? ANYTHING_ELSE }]);
      const commented = reflection.kindOf(ReflectionKind.Function) ? (reflection.signatures ?? []) : [reflection];
      for (const one of commented) {
        if (!one.comment) bare.push(one);
        (one.comment ??= new Comment()).blockTags.push(tag);
      }
    }
  });
  // Without this, what has a category would count as documented.
  const forget = () => bare.splice(0).forEach((one) => delete one.comment);
  app.converter.on(Converter.EVENT_RESOLVE_END, forget, AFTER_CATEGORIES);
}
