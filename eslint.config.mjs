import { readFileSync } from 'node:fs';
import simpleImportSort from 'eslint-plugin-simple-import-sort';
import tseslint from 'typescript-eslint';

/** @type {{ include: string[], exclude: string[] }} */
const strictly = JSON.parse(readFileSync(new URL('kernel-config/setup/tsconfig.strict.json', import.meta.url), 'utf8'));

/** Its patterns start at its own folder. */
const fromHere = (/** @type {string} */ pattern) =>
  pattern.replace(/^\.\.\/\.\.\//, '').replace(/^\.\.\//, 'kernel-config/');

export default tseslint.config(
  {
    ignores: ['dist/', 'out/', 'runs/', '.build/', 'node_modules/', 'kernel-config/shims/', 'issues/'],
  },
  ...tseslint.configs.recommendedTypeChecked,
  // Node's own modules, packages, what lies higher up, what lies beside; `npm run format` puts them so.
  {
    plugins: { 'simple-import-sort': simpleImportSort },
    rules: { 'simple-import-sort/imports': ['error', { groups: [['^\\u0000', '^node:', '^@?\\w', '^', '^\\.']] }] },
  },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['test', 'describe', 'it', 'suite'], package: 'node:test' },
          ],
        },
      ],
    },
  },
  // Where an index may lead nowhere: with the other options, a check of what it gives would look needless.
  {
    files: strictly.include.filter((pattern) => pattern.endsWith('.ts')).map(fromHere),
    ignores: strictly.exclude.map(fromHere),
    languageOptions: {
      parserOptions: { projectService: false, project: './kernel-config/setup/tsconfig.strict.json' },
    },
  },
  // What sets a bare clone up is JavaScript, which Node runs before anything is built.
  {
    files: ['**/*.{mjs,cjs}'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: { parserOptions: { projectService: false } },
    rules: { ...tseslint.configs.disableTypeChecked.rules, '@typescript-eslint/explicit-module-boundary-types': 'off' },
  },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
);
