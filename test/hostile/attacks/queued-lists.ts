import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { ITEMS_MAX } from '../../../state/attribution/parameters.ts';
import { RULES_DEFAULT } from '../../../state/attribution/rules.ts';
import type { Attack, Run, Stage } from '../attack.ts';
import { type List, namingOf, newAccount, putAt, putList, sendTo, untilNamed } from '../lists.ts';

const LISTS = 14;
/** More than a node marks at once. */
const SHORT = 1_030;
const HONEST = 1_500;
/** The time in which an honest list must be shown whole. Alone it takes less than a second. */
const SHOWN_MS = 20_000;
const PAUSE_MS = 100;

const unknownItems = (count: number): readonly string[] =>
  Array.from({ length: count }, () => toHex(randomBytes(32)));

const prepare = async (stage: Stage): Promise<Run> => {
  const [first] = stage.targets;
  if (first === undefined) throw new Error('the stage has no node');
  const key = await newAccount(stage);
  const owner = await newAccount(stage);
  const lists: List[] = [];
  for (const count of [ITEMS_MAX, SHORT])
    for (let i = 0; i < LISTS; i++) lists.push(await putList([first], unknownItems(count)));
  const text = { type: 'item', rules: RULES_DEFAULT, text: 'an honest text', promptTokens: 0 };
  const last = await putAt([first], { ...text, salt: toHex(randomBytes(32)) });
  const honest = await putList([first], [...unknownItems(HONEST - 1), last]);
  const transactions = namingOf(first, key, lists);
  const honestOnes = namingOf(first, owner, [honest]);
  return async (_stage, signal) => {
    const sent = await sendTo(first, transactions);
    await untilNamed(first, key, transactions.length);
    await sendTo(first, honestOnes);
    await untilNamed(first, owner, 1);
    const client = createRpcClient(first.rpc);
    const end = performance.now() + SHOWN_MS;
    while (!(await client.request('content_get', { root: last })).ok) {
      if (performance.now() > end)
        throw new Error(`${first.rpc} has not shown an honest list within ${SHOWN_MS / 1_000} s`);
      await sleep(PAUSE_MS);
    }
    if (!signal.aborted) await once(signal, 'abort');
    return sent;
  };
};

export const attack: Attack = {
  name: 'queued-lists',
  what: `One account names ${LISTS} lists of ${ITEMS_MAX} items and ${LISTS} of ${SHORT} that nobody has, before an honest list of ${HONEST}.`,
  prepare,
};
