import type * as ts from 'typescript';
import { isImportMeta, PLACES } from './cell-output.js';

/** A source file beside the session that cells import, as JavaScript. */
export interface ModuleOutput {
  readonly file: string;
  /** What stands in the file. */
  readonly text: string;
  /** The body of an asynchronous function of `exports`, `require` and so on. */
  readonly code: string;
  readonly map: string;
  /** What it asks of `require`, so that it can be loaded before. */
  readonly requires: readonly string[];
  /** Which of the specifiers are source files as well, and where these lie. */
  readonly sources: Readonly<Record<string, string>>;
}

/** Translates a source file by itself. */
export function moduleOutput(
  typescript: typeof ts,
  options: ts.CompilerOptions,
  file: string,
  text: string,
  sources: Readonly<Record<string, string>>,
): ModuleOutput {
  const places: ts.TransformerFactory<ts.SourceFile> = (context) => (source) => {
    const visit = (node: ts.Node): ts.Node => {
      if (isImportMeta(typescript, node)) return context.factory.createIdentifier(PLACES.meta);
      const visited = typescript.visitEachChild(node, visit, context);
      if (!typescript.isCallExpression(visited)) return visited;
      if (visited.expression.kind !== typescript.SyntaxKind.ImportKeyword) return visited;
      const place = context.factory.createIdentifier(PLACES.import);
      return context.factory.createCallExpression(place, undefined, visited.arguments);
    };
    return typescript.visitEachChild(source, visit, context);
  };
  const { target, jsx, esModuleInterop } = options;
  const { outputText, sourceMapText } = typescript.transpileModule(text, {
    fileName: file,
    compilerOptions: {
      ...{ target, jsx, esModuleInterop, sourceMap: true },
      module: typescript.ModuleKind.CommonJS,
      newLine: typescript.NewLineKind.LineFeed,
    },
    transformers: { before: [places] },
  });
  const code = outputText.replace(/^\/\/# sourceMappingURL=.*$/m, '');
  const requires = [...code.matchAll(/\brequire\(("(?:[^"\\]|\\.)*")\)/g)].map(
    ([, literal]) => JSON.parse(literal!) as string,
  );
  return { file, text, code, map: sourceMapText ?? '', requires: [...new Set(requires)], sources };
}
