import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import { privateKeySigner } from '../../../src/client/signers/private-key.ts';
import { createWallet } from '../../../src/client/wallet.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { addressOfPrivateKey, randomPrivateKey } from '../../../src/lib/secp256k1.ts';
import { ITEMS_MAX } from '../../../state/attribution/parameters.ts';
import { RULES_DEFAULT } from '../../../state/attribution/rules.ts';
import type { Attack, Run, Stage, Target } from '../attack.ts';
import { bodyOf, signed } from '../transactions.ts';

const LISTS = 20;
const MONEY = 10n ** 18n;

/** Lists of the same items, none of which anybody has, each in another order. */
const lists = (): readonly (readonly string[])[] => {
  const items = Array.from({ length: ITEMS_MAX }, () => toHex(randomBytes(32)));
  return Array.from({ length: LISTS }, (_, i) => [...items.slice(i), ...items.slice(0, i)]);
};

/** Puts a list at each node. Returns its root. */
const putAt = async (targets: readonly Target[], items: readonly string[]): Promise<string> => {
  const object = { type: 'contribution', items };
  const answers = await Promise.all(
    targets.map(({ rpc }) => createRpcClient(rpc).request('content_put', { objects: [object] })),
  );
  const [answer] = answers;
  const roots: unknown = answer?.ok === true ? Reflect.get(answer.value as object, 'roots') : undefined;
  if (!Array.isArray(roots) || answers.some(({ ok }) => !ok)) throw new Error('a list was not taken');
  return String(roots[0]);
};

/** Names a list as the commons of a Datanet. */
const naming = (target: Target, key: Uint8Array, root: string, nonce: number): Uint8Array =>
  signed(
    target,
    key,
    BigInt(nonce),
    bodyOf('datanetCreate', {
      name: `lists ${nonce}`,
      domain: 'lists',
      rules: RULES_DEFAULT,
      licence: 'CC0-1.0',
      schema: { fields: ['text'], promptFields: 0 },
      commons: { root, items: ITEMS_MAX, tokens: String(ITEMS_MAX), bytes: String(ITEMS_MAX) },
      matchBitsFloor: 0,
      access: 'open',
      contributors: [],
      reviewers: [1, 2].map((byte) => toHex(new Uint8Array(20).fill(byte))),
      quorum: 2,
      bondPerByte: '100000000000',
      prices: { inMin: '0', outMin: '0' },
    }),
  );

/** Gives an account money, and puts the lists at the nodes. */
const prepare = async ({ targets, keys: [owner] }: Stage): Promise<Run> => {
  const [first] = targets;
  if (first === undefined || owner === undefined) throw new Error('the stage has no node or no key');
  const key = randomPrivateKey();
  const wallet = await createWallet(createRpcClient(first.rpc), privateKeySigner(owner));
  await wallet.send('transfer', { to: addressOfPrivateKey(key), amount: MONEY }, { mode: 'commit' });
  const roots: string[] = [];
  for (const items of lists()) roots.push(await putAt(targets, items));
  const transactions = roots.map((root, nonce) => naming(first, key, root, nonce));
  return async (_stage, signal) => {
    const client = createRpcClient(first.rpc);
    let sent = 0;
    for (const transaction of transactions) {
      const answer = await client.attempt('tx_send', { transaction, mode: 'sync' });
      if (!answer.ok) throw new Error(`a list was not named: ${answer.fault.message}`);
      sent += transaction.length;
    }
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
