import fs from 'node:fs';

/**
 * What publint and attw (Are the types wrong?) find in a package, a line each: entries that lead nowhere, and types that do not say what
 * Node or a bundler would load.
 * @param folder the package
 * @param tarball the same, packed
 */
export async function judgePackage(folder: string, tarball: string): Promise<string[]> {
  const { publint } = await import('publint');
  const { formatMessage } = await import('publint/utils');
  const manifest = JSON.parse(fs.readFileSync(`${folder}/package.json`, 'utf8')) as Record<string, unknown>;
  const { messages } = await publint({ pkgDir: folder, strict: true });
  const lint = messages.map((message) => `publint: ${formatMessage(message, manifest) ?? message.code}`);

  const { checkPackage, createPackageFromTarballData } = await import('@arethetypeswrong/core');
  const result = await checkPackage(createPackageFromTarballData(fs.readFileSync(tarball)));
  if (!result.types) return [...lint, 'attw: the package has no types'];
  return [...lint, ...result.problems.map((problem) => `attw: ${JSON.stringify(problem)}`)];
}
