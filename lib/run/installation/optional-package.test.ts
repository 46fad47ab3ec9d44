import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ModulabError } from '../../errors.js';
import { isInstalled, optionalPackage, packageFolder, requirePackages } from './optional-package.js';

test('a package that is installed is loaded, whatever it exports', () => {
  const { PNG } = optionalPackage<typeof import('pngjs')>('pngjs', { what: 'A picture', packages: ['pngjs'] });
  assert.equal(typeof PNG, 'function');
  assert.ok(isInstalled('dejavu-fonts-ttf'), 'a package without an entry');
  assert.ok(isInstalled('plotly.js-dist'));
  assert.match(packageFolder('@resvg/resvg-js') ?? '', /node_modules.@resvg.resvg-js$/);
});

test('what is missing is named at once, with the command that installs it', () => {
  const need = { what: 'A hologram', packages: ['pngjs', 'no-such-a', '@no/such-b'] };
  assert.throws(
    () => optionalPackage('pngjs', need),
    (error: Error) => {
      assert.ok(error instanceof ModulabError);
      assert.match(error.message, /^A hologram needs no-such-a, @no\/such-b, which are not installed/);
      assert.match(error.message, /npm i no-such-a @no\/such-b$/);
      return true;
    },
  );
  assert.equal(isInstalled('no-such-a'), false);
});

test('versions that modulab was tried with stand in the command', () => {
  // A peer of the project itself that nobody installs for its tests.
  const need = { what: 'A GPU', packages: ['@tensorflow/tfjs-node-gpu'] };
  if (isInstalled('@tensorflow/tfjs-node-gpu')) return;
  assert.throws(() => requirePackages(need), /npm i "@tensorflow\/tfjs-node-gpu@4\.22\.0"$/);
});
