import { cnnSplitter } from './cnnsplitter/cnnsplitter.js';
import { decompose } from './decompose/decompose.js';
import { gradSplitter } from './gradsplitter/gradsplitter.js';
import type { Splitter } from './splitter.js';

/** The splitters by the name that `split` takes as its method. To add one: a file in this folder and a line here. */
export const SPLITTERS = {
  decompose,
  cnnsplitter: cnnSplitter,
  gradsplitter: gradSplitter,
} as const satisfies Record<string, AnySplitter>;

/** Name of a splitter. */
export type SplitMethod = keyof typeof SPLITTERS;

/** A splitter of any images, options and result. */
export type AnySplitter = Splitter<never, never>;

/** The splitter that `split` runs for a method: one by name, or one of one's own. */
export type SplitterOf<Method extends SplitMethod | AnySplitter> = Method extends SplitMethod
  ? (typeof SPLITTERS)[Method]
  : Method;

/** What the splitter of a method must be given: one set of images, or two. */
export type ImagesOf<Method extends SplitMethod | AnySplitter> = Parameters<SplitterOf<Method>['run']>[1];

/** The options of the splitter of a method. */
export type OptionsOf<Method extends SplitMethod | AnySplitter> = Parameters<SplitterOf<Method>['run']>[2];

/** What the splitter of a method makes of a model. */
export type ResultOf<Method extends SplitMethod | AnySplitter> = Awaited<ReturnType<SplitterOf<Method>['run']>>;
