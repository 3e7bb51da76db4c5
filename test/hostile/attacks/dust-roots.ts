import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONTENT } from '../../../p2p/protocols.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import { privateKeySigner } from '../../../src/client/signers/private-key.ts';
import { createWallet } from '../../../src/client/wallet.ts';
import { createRootOf, type InferenceObject, rootsOfInference } from '../../../src/content/objects.ts';
import { type Root, ZERO_ROOT } from '../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { addressOfPrivateKey, randomPrivateKey, signDigest } from '../../../src/lib/secp256k1.ts';
import { RULES_DEFAULT } from '../../../state/attribution/rules.ts';
import { manifestRoot } from '../../../state/tx/model-manifest.ts';
import { extendAccumulator, type ReceiptBody, UNSAID } from '../../../state/tx/receipt.ts';
import { voucherDigest } from '../../../state/tx/voucher.ts';
import type { Attack, Run, Stage, Target } from '../attack.ts';
import { connectStranger } from '../stranger.ts';
import { bodyOf, separatorOf, signed } from '../transactions.ts';

const SENDERS = 5;
/** More roots than a node has places for: 5 × 8 × 900. */
const BATCHES = 8;
const RECEIPTS = 900;
const MONEY = 10n ** 21n;
const PAUSE_MS = 200;
/** The time in which blocks must have what was sent. */
const SETTLE_MS = 20_000;
/** The time in which a text must be at every node after it was put at one. */
const TEXT_MS = 10_000;

type Visibility = ReceiptBody['visibility'];
type Sender = { readonly key: Uint8Array; readonly batches: readonly Uint8Array[] };

const randomRoot = (): Root => Uint8Array.from(randomBytes(32)) as Root;

const receipt = (model: number, change: Partial<ReceiptBody>): ReceiptBody => ({
  ...UNSAID,
  model,
  manifest: manifestRoot([]),
  rules: RULES_DEFAULT,
  promptRoot: randomRoot(),
  outputRoot: randomRoot(),
  textRoot: randomRoot(),
  compute: 0n,
  fee: 0n,
  tokensIn: 1,
  tokensOut: 1,
  bytesIn: 4,
  bytesOut: 4,
  ...change,
});

/** Batches of receipts that an account gives itself, with the nonces from 0 on. */
const sign = (
  target: Target,
  key: Uint8Array,
  batches: readonly (readonly ReceiptBody[])[],
): readonly Uint8Array[] => {
  const own = addressOfPrivateKey(key);
  const terms = { payer: own, provider: own, lane: 0 };
  let accumulator: Root = ZERO_ROOT;
  let count = 0n;
  return batches.map((receipts, nonce) => {
    accumulator = extendAccumulator(accumulator, terms, receipts);
    count += BigInt(receipts.length);
    const digest = voucherDigest(separatorOf(target), { ...terms, amount: 0n, count, accumulator });
    const voucher = { amount: 0n, count, accumulator, signature: signDigest(digest, key) };
    const groups = [{ payer: own, lane: 0, voucher, receipts }];
    return signed(target, key, BigInt(nonce), bodyOf('inferenceReceipt', { groups }));
  });
};

const isCommitted = async ({ rpc }: Target, transaction: Uint8Array): Promise<boolean> => {
  const answer = await createRpcClient(rpc, { timeoutMs: SETTLE_MS }).attempt('tx_send', {
    transaction,
    mode: 'commit',
  });
  return answer.ok && answer.value.status === 'committed';
};

/** Sends batches one after the other, and waits until blocks have those that were taken. Returns the bytes sent. */
const sendAll = async (target: Target, { key, batches }: Sender, signal: AbortSignal): Promise<number> => {
  const client = createRpcClient(target.rpc);
  let sent = 0;
  let taken = 0;
  while (taken < batches.length && !signal.aborted) {
    const transaction = batches[taken] ?? new Uint8Array();
    sent += transaction.length;
    // A mempool without room takes it later.
    if ((await client.attempt('tx_send', { transaction, mode: 'sync' })).ok) taken += 1;
    else await sleep(PAUSE_MS);
  }
  for (const end = performance.now() + SETTLE_MS; performance.now() < end; await sleep(PAUSE_MS)) {
    const answer = await client.attempt('account_get', { address: addressOfPrivateKey(key) });
    if (answer.ok && answer.value.nonce >= BigInt(taken)) break;
  }
  return sent;
};

