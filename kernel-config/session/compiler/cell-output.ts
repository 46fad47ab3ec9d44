import type * as ts from 'typescript';
import type { CellProgram, FileWithLocals } from './cell-program.js';

/** Names in the JavaScript of a cell: variables of earlier cells, imported modules, and what takes the place of syntax of modules. */
export const PLACES = {
  cells: '$$cells',
  modules: '$$modules',
  declare: '$$declare',
  import: '$$import',
  meta: '$$meta',
} as const;

/** One module that a cell imports. */
export interface CellImport {
  readonly specifier: string;
}

/** The JavaScript of a cell and what it needs. */
export interface CellOutput {
  /** The body of a function, which gives `{ value }` where the cell ends in an expression. */
  readonly code: string;
  /** Its source map, as JSON. */
  readonly map: string;
  readonly isAsync: boolean;
  /** What is loaded before the cell runs, in this order. */
  readonly imports: readonly CellImport[];
  /** Names of the variables that later cells may use. */
  readonly names: readonly string[];
}

/** Whether something is awaited outside of functions. */
export function awaitsAtTopLevel(typescript: typeof ts, file: ts.SourceFile): boolean {
  const awaits = (node: ts.Node): boolean => {
    if (typescript.isAwaitExpression(node)) return true;
    if (typescript.isForOfStatement(node) && node.awaitModifier) return true;
    if (typescript.isVariableDeclarationList(node)) {
      const kind: number = node.flags & typescript.NodeFlags.BlockScoped;
      if (kind === Number(typescript.NodeFlags.AwaitUsing)) return true;
    }
    // What is awaited in the name of a method is awaited outside of it.
    if (typescript.isFunctionLike(node)) return node.name !== undefined && awaits(node.name);
    if (typescript.isClassStaticBlockDeclaration(node)) return false;
    return typescript.forEachChild(node, awaits) ?? false;
  };
  return awaits(file);
}

/**
 * Translates the scratch cell, which has been checked. Its declarations stay as they are, and are told to later cells as pairs of
 * functions that read and set them; uses of what earlier cells have declared become uses of `$$cells`.
 */
export function cellOutput(cells: CellProgram, program: ts.Program, file: ts.SourceFile): CellOutput {
  const { typescript } = cells;
  const imports: string[] = [];
  const head: string[] = [];
  for (const statement of file.statements) {
    const { specifier, bindings } = importOf(typescript, program.getTypeChecker(), statement);
    if (specifier === null) continue;
    if (!imports.includes(specifier)) imports.push(specifier);
    const place = `${PLACES.modules}[${imports.indexOf(specifier)}]`;
    for (const { local, name } of bindings) {
      head.push(`const ${local} = ${place}${name};`);
    }
  }
  const names = declaredNames(typescript, program.getTypeChecker(), file);
  const accessors = names.map((name) => `get ${name}() { return ${name}; }, set ${name}($$v) { ${name} = $$v; }`);
  if (names.length > 0) head.push(`${PLACES.declare}({ ${accessors.join(', ')} });`);

  let code = '';
  let map = '';
  const write = (name: string, text: string) => {
    if (name.endsWith('.map')) map = text;
    else code = text;
  };
  program.emit(file, write, undefined, false, {
    before: [(context) => (given) => translate(cells, program.getTypeChecker(), context, given)],
    after: [() => (given) => withoutExports(typescript, given)],
  });
  return {
    code: `${head.join(' ')}\n${code.replace(/^\/\/# sourceMappingURL=.*$/m, '')}`,
    map,
    isAsync: awaitsAtTopLevel(typescript, file),
    imports: imports.map((specifier) => ({ specifier })),
    names,
  };
}

interface Binding {
  readonly local: string;
  /** How the value is found in a loaded module, as code. */
  readonly name: string;
}

/** What a statement loads, and the variables that it makes of it; types are left out. */
function importOf(
  typescript: typeof ts,
  checker: ts.TypeChecker,
  statement: ts.Statement,
): { specifier: string | null; bindings: Binding[] } {
  const none = { specifier: null, bindings: [] };
  const isValue = (name: ts.Node) => hasValue(typescript, checker, checker.getSymbolAtLocation(name));
  if (typescript.isImportEqualsDeclaration(statement)) {
    const { moduleReference, name, isTypeOnly } = statement;
    if (isTypeOnly || !typescript.isExternalModuleReference(moduleReference)) return none;
    const specifier = (moduleReference.expression as ts.StringLiteral).text;
    return { specifier, bindings: [{ local: name.text, name: '.exports' }] };
  }
  if (typescript.isExportDeclaration(statement)) {
    const { moduleSpecifier, isTypeOnly } = statement;
    return moduleSpecifier && !isTypeOnly
      ? { specifier: (moduleSpecifier as ts.StringLiteral).text, bindings: [] }
      : none;
  }
  if (!typescript.isImportDeclaration(statement)) return none;
  const specifier = (statement.moduleSpecifier as ts.StringLiteral).text;
  const clause = statement.importClause;
  if (!clause) return { specifier, bindings: [] };
  if (clause.isTypeOnly) return none;
  const bindings: Binding[] = [];
  if (clause.name && isValue(clause.name)) bindings.push({ local: clause.name.text, name: '.default' });
  const named = clause.namedBindings;
  if (named && typescript.isNamespaceImport(named)) bindings.push({ local: named.name.text, name: '.namespace' });
  else if (named) {
    for (const { name, propertyName, isTypeOnly } of named.elements) {
      if (isTypeOnly || !isValue(name)) continue;
      const imported = (propertyName ?? name).text;
      const place = imported === 'default' ? '.default' : `.namespace[${JSON.stringify(imported)}]`;
      bindings.push({ local: name.text, name: place });
    }
  }
  return bindings.length > 0 ? { specifier, bindings } : none;
}

