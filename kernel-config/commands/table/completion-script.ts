import type { CommandEntry, OptionEntry } from './command-entry.js';

/** Shells that commands can be completed in. */
export const SHELLS = ['bash', 'zsh'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * The script that completes `modulab` in a shell: commands, options, values of options where they are few, actions, and files elsewhere. It
 * is made of the table and runs nothing, so that the tab key answers at once.
 */
export function completionScript(shell: Shell, entries: readonly CommandEntry[]): string {
  return shell === 'bash' ? bash(entries) : zsh(entries);
}

const optionWords = ({ options }: CommandEntry): string =>
  [...Object.keys(options), 'help'].map((name) => `--${name}`).join(' ');

function bash(entries: readonly CommandEntry[]): string {
  const reply = (words: string) => `COMPREPLY=($(compgen -W "${words}" -- "$word"))`;
  const values = entries.flatMap(({ name, options }) =>
    Object.entries(options).flatMap(([option, { choices }]) =>
      choices ? [`    "${name} --${option}") ${reply(choices.join(' '))}; return ;;`] : [],
    ),
  );
  const words = entries.map((entry) => {
    const actions = entry.actions
      ? `; ((COMP_CWORD == 2)) && [[ $word != -* ]] && ${reply(entry.actions.join(' '))}`
      : '';
    return `    ${entry.name}) [[ $word == -* ]] && ${reply(optionWords(entry))}${actions} ;;`;
  });
  return `# Completes modulab in bash. For every shell to come: modulab completion bash >> ~/.bashrc
_modulab() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    ${reply([...entries.map(({ name }) => name), '--help', '--version'].join(' '))}
    return
  fi
  case "$command $before" in
${values.join('\n')}
  esac
  case "$command" in
${words.join('\n')}
  esac
  return 0
}
complete -o bashdefault -o default -F _modulab modulab`;
}

function zsh(entries: readonly CommandEntry[]): string {
  const commands = entries.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = entries.map((entry) => {
    const options = Object.entries(entry.options).map(([name, option]) => zshOption(name, option));
    const first = entry.actions ? [quoted(`1:action:(${entry.actions.join(' ')})`)] : [];
    const all = [...options, quoted('--help[says more]'), ...first, quoted('*:file:_files')];
    return `    ${entry.name})\n      _arguments ${all.join(' \\\n        ')}\n      ;;`;
  });
  return `#compdef modulab
# Completes modulab in zsh, after compinit. For every shell to come: modulab completion zsh >> ~/.zshrc
_modulab() {
  local -a commands
  commands=(
${commands.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  words=("\${(@)words[2,-1]}")
  ((CURRENT--))
  case $command in
${cases.join('\n')}
  esac
}
compdef _modulab modulab`;
}

function zshOption(name: string, { type, value, choices, help }: OptionEntry): string {
  const said = `--${name}[${help.replace(/[[\]:\\]/g, ' ')}]`;
  if (type === 'boolean') return quoted(said);
  const what = choices
    ? `(${choices.join(' ')})`
    : value === 'FOLDER'
      ? '_files -/'
      : value === 'FILE'
        ? '_files'
        : ' ';
  return quoted(`${said}:${value ?? name}:${what}`);
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
