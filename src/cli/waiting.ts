/** Verbs that wait until something has happened on the chain, and say what they wait for. */
import { isForLater } from '../client/refusals.ts';
import { sleep } from '../client/sleep.ts';
import { CodedError } from '../lib/errors.ts';
import { note } from './output.ts';

const POLL_MS = 500;

/** How far something is: the value once it is there, else what it waits for, in words. */
export type Progress<T> = { readonly done: T } | { readonly waitsFor: string };

/**
 * Asks until the value is there, and notes each change of what it waits for. It has no limit of time: Ctrl-C ends it.
 * @throws what `look` throws
 */
export const waitUntil = async <T>(look: () => Promise<Progress<T>>): Promise<T> => {
  let said: string | undefined;
  /** Looks again, and goes on waiting while the node is away. A node that was never there is an error at once. */
  const lookAgain = async (): Promise<Progress<T>> => {
    try {
      return await look();
    } catch (error) {
      if (said === undefined || !(error instanceof CodedError) || !isForLater(error.fault)) throw error;
      return { waitsFor: `the node (${error.message})` };
    }
  };
  for (;;) {
    const progress = await lookAgain();
    if ('done' in progress) return progress.done;
    if (progress.waitsFor !== said) {
      said = progress.waitsFor;
      note(`waiting: ${said}`);
    }
    await sleep(POLL_MS);
  }
};