/** Whether a name stands for something at run time, and not for a type alone. What cannot be known does. */
function hasValue(typescript: typeof ts, checker: ts.TypeChecker, symbol: ts.Symbol | undefined): boolean {
  if (!symbol) return false;
  if (!(symbol.flags & typescript.SymbolFlags.Alias)) return (symbol.flags & typescript.SymbolFlags.Value) !== 0;
  const target = checker.getAliasedSymbol(symbol);
  return checker.isUnknownSymbol(target) || (target.flags & typescript.SymbolFlags.Value) !== 0;
}

/** The variables of a cell that later ones may use; not what is disposed of at its end, or declared to be elsewhere. */
function declaredNames(typescript: typeof ts, checker: ts.TypeChecker, file: FileWithLocals): string[] {
  const isHere = (declaration: ts.Declaration): boolean => {
    if (typescript.getCombinedModifierFlags(declaration) & typescript.ModifierFlags.Ambient) return false;
    if (!typescript.isVariableDeclaration(declaration)) return true;
    // `await using` has the flags of `const` and `using`.
    const kind: number = typescript.getCombinedNodeFlags(declaration) & typescript.NodeFlags.BlockScoped;
    return kind !== Number(typescript.NodeFlags.Using) && kind !== Number(typescript.NodeFlags.AwaitUsing);
  };
  return [...(file.locals?.values() ?? [])]
    .filter((symbol) => hasValue(typescript, checker, symbol) && (symbol.declarations ?? []).some(isHere))
    .filter((symbol) => !isTypeOnlyImport(typescript, symbol))
    .map(({ name }) => name);
}

function isTypeOnlyImport(typescript: typeof ts, symbol: ts.Symbol): boolean {
  return (symbol.declarations ?? []).some((node) => typescript.isTypeOnlyImportDeclaration(node));
}

