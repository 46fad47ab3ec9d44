import fs from 'node:fs';
import { interruption } from '../../engine/interruption.js';
import { InterruptedError, OptionError } from '../../errors.js';
import { type AnswerEndpoint, type AnswerServer, openAnswerServer } from './answer-server.js';
import { DECISION_FORMAT, type KernelDecision, requireFittingDecision } from './decision.js';
import { readDecision, writeDecision } from './decision-file.js';
import { parseKept } from './kept-list.js';
import type { KernelGallery } from './kernel-gallery.js';

/** What there is to be shown: a gallery to decide on, or one that was decided on. */
export interface GalleryView {
  readonly gallery: KernelGallery;
  /** Null where nobody is asked. */
  readonly asks: {
    readonly endpoint: AnswerEndpoint;
    /** Beginning of the line to run where the page cannot reach the endpoint, e.g. `g.decide`. */
    readonly call: string;
    /** Who decides, to begin with. */
    readonly user: string;
    /** As a page at the endpoint would, for designers that are programs. */
    decide(kept: string | readonly number[], reason?: string): KernelDecision;
  } | null;
  /** The decision there is already. */
  readonly decision: KernelDecision | null;
}

/** Shows a gallery; returns without waiting for a person. */
export type ShowGallery = (view: GalleryView) => void;

/** How a gallery asks a person. */
export interface AskOptions {
  /** Decision file: read when it is there, written when a person has decided. Default: the decision is not saved. */
  file?: string;
  /**
   * 'missing': a person is asked where there is no decision file; 'again': in any case, and the file is replaced;
   * 'never': a missing file is an error. Default 'missing'.
   */
  ask?: 'missing' | 'again' | 'never';
  /** Takes the decision of a file that was made on a model with the same layers and other weights. Default false. */
  otherWeights?: boolean;
  /** Who decides; written into the decision. Default: empty, to be filled in on the page. */
  user?: string;
}

/** How long an answer is waited for, and what shows that it is. */
export interface WaitOptions {
  /** Seconds to wait at most. Default: no limit. */
  timeLimit?: number;
  signal?: AbortSignal;
}

/** A gallery on show, and the decision that is waited for. */
export class OpenGallery {
  private server: AnswerServer | null = null;
  private made: KernelDecision | null;

  private constructor(
    readonly gallery: KernelGallery,
    private readonly call: string,
    private readonly options: AskOptions,
    saved: KernelDecision | null,
  ) {
    this.made = saved;
  }

  /**
   * Shows a gallery and starts to listen for the decision, unless the decision file is there already.
   * @param call beginning of the line that decides without the page, e.g. `g.decide`
   * @throws OptionError when the file's decision does not fit, or there is none and nobody is to be asked; DataError when
   *   the file is no decision
   */
  static async open(
    gallery: KernelGallery,
    show: ShowGallery,
    call: string,
    options: AskOptions,
  ): Promise<OpenGallery> {
    const { file, ask = 'missing', user = '' } = options;
    if (!['missing', 'again', 'never'].includes(ask)) {
      throw new OptionError(`ask: expected 'missing', 'again' or 'never', got '${ask}'.`);
    }
    const saved = file && ask !== 'again' && fs.existsSync(file) ? readDecision(file) : null;
    if (saved) {
      const group = { id: gallery.layer, layers: gallery.layers, units: { length: gallery.units } };
      requireFittingDecision(saved, group, options.otherWeights ? null : gallery.modelDigest);
    } else if (ask === 'never') {
      const missing = file ? `'${file}' is not there` : 'no decision file is named';
      throw new OptionError(`gallery of '${gallery.layer}': nobody is to be asked (ask: 'never'), but ${missing}.`);
    }
    const open = new OpenGallery(gallery, call, options, saved);
    if (saved) {
      show({ gallery, asks: null, decision: saved });
      return open;
    }
    open.server = await openAnswerServer(({ kept, reason, user: who }) => {
      open.accept(kept, reason ?? '', who ?? user);
    });
    const { url, token } = open.server;
    const decide = (kept: string | readonly number[], reason?: string) => open.decide(kept, reason);
    show({ gallery, asks: { endpoint: { url, token }, call, user, decide }, decision: null });
    return open;
  }

  /** Decides without the page: kept kernels as text (`'0-3,5'`) or numbers. */
  decide(kept: string | readonly number[], reason = '', user = this.options.user ?? ''): KernelDecision {
    const decision = this.accept(kept, reason, user);
    this.dispose();
    return decision;
  }

  /**
   * Waits until a person has confirmed the choice on the page.
   * @param check called while waiting; throws to stop
   * @throws InterruptedError when interrupted, or after `timeLimit`; the gallery stays open and may be waited for again
   */
  async decision({ timeLimit, signal }: WaitOptions = {}, check?: () => void): Promise<KernelDecision> {
    if (timeLimit !== undefined && !(timeLimit > 0)) {
      throw new OptionError(`timeLimit: expected seconds above 0, got ${timeLimit}.`);
    }
    const stopped = interruption(signal);
    const until = performance.now() + 1000 * (timeLimit ?? Infinity);
    for (;;) {
      if (this.made) return this.made;
      const wayOut = `Confirm on the page, or run ${this.call}('0-3,5', 'why') with the kernels to keep.`;
      if (!this.server)
        throw new OptionError(`The gallery of '${this.gallery.layer}' was closed undecided. Open it again.`);
      if (stopped()) {
        throw new InterruptedError(`The wait for the decision on '${this.gallery.layer}' was stopped. ${wayOut}`);
      }
      check?.();
      if (performance.now() >= until) {
        throw new InterruptedError(`Nobody has decided on '${this.gallery.layer}' within ${timeLimit} s. ${wayOut}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Stops listening. A decision that was made stays. */
  dispose(): void {
    this.server?.close();
    this.server = null;
  }

  private accept(given: unknown, reason: unknown, user: unknown): KernelDecision {
    const { gallery, options } = this;
    if (this.made) {
      throw new OptionError(`'${gallery.layer}' is decided already. Open the gallery again with ask: 'again'.`);
    }
    if (!this.server) throw new OptionError(`The gallery of '${gallery.layer}' was closed. Open it again.`);
    const kept = parseKept(given, gallery.units);
    if (typeof reason !== 'string' || typeof user !== 'string') throw new OptionError('reason, user: expected texts.');
    const decision: KernelDecision = {
      format: DECISION_FORMAT,
      layer: gallery.layer,
      layers: gallery.layers,
      units: gallery.units,
      kept,
      dropped: Array.from({ length: gallery.units }, (_, unit) => unit).filter((unit) => !kept.includes(unit)),
      user: user.trim(),
      time: new Date().toISOString(),
      reason: reason.trim(),
      seenImages: gallery.images,
      imagesDigest: gallery.imagesDigest,
      modelDigest: gallery.modelDigest,
    };
    if (options.file) writeDecision(options.file, decision, { overwrite: options.ask === 'again' });
    this.made = decision;
    return decision;
  }
}