/** Puts the text of a receipt at the first node, and checks that every other one gets it and shows it to a peer. */
const expectText = async (
  { nodes: [first, ...others] }: Stage,
  key: Uint8Array,
  model: number,
): Promise<void> => {
  if (first === undefined) throw new Error('the stage has no node');
  const text: InferenceObject = {
    type: 'inference',
    rules: RULES_DEFAULT,
    prompt: utf8('what an honest user asks'),
    output: utf8(`what a model answers: ${toHex(randomBytes(8))}`),
    salt: randomRoot(),
    ids: undefined,
  };
  const roots = unwrap(rootsOfInference(infoTable(), text));
  const root = unwrap(createRootOf(infoTable())(text));
  const body = receipt(model, {
    ...roots,
    bytesIn: text.prompt.length,
    bytesOut: text.output.length,
    tokensIn: 10,
    tokensOut: 10,
  });
  const [transaction] = sign(first, key, [[body]]);
  if (transaction === undefined || !(await isCommitted(first, transaction)))
    throw new Error('an honest receipt was not committed');
  await createRpcClient(first.rpc).call('content_put', {
    objects: [
      {
        type: 'inference',
        rules: RULES_DEFAULT,
        prompt: 'what an honest user asks',
        output: new TextDecoder().decode(text.output),
        salt: text.salt,
      },
    ],
  });
  const end = performance.now() + TEXT_MS;
  for (const other of others) {
    const peer = await connectStranger(other);
    try {
      for (;;) {
        const answer = await peer.ask(CONTENT, { roots: [root] });
        if (answer.ok && answer.value.chunks.length > 0) break;
        if (performance.now() > end)
          throw new Error(`${other.rpc} has not got an honest text within ${TEXT_MS / 1_000} s`);
        await sleep(PAUSE_MS);
      }
    } finally {
      await peer.stop();
    }
  }
};

/** Registers a model, and gives money to the senders and to an honest user, who is the last of them. */
const prepare = async (stage: Stage, visibility: Visibility): Promise<Run> => {
  const {
    nodes: [node],
    keys: [owner],
  } = stage;
  if (node === undefined || owner === undefined) throw new Error('the stage has no node or no key');
  const client = createRpcClient(node.rpc);
  const wallet = await createWallet(client, privateKeySigner(owner));
  const registration = await wallet.send(
    'modelRegistration',
    {
      name: toHex(randomBytes(16)).slice(2),
      kind: 'adapter',
      base: undefined,
      rules: RULES_DEFAULT,
      weights: randomRoot(),
      recipe: randomRoot(),
      transcript: ZERO_ROOT,
      evaluationRoot: ZERO_ROOT,
      template: ZERO_ROOT,
      manifest: [],
      shares: [],
      evaluation: [{ measure: 'a', thousandths: 1 }],
      prices: { in: 0n, out: 0n },
      attribution: { method: 'spans', commitments: [] },
    },
    { mode: 'commit' },
  );
  const registered = registration.events.find(({ type }) => type === 'modelRegistered');
  if (registered?.type !== 'modelRegistered') throw new Error('a model was not registered');
  const { model } = registered.data;
  const keys = Array.from({ length: SENDERS + 1 }, randomPrivateKey);
  for (const key of keys)
    await wallet.send('transfer', { to: addressOfPrivateKey(key), amount: MONEY }, { mode: 'commit' });
  const honest = keys.pop() ?? owner;
  const senders = keys.map((key): Sender => {
    const batches = Array.from({ length: BATCHES }, () =>
      Array.from({ length: RECEIPTS }, () => receipt(model, { visibility })),
    );
    return { key, batches: sign(node, key, batches) };
  });
  return async ({ targets }, signal) => {
    const targetOf = (i: number): Target => targets[i % targets.length] ?? node;
    const sent = await Promise.all(senders.map((sender, i) => sendAll(targetOf(i), sender, signal)));
    // Until the end of the time, nodes ask one another for the dust.
    if (!signal.aborted) await once(signal, 'abort');
    await expectText(stage, honest, model);
    return sent.reduce((sum, bytes) => sum + bytes, 0);
  };
};

export const attack: Attack = {
  name: 'dust-roots',
  what: `${SENDERS} accounts record ${SENDERS * BATCHES * RECEIPTS} public receipts of texts that nobody has; an honest text must be found all the same.`,
  // The receipts are valid and paid for.
  control: {
    what: 'the same receipts are private, so that no node looks for their texts',
    prepare: (stage) => prepare(stage, 'private'),
  },
  prepare: (stage) => prepare(stage, 'public'),
};