function translate(
  cells: CellProgram,
  checker: ts.TypeChecker,
  context: ts.TransformationContext,
  file: ts.SourceFile,
): ts.SourceFile {
  const { typescript } = cells;
  const { factory } = context;
  const variable = (name: string) =>
    factory.createPropertyAccessExpression(factory.createIdentifier(PLACES.cells), name);
  const isEarlier = (symbol: ts.Symbol | undefined) => symbol !== undefined && cells.isOfEarlierCell(symbol);
  const earlierName = (node: ts.Node): ts.Identifier | undefined =>
    typescript.isIdentifier(node) && isEarlier(checker.getSymbolAtLocation(node)) ? node : undefined;

  /** A function that is called by its name gets no `this`. */
  const callee = <Node extends ts.Expression>(node: Node): ts.Expression => {
    let inner: ts.Expression = node;
    while (
      typescript.isParenthesizedExpression(inner) ||
      typescript.isNonNullExpression(inner) ||
      typescript.isAsExpression(inner) ||
      typescript.isSatisfiesExpression(inner)
    ) {
      inner = inner.expression;
    }
    const name = earlierName(inner);
    if (!name) return typescript.visitNode(node, visit) as ts.Expression;
    return factory.createParenthesizedExpression(factory.createComma(factory.createNumericLiteral(0), named(name)));
  };
  const named = (node: ts.Identifier) => typescript.setTextRange(variable(node.text), node);

  const visit = (node: ts.Node): ts.Node => {
    if (typescript.isTypeNode(node) && !typescript.isExpressionWithTypeArguments(node)) return node;
    if (typescript.isInterfaceDeclaration(node) || typescript.isTypeAliasDeclaration(node)) return node;
    if (typescript.isHeritageClause(node) && node.token === typescript.SyntaxKind.ImplementsKeyword) return node;
    if (typescript.isShorthandPropertyAssignment(node)) {
      if (!isEarlier(checker.getShorthandAssignmentValueSymbol(node))) {
        return typescript.visitEachChild(node, visit, context);
      }
      const value = variable(node.name.text);
      const initial = node.objectAssignmentInitializer;
      return factory.createPropertyAssignment(
        node.name.text,
        initial ? factory.createAssignment(value, typescript.visitNode(initial, visit) as ts.Expression) : value,
      );
    }
    if (typescript.isCallExpression(node)) {
      const args = node.arguments.map((each) => typescript.visitNode(each, visit) as ts.Expression);
      if (node.expression.kind === typescript.SyntaxKind.ImportKeyword) {
        return factory.createCallExpression(factory.createIdentifier(PLACES.import), undefined, args);
      }
      const called = callee(node.expression);
      return typescript.isCallChain(node)
        ? factory.updateCallChain(node, called, node.questionDotToken, node.typeArguments, args)
        : factory.updateCallExpression(node, called, node.typeArguments, args);
    }
    if (typescript.isTaggedTemplateExpression(node)) {
      const template = typescript.visitNode(node.template, visit) as ts.TemplateLiteral;
      return factory.updateTaggedTemplateExpression(node, callee(node.tag), node.typeArguments, template);
    }
    if (isImportMeta(typescript, node)) return factory.createIdentifier(PLACES.meta);
    const name = earlierName(node);
    if (name) return named(name);
    return typescript.visitEachChild(node, visit, context);
  };

  const statements = file.statements.flatMap((statement): ts.Statement[] => {
    if (typescript.isImportDeclaration(statement) || typescript.isExportDeclaration(statement)) return [];
    if (typescript.isImportEqualsDeclaration(statement)) {
      const { name, moduleReference } = statement;
      if (typescript.isExternalModuleReference(moduleReference)) return [];
      if (!hasValue(typescript, checker, checker.getSymbolAtLocation(name))) return [];
      const expression = entity(moduleReference);
      const declaration = factory.createVariableDeclaration(name.text, undefined, undefined, expression);
      return [factory.createVariableStatement([], factory.createVariableDeclarationList([declaration], 2))];
    }
    const expression = defaultExport(typescript, factory, statement);
    const plain = expression
      ? typescript.setTextRange(factory.createExpressionStatement(expression), statement)
      : statement;
    return [typescript.visitNode(plain, visit) as ts.Statement];
  });
  const entity = (name: ts.EntityName): ts.Expression =>
    typescript.isIdentifier(name)
      ? (typescript.visitNode(name, visit) as ts.Expression)
      : factory.createPropertyAccessExpression(entity(name.left), name.right.text);

  const last = statements.findLastIndex((statement) => !typescript.isEmptyStatement(statement));
  const end = statements[last];
  if (end && typescript.isExpressionStatement(end)) {
    const value = factory.createPropertyAssignment('value', end.expression);
    const result = factory.createReturnStatement(factory.createObjectLiteralExpression([value]));
    statements.splice(last, 1, typescript.setTextRange(result, end));
  }
  return factory.updateSourceFile(file, statements);
}

export function isImportMeta(typescript: typeof ts, node: ts.Node): boolean {
  return (
    typescript.isMetaProperty(node) &&
    node.keywordToken === typescript.SyntaxKind.ImportKeyword &&
    node.name.text === 'meta'
  );
}

/** The value of `export default` and `export =`, where it has no name. */
function defaultExport(
  typescript: typeof ts,
  factory: ts.NodeFactory,
  statement: ts.Statement,
): ts.Expression | undefined {
  if (typescript.isExportAssignment(statement)) return statement.expression;
  if (typescript.isFunctionDeclaration(statement) && !statement.name && statement.body) {
    const { modifiers, asteriskToken, typeParameters, parameters, type, body } = statement;
    const kept = modifiers?.filter(({ kind }) => kind === typescript.SyntaxKind.AsyncKeyword) as
      ts.Modifier[] | undefined;
    return factory.createFunctionExpression(kept, asteriskToken, undefined, typeParameters, parameters, type, body);
  }
  if (typescript.isClassDeclaration(statement) && !statement.name) {
    const { typeParameters, heritageClauses, members } = statement;
    return factory.createClassExpression(undefined, undefined, typeParameters, heritageClauses, members);
  }
  return undefined;
}

/** A function's body exports nothing; TypeScript marks what was a module by an empty export. */
function withoutExports(typescript: typeof ts, file: ts.SourceFile): ts.SourceFile {
  const statements = file.statements.filter((statement) => !typescript.isExportDeclaration(statement));
  return typescript.factory.updateSourceFile(file, statements);
}

/** The same text, at the same places, without the word `export` before declarations. */
export function withoutExportModifiers(typescript: typeof ts, code: string): string {
  if (!/\bexport\b/.test(code)) return code;
  const file = typescript.createSourceFile('cell.ts', code, typescript.ScriptTarget.Latest, true);
  let text = code;
  for (const statement of file.statements) {
    if (!typescript.canHaveModifiers(statement)) continue;
    const named = typescript.isVariableStatement(statement) || (statement as { name?: ts.Node }).name !== undefined;
    if (!named) continue;
    for (const modifier of typescript.getModifiers(statement) ?? []) {
      const { kind } = modifier;
      if (kind !== typescript.SyntaxKind.ExportKeyword && kind !== typescript.SyntaxKind.DefaultKeyword) continue;
      const start = modifier.getStart(file);
      text = text.slice(0, start) + ' '.repeat(modifier.end - start) + text.slice(modifier.end);
    }
  }
  return text;
}
