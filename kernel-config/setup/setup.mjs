// The entry of npm start, npm test and the other commands on a bare clone.
//   node kernel-config/setup/setup.mjs start|test|build:native|kernel|notebook|repl|figures|data|bench|reproduce|front-page|workshop|docs|pack|modulab [arguments]
// Only looks at Node's version; written so that old versions can read it.
var version = /^(\d+)\.(\d+)/.exec(process.versions.node) || [];
if (Number(version[1]) < 20 || (Number(version[1]) === 20 && Number(version[2]) < 19)) {
  console.error('modulab needs Node.js 20.19 or newer; this is ' + process.versions.node + '. See https://nodejs.org');
  process.exit(1);
}

import('./prepare.mjs').then(function (prepare) {
  return prepare.main(process.argv.slice(2)).catch(function (error) {
    console.error(error instanceof prepare.SetupError ? error.message : error);
    process.exitCode = 1;
  });
});
