import { setImmediate as turn } from 'node:timers/promises';

/** What became of a cell: it succeeded, it failed, or it was not run because one before it had failed. */
export type CellOutcome = 'ok' | 'error' | 'aborted';

/**
 * Runs cells one after the other. A cell that fails takes with it those that wait behind it ("run all"), and no other: what
 * comes after its failure has been told is run, however soon it comes.
 */
export class CellQueue {
  private last: Promise<unknown> = Promise.resolve();
  private added = 0;
  /** Cells up to this number, from 1, are not run any more. */
  private droppedUpTo = 0;

  /**
   * @param run whether the cell succeeded
   * @param stopOnError whether its failure drops the cells that wait, as the request's `stop_on_error` says
   */
  add(run: () => Promise<boolean>, stopOnError: boolean): Promise<CellOutcome> {
    const number = ++this.added;
    const outcome = this.last.then(async (): Promise<CellOutcome> => {
      if (number <= this.droppedUpTo) return 'aborted';
      if (await run()) return 'ok';
      if (stopOnError) await this.drop();
      return 'error';
    });
    this.last = outcome.catch(() => undefined);
    return outcome;
  }

  /** Drops what waits, with the requests that have arrived while a cell computed and nobody read the socket. */
  private async drop(): Promise<void> {
    let before: number;
    do {
      before = this.added;
      await turn();
      await turn();
    } while (this.added > before);
    this.droppedUpTo = this.added;
  }
}
