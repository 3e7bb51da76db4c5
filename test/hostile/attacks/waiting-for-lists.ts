import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Root } from '../../../src/lib/brands.ts';
import { fromHex, toHex } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { contributionRoot } from '../../../state/attribution/commitment.ts';
import { ITEMS_MAX } from '../../../state/attribution/parameters.ts';
import { RULES_DEFAULT } from '../../../state/attribution/rules.ts';
import { type Attack, type Run, type Stage, type Target, TWO_ADDRESSES } from '../attack.ts';
import { callOf, headOf, keepSockets } from '../http.ts';
import { namingOf, newAccount, putAt, putList, sendTo, untilNamed } from '../lists.ts';

const LISTS = 6;
/** As many as may wait that come from one address. */
const CALLS = 190;
/** The calls wait for so long when the list comes, and for no longer after it. */
const BEFORE_MS = 700;
const AFTER_MS = 2_000;

/** Lists of one item that is here, again and again, and one that nobody has. */
const listsOf = (item: string): readonly (readonly string[])[] =>
  Array.from({ length: LISTS }, () => [
    ...new Array<string>(ITEMS_MAX - 1).fill(item),
    toHex(randomBytes(32)),
  ]);

const rootOf = (items: readonly string[]): string =>
  toHex(unwrap(contributionRoot(items.map((item) => unwrap(fromHex(item)) as Root))));

/** Has calls wait for a list, and puts it at the node then. Returns the bytes sent. */
const waitFor = async (target: Target, items: readonly string[], signal: AbortSignal): Promise<number> => {
  const body = callOf('content_get', `{"root":"${rootOf(items)}"}`);
  const request = `${headOf(body.length)}${body}`;
  const over = new AbortController();
  const waiting = keepSockets(
    target,
    CALLS,
    async (socket, gone) => {
      socket.write(request);
      socket.resume();
      await new Promise((resolve) => gone.addEventListener('abort', resolve, { once: true }));
      return request.length;
    },
    AbortSignal.any([signal, over.signal]),
    TWO_ADDRESSES.slice(0, 1),
  );
  await sleep(BEFORE_MS);
  await putList([target], items);
  await sleep(AFTER_MS);
  over.abort();
  return (await waiting) + items.join().length;
};

const prepare = async (stage: Stage): Promise<Run> => {
  const { targets } = stage;
  const [first] = targets;
  if (first === undefined) throw new Error('the stage has no node');
  const key = await newAccount(stage);
  const text = { type: 'item', rules: RULES_DEFAULT, text: 'a text', promptTokens: 0 };
  const lists = listsOf(await putAt(targets, { ...text, salt: toHex(randomBytes(32)) }));
  const named = lists.map((items) => ({ root: rootOf(items), items: items.length }));
  await sendTo(first, namingOf(first, key, named));
  await untilNamed(first, key, named.length);
  return async (_stage, signal) => {
    let sent = 0;
    for (const items of lists) {
      if (signal.aborted) break;
      for (const bytes of await Promise.all(targets.map((target) => waitFor(target, items, signal))))
        sent += bytes;
    }
    return sent;
  };
};

export const attack: Attack = {
  name: 'waiting-for-lists',
  what: `${CALLS} calls at each node wait for a list of ${ITEMS_MAX} items, which is put there then, ${LISTS} times.`,
  prepare,
};
