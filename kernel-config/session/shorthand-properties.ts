import type * as ts from '@tslab/typescript-for-tslab';

type TypeScript = typeof ts;

/**
 * tslab keeps the variables of earlier cells as properties of `exports` and rewrites every use of them, but overlooks
 * `{ name }` for `{ name: name }`, which then fails with "name is not defined". This compiler rewrites those as well.
 * @returns the compiler for tslab to use in place of the given one
 */
export function withShorthandProperties(typescript: TypeScript): TypeScript {
  const createWatchProgram = ((
    host: ts.WatchCompilerHostOfFilesAndCompilerOptions<ts.EmitAndSemanticDiagnosticsBuilderProgram>,
  ) => {
    const afterProgramCreate = host.afterProgramCreate?.bind(host);
    host.afterProgramCreate = (builder) => {
      const emit = builder.emit.bind(builder);
      builder.emit = (file, write, token, onlyDeclarations, transformers) =>
        emit(file, write, token, onlyDeclarations, {
          ...transformers,
          before: [...(transformers?.before ?? []), expandShorthand(typescript, builder.getProgram().getTypeChecker())],
        });
      afterProgramCreate?.(builder);
    };
    return typescript.createWatchProgram(host);
  }) as TypeScript['createWatchProgram'];
  return { ...typescript, createWatchProgram };
}

function expandShorthand(typescript: TypeScript, checker: ts.TypeChecker): ts.TransformerFactory<ts.SourceFile> {
  const { factory } = typescript;
  const isOfEarlierCell = (node: ts.ShorthandPropertyAssignment) =>
    checker
      .getShorthandAssignmentValueSymbol(node)
      ?.declarations?.some((declaration) => declaration.getSourceFile().fileName.endsWith('/__prev__.d.ts')) ?? false;

  return (context) => (file) => {
    const visit = (node: ts.Node): ts.Node => {
      if (!typescript.isShorthandPropertyAssignment(node) || !isOfEarlierCell(node)) {
        return typescript.visitEachChild(node, visit, context);
      }
      const variable = factory.createPropertyAccessExpression(factory.createIdentifier('exports'), node.name.text);
      const initial = node.objectAssignmentInitializer;
      return factory.createPropertyAssignment(
        node.name.text,
        initial ? factory.createAssignment(variable, typescript.visitNode(initial, visit) as ts.Expression) : variable,
      );
    };
    return typescript.visitEachChild(file, visit, context);
  };
}
