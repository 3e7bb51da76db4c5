/**
 * The process of one attack, or of its control. It gets the name and the stage as a message and goes on until the message `stop` arrives or
 * its parent is gone. It runs at a low priority, because a stranger's own work is done on a machine of theirs.
 */
import { setPriority } from 'node:os';
import { type Part, runOf, type Stage } from './attack.ts';
import { ATTACKS } from './attacks.ts';

export type AttackOrder = { readonly name: string; readonly part: Part; readonly stage: Stage };
export type AttackMessage =
  | { readonly type: 'started' }
  | { readonly type: 'ended'; readonly bytes: number }
  | { readonly type: 'failed'; readonly error: string };

const NICE = 10;
const over = new AbortController();

const tell = (message: AttackMessage): void => {
  process.send?.(message, () => {
    if (message.type !== 'started') process.exit(0);
  });
};

const attack = async ({ name, part, stage }: AttackOrder): Promise<void> => {
  const found = ATTACKS.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no attack is named ${name}`);
  const run = await runOf(found, part, stage);
  tell({ type: 'started' });
  tell({ type: 'ended', bytes: await run(stage, over.signal) });
};

setPriority(NICE);
process.once('disconnect', () => process.exit(0));
process.once('message', (order) => {
  process.once('message', () => over.abort());
  attack(order as AttackOrder).catch((error: unknown) => {
    tell({ type: 'failed', error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  });
});
