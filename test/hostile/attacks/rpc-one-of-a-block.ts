import { toHeight } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { addressOfPrivateKey } from '../../../src/lib/secp256k1.ts';
import { signTransaction } from '../../../state/tx/transaction.ts';
import type { Attack, Target } from '../attack.ts';
import { callOf, onEach, postAgain } from '../http.ts';
import { separatorOf, transferBody } from '../transactions.ts';

/** The transfers of each account, which the node puts into few blocks. */
const TRANSFERS = 500;
/** The calls of one batch. */
const CALLS = 100;
/** The callers of each target. */
const CALLERS = 4;

const post = async ({ rpc }: Target, body: string): Promise<unknown> => {
  const answer = await fetch(rpc, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  return answer.json();
};

const batchOf = (calls: readonly string[]): string => `[${calls.join(',')}]`;

const nonceOf = async (target: Target, key: Uint8Array): Promise<bigint> => {
  const address = toHex(addressOfPrivateKey(key));
  const answer = await post(target, callOf('account_get', JSON.stringify({ address })));
  const { result } = answer as { readonly result: { readonly nonce: string } };
  return BigInt(result.nonce);
};

/** Sends as many transfers as fill some blocks, and returns their ids. */
const fillBlocks = async (target: Target, key: Uint8Array): Promise<readonly string[]> => {
  const first = await nonceOf(target, key);
  const separator = separatorOf(target);
  const ids: string[] = [];
  for (let sent = 0; sent < TRANSFERS; sent += CALLS) {
    const calls = Array.from({ length: CALLS }, (_, i) => {
      const nonce = first + BigInt(sent + i);
      const draft = { nonce, maxFee: 10n ** 9n, tip: 0n, validUntil: toHeight(10_000n) };
      const { id, bytes } = signTransaction(key, { ...draft, body: transferBody() }, separator);
      ids.push(toHex(id));
      return callOf('tx_send', JSON.stringify({ transaction: toHex(bytes), mode: 'async' }));
    });
    await post(target, batchOf(calls));
  }
  return ids;
};

/** Calls about one transaction or one entry. Those that follow each other are about different blocks. */
const bodyOf = (ids: readonly string[], height: number, turn: number): string =>
  batchOf(
    Array.from({ length: CALLS }, (_, i) => {
      const place = i % 2 === 0 ? i + turn : ids.length - 1 - i - turn;
      const id = JSON.stringify({ id: ids[Math.abs(place) % ids.length] });
      const at = JSON.stringify({ height: Math.max(1, height - (i % 8)), limit: 1 });
      switch (Math.floor(i / 2) % 4) {
        case 0:
          return callOf('tx_status', id);
        case 1:
          return callOf('tx_get', id);
        case 2:
          return callOf('chain_getBlockResults', at);
        default:
          return callOf(
            'events_query',
            JSON.stringify({ types: 'transfer', from: `${height}/${i}`, limit: 1 }),
          );
      }
    }),
  );

const heightOf = async (target: Target): Promise<number> => {
  const answer = await post(target, callOf('node_status', '{}'));
  const { result } = answer as { readonly result: { readonly height: string } };
  return Number(result.height);
};

export const attack: Attack = {
  name: 'rpc-one-of-a-block',
  what: 'Full blocks of transfers, then batches of 100 calls that each ask for one transaction, one result or one event of them.',
  run: async ({ targets, keys }, signal) => {
    const [first] = targets;
    if (first === undefined) return 0;
    const ids = (await Promise.all(keys.slice(0, 2).map((key) => fillBlocks(first, key)))).flat();
    const height = await heightOf(first);
    return onEach(targets, (target) =>
      postAgain(target, (turn) => bodyOf(ids, height, turn), CALLERS, signal),
    );
  },
};
