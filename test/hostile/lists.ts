/** Long lists of items: what attacks put at nodes, and have blocks name as the commons of Datanets. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createRpcClient } from '../../src/client/rpc-client.ts';
import { privateKeySigner } from '../../src/client/signers/private-key.ts';
import { createWallet } from '../../src/client/wallet.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { addressOfPrivateKey, randomPrivateKey } from '../../src/lib/secp256k1.ts';
import { RULES_DEFAULT } from '../../state/attribution/rules.ts';
import type { Stage, Target } from './attack.ts';
import { bodyOf, signed } from './transactions.ts';

const MONEY = 10n ** 18n;
/** The time in which blocks must have what was sent. */
const SETTLE_MS = 60_000;
const PAUSE_MS = 100;

export type List = { readonly root: string; readonly items: number };

/** Puts an object at each node. Returns its root. */
export const putAt = async (targets: readonly Target[], object: object): Promise<string> => {
  const answers = await Promise.all(
    targets.map(({ rpc }) => createRpcClient(rpc).request('content_put', { objects: [object] })),
  );
  const [answer] = answers;
  const roots: unknown = answer?.ok === true ? Reflect.get(answer.value as object, 'roots') : undefined;
  if (!Array.isArray(roots) || answers.some(({ ok }) => !ok)) throw new Error('content was not taken');
  return String(roots[0]);
};

/** Puts a list at each node. */
export const putList = async (targets: readonly Target[], items: readonly string[]): Promise<List> => ({
  root: await putAt(targets, { type: 'contribution', items }),
  items: items.length,
});

/** Returns the key of a new account with money. */
export const newAccount = async ({ targets: [target], keys: [owner] }: Stage): Promise<Uint8Array> => {
  if (target === undefined || owner === undefined) throw new Error('the stage has no node or no key');
  const key = randomPrivateKey();
  const wallet = await createWallet(createRpcClient(target.rpc), privateKeySigner(owner));
  await wallet.send('transfer', { to: addressOfPrivateKey(key), amount: MONEY }, { mode: 'commit' });
  return key;
};

/** Transactions of a new account, each of which names a list. */
export const namingOf = (target: Target, key: Uint8Array, lists: readonly List[]): readonly Uint8Array[] =>
  lists.map(({ root, items }, nonce) =>
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
        commons: { root, items, tokens: String(items), bytes: String(items) },
        matchBitsFloor: 0,
        access: 'open',
        contributors: [],
        reviewers: [1, 2].map((byte) => toHex(new Uint8Array(20).fill(byte))),
        quorum: 2,
        bondPerByte: '100000000000',
        prices: { inMin: '0', outMin: '0' },
      }),
    ),
  );

/** Sends transactions. Returns their bytes. */
export const sendTo = async (target: Target, transactions: readonly Uint8Array[]): Promise<number> => {
  const client = createRpcClient(target.rpc);
  let sent = 0;
  for (const transaction of transactions) {
    const answer = await client.attempt('tx_send', { transaction, mode: 'sync' });
    if (!answer.ok) throw new Error(`a list was not named: ${answer.fault.message}`);
    sent += transaction.length;
  }
  return sent;
};

/** Waits until blocks have so many transactions of an account. */
export const untilNamed = async (target: Target, key: Uint8Array, count: number): Promise<void> => {
  const client = createRpcClient(target.rpc);
  for (const end = performance.now() + SETTLE_MS; performance.now() < end; await sleep(PAUSE_MS)) {
    const answer = await client.attempt('account_get', { address: addressOfPrivateKey(key) });
    if (answer.ok && answer.value.nonce >= BigInt(count)) return;
  }
  throw new Error('the lists were not named');
};
