import type { CommandEntry } from './command-entry.js';

/** Data sets by name. */
export const dataEntry = {
  name: 'data',
  summary: 'Lists, downloads and checks the data sets that modulab knows by name.',
  takes: 'list | fetch NAME | verify [NAME]',
  words: {
    list: 'which data sets are there, and where',
    'fetch NAME': 'downloads the official files of a set and checks them; Ctrl-C stops it, the same command goes on',
    'verify [NAME]': 'reads a set (default: all that are there) and compares its files with the official checksums',
  },
  actions: ['list', 'fetch', 'verify'],
  options: {
    dir: {
      type: 'string',
      value: 'FOLDER',
      help: 'data folder; without it MODULAB_DATA where that is set (list, verify), then the folder that fetch writes to',
    },
  },
  examples: [
    ['list', 'says what is there'],
    ['fetch cifar10', 'downloads CIFAR-10, 170 MB'],
  ],
} as const satisfies CommandEntry;

/** The Jupyter kernel. */
export const kernelEntry = {
  name: 'kernel',
  summary: 'Registers the TypeScript kernel for Jupyter and VS Code, or says what is wrong with it.',
  takes: 'install | uninstall | doctor | path',
  words: {
    install: "registers the kernel 'TypeScript (modulab)' for this user, for every Jupyter and for VS Code",
    uninstall: 'takes that back',
    doctor: 'checks the kernel from end to end and says what is wrong',
    path: 'prints the folder to put into JUPYTER_PATH, to use the kernel without registering it',
  },
  actions: ['install', 'uninstall', 'doctor', 'path'],
  options: {},
  examples: [
    ['install', 'then choose the kernel in Jupyter or VS Code'],
    ['doctor', 'says how to go on'],
  ],
} as const satisfies CommandEntry;

/** Notebooks without Jupyter. */
export const notebookEntry = {
  name: 'notebook',
  summary: 'Runs notebooks without Jupyter and without Python.',
  takes: 'FILE.ipynb …',
  words: {},
  options: {
    out: {
      type: 'string',
      value: 'FILE',
      help: 'write the executed notebook there (one input only; otherwise out/NAME.ipynb)',
    },
    'in-place': { type: 'boolean', help: 'write it over the input, when every cell has succeeded' },
    clean: {
      type: 'boolean',
      help: 'leave out times of execution and folders of this machine (for notebooks to be committed)',
    },
    preset: {
      type: 'string',
      value: 'NAME',
      help: 'how much to compute: smoke, laptop, or what else the notebook knows',
    },
    timeout: { type: 'string', value: 'SECONDS', default: '3600', help: 'longest time for one cell' },
  },
  examples: [['story.ipynb --preset smoke', 'runs it with few computations and writes out/story.ipynb']],
} as const satisfies CommandEntry;

/** The prompt. */
export const replEntry = {
  name: 'repl',
  summary: 'A TypeScript prompt with modulab in scope.',
  takes: '[< FILE]',
  words: { '< FILE': "runs the file's statements instead; exit code 1 after an error" },
  options: {},
  examples: [['', 'type an expression, or .help']],
} as const satisfies CommandEntry;

/** The addon of the native backend. */
export const buildNativeEntry = {
  name: 'build-native',
  summary: 'Builds the native backend for this machine, which is several times faster than WebAssembly.',
  takes: '',
  words: {},
  options: {},
  examples: [['', 'shows what the compiler says, and where the result lies']],
  notes:
    'Needs a C++ compiler and oneDNN. Debian, Ubuntu: apt install g++ libdnnl-dev; Fedora: dnf install gcc-c++ onednn-devel; ' +
    'macOS: xcode-select --install and brew install onednn.',
} as const satisfies CommandEntry;

/** What is there and what is missing. */
export const doctorEntry = {
  name: 'doctor',
  summary: 'Says what modulab can do on this machine: which backends there are, how fast, and what is missing.',
  takes: '',
  words: {},
  options: {},
  examples: [['', 'a line for each; exit code 1 where something that modulab needs is broken']],
} as const satisfies CommandEntry;

/** What completes commands in a shell. */
export const completionEntry = {
  name: 'completion',
  summary: 'Prints what completes commands and options with the tab key.',
  takes: 'bash | zsh',
  words: {},
  actions: ['bash', 'zsh'],
  options: {},
  examples: [
    ['bash >> ~/.bashrc', 'for every bash to come; for this one: eval "$(modulab completion bash)"'],
    ['zsh >> ~/.zshrc', 'for every zsh to come, behind compinit'],
  ],
} as const satisfies CommandEntry;
