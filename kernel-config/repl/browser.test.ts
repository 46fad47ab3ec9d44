import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserOpener, openInBrowser } from './browser.js';

test('where a browser is to be expected', () => {
  assert.equal(browserOpener({ MODULAB_BROWSER: '0', DISPLAY: ':0' }), null);
  assert.equal(browserOpener({ CI: 'true', DISPLAY: ':0' }), null);
  assert.equal(browserOpener({ SSH_CONNECTION: '1 2 3 4', DISPLAY: ':10' }), null);
  assert.equal(browserOpener({}, 'linux'), null);
  assert.deepEqual(browserOpener({}, 'darwin'), ['open']);
  assert.deepEqual(browserOpener({ MODULAB_BROWSER: '/opt/browser', CI: 'true' }), ['/opt/browser']);
  assert.equal(browserOpener({}, 'win32')?.length, 2);
});

test('a program that is missing or fails is no failure', async () => {
  assert.equal(await openInBrowser(['/nowhere/browser'], 'http://127.0.0.1/'), false);
  assert.equal(await openInBrowser([process.execPath, '-e', 'process.exit(3)'], 'x'), false);
  assert.equal(await openInBrowser([process.execPath, '-e', ''], 'x'), true);
});
