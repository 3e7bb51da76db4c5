import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { toHex } from '../../../src/lib/bytes.ts';
import { ITEMS_MAX } from '../../../state/attribution/parameters.ts';
import type { Attack, Run, Stage } from '../attack.ts';
import { type List, namingOf, newAccount, putList, sendTo } from '../lists.ts';

const LISTS = 20;

/** Lists of the same items, none of which anybody has, each in another order. */
const lists = (): readonly (readonly string[])[] => {
  const items = Array.from({ length: ITEMS_MAX }, () => toHex(randomBytes(32)));
  return Array.from({ length: LISTS }, (_, i) => [...items.slice(i), ...items.slice(0, i)]);
};

/** Gives an account money, and puts the lists at the nodes. */
const prepare = async (stage: Stage): Promise<Run> => {
  const { targets } = stage;
  const [first] = targets;
  if (first === undefined) throw new Error('the stage has no node');
  const key = await newAccount(stage);
  const named: List[] = [];
  for (const items of lists()) named.push(await putList(targets, items));
  const transactions = namingOf(first, key, named);
  return async (_stage, signal) => {
    const sent = await sendTo(first, transactions);
    // What they named is worked on until the end of the time.
    if (!signal.aborted) await once(signal, 'abort');
    return sent;
  };
};

export const attack: Attack = {
  name: 'long-lists',
  what: `One account names ${LISTS} lists of ${ITEMS_MAX} items that nobody has, which were put at the nodes before.`,
  prepare,
};
