// What commands do with their arguments that run before anything is built; those in commands/ use run-command.ts, which does the same.
import { parseArgs } from 'node:util';

/**
 * Reads the arguments of a command that takes none. Ends the process for `--help` (exit code 0, with the usage) and for anything
 * else (2, with what is wrong and the usage).
 * @param {string} usage
 * @param {string[]} [args]
 */
export function takeNoArguments(usage, args = process.argv.slice(2)) {
  try {
    const help = /** @type {const} */ ({ type: 'boolean', short: 'h' });
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { help } });
    if (positionals.length > 0) throw new Error(`Expected options only, got '${positionals.join(' ')}'.`);
    if (!values.help) return;
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(`${firstSentence(/** @type {Error} */ (error).message)}\n${usage}`);
    process.exit(2);
  }
}

/**
 * Node's messages about options go on with advice that fits no command here.
 * @param {string} message
 */
const firstSentence = (message) => message.replace(/\. To specify a positional .*$/s, '.');
