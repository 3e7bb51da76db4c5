import { toFault } from '../src/lib/errors.ts';
import type { Logger } from '../src/lib/log.ts';

export type Teardown = {
  readonly push: (name: string, undo: () => Promise<void> | void) => void;
  readonly run: () => Promise<void>;
};

/** Collects what to undo when the node stops. What was started last is undone first. */
export const createTeardown = (logger: Logger): Teardown => {
  const steps: { readonly name: string; readonly undo: () => Promise<void> | void }[] = [];
  return {
    push: (name, undo) => {
      steps.unshift({ name, undo });
    },
    run: async () => {
      for (const { name, undo } of steps.splice(0)) {
        try {
          await undo();
        } catch (error) {
          logger.error({ part: name, reason: toFault(error).message }, 'did not stop cleanly');
        }
      }
    },
  };
};
