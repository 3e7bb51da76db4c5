/** How an attestor adds to claims of other attestors that are short, and answers for them. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { toHex } from '../../../src/lib/bytes.ts';
import { addressOfPrivateKey } from '../../../src/lib/secp256k1.ts';
import { Attestor } from '../../../src/services/attest/attestor.ts';
import { ScriptedChain, type SentTransaction } from './support/scripted-chain.ts';
import { account, hex, ScriptedData, words } from './support/scripted-data.ts';
import { KEY, type Kept, runScripted } from './support/scripted-service.ts';

const OWN = toHex(addressOfPrivateKey(KEY));
const OTHER = account(0x42);
const BATCH = hex(2);
const DEMAND = hex(4);
const SOURCE = words('alpha', 30);
const MISSING = 60n;

let chain: ScriptedChain;
let data: ScriptedData;
let settlement = '';
/** Milliseconds by which the clock is ahead. */
let ahead = 0;

const now = performance.now.bind(performance);
vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead);

type Memory = NonNullable<ConstructorParameters<typeof Attestor>[3]>;
const attest = (kept?: Kept<Memory>) =>
  runScripted(
    chain,
    (context) =>
      new Attestor(context, data.reviewers(), [OWN], kept?.memory ?? { batches: [], answering: [] }),
    kept?.outbox,
    // What it has seen before is in its memory.
    kept === undefined ? 0 : chain.height + 1,
  );

/** Plays the block with a claim for the receipt, which is short. Of each receipt 100 base units have to be locked. */
const short = async (claims: unknown, attestor = OTHER): Promise<void> => {
  settlement = await chain.put('attributionSettlement', { batch: BATCH, asOf: null, claims } as never);
  data.settle(BATCH, [0], {
    id: settlement,
    attestor,
    short: { missing: String(MISSING), until: '900' },
    backers: [{ attestor, amount: String(100n - MISSING) }],
  });
};

const standing = () => {
  const settled = data.batches.get(BATCH)?.settled.get(0);
  if (settled === undefined) throw new Error('it is settled');
  return settled;
};

const demand = (): void => {
  data.challenges = [
    {
      id: DEMAND,
      subject: `${BATCH}/0`,
      target: { type: 'receipt', value: { batch: BATCH, index: 0, settlement } },
      state: 'open',
      demand: { text: 'output', contribution: 0, item: 0, first: 0, count: 1 },
    },
  ];
  chain.block({ type: 'demandOpened', data: { challenge: DEMAND } });
};

const backing = (sent: readonly SentTransaction[]) =>
  sent.filter(({ kind }) => kind === 'attributionBacking');

/** The claims that this attestor would make. */
let honest: unknown;

beforeEach(async () => {
  ahead = 0;
  chain = new ScriptedChain({ bondPerReceipt: 1n, lateProofBond: 10n });
  data = new ScriptedData(chain);
  data.contribute(1, [SOURCE]);
  data.serve(BATCH, { prompt: 'say it', output: SOURCE });
  const [settled] = await (await attest()).round();
  honest = settled?.payload.claims;
  chain.sent.length = 0;
});

describe('a claim of another attestor that is short', () => {
  test('is backed with what is missing, or with what is free of the bond', async () => {
    await short(honest);
    const [sent, ...more] = await (await attest()).round();
    expect(more).toEqual([]);
    expect(sent).toMatchObject({
      kind: 'attributionBacking',
      payload: { settlement, amount: String(MISSING) },
    });
    data.bond = { bond: 40n, locked: 0n };
    expect(await (await attest()).round()).toMatchObject([{ payload: { settlement, amount: '30' } }]);
  });

  test('is left alone where it is not the one that this attestor would make', async () => {
    const [claimed] = honest as readonly { readonly claim: object }[];
    await short([{ ...claimed, claim: { ...claimed?.claim, matches: [] } }]);
    const attestor = await attest();
    expect(await attestor.round()).toEqual([]);
    expect(attestor.events()).toContain('differs');
    expect(attestor.kept().memory?.joining).toEqual([]);
  });

  test('is not backed while something is demanded of it: all who back it lose their bonds if nobody answers', async () => {
    await short(honest);
    demand();
    const attestor = await attest();
    expect(await attestor.round()).toEqual([]);
    data.challenges = [];
    chain.block({ type: 'demandClosed', data: { challenge: DEMAND } });
    expect(backing(await attestor.round())).toHaveLength(1);
  });

  test('is answered for by who joined it, also what was demanded before it had', async () => {
    await short(honest);
    const attestor = await attest();
    const [sent] = await attestor.round();
    if (sent === undefined) return expect.unreachable();
    demand();
    expect(await attestor.round()).toEqual([]);
    chain.settle(sent.id, 'committed');
    standing().backers = [
      { attestor: OTHER, amount: '40' },
      { attestor: OWN, amount: '60' },
    ];
    delete standing().short;
    chain.block();
    expect(await attestor.round()).toMatchObject([
      { kind: 'attributionAnswer', payload: { demand: DEMAND } },
    ]);
  });

  test('of which something is missing still gets more once more of the bond is free; an own one too', async () => {
    for (const by of [OTHER, OWN]) {
      await short(honest, by);
      data.bond = { bond: 40n, locked: 0n };
      const attestor = await attest();
      const [sent] = await attestor.round();
      if (sent === undefined) return expect.unreachable();
      expect(sent.payload).toMatchObject({ amount: '30' });
      chain.settle(sent.id, 'committed');
      standing().short = { missing: '30', until: '900' };
      data.bond.locked = 40n;
      chain.block();
      expect(await attestor.round()).toEqual([]);
      data.bond.locked = 0n;
      chain.block();
      expect(backing(await attestor.round())).toMatchObject([{ payload: { amount: '30' } }]);
      attestor.stop();
    }
  });

  test('is not backed again and again after a refusal, as each try costs a fee', async () => {
    await short(honest);
    const attestor = await attest();
    const refuse = async (code: string): Promise<void> => {
      const [sent] = backing(await attestor.round());
      if (sent === undefined) throw new Error('it is backed');
      chain.settle(sent.id, 'failed', { error: { code, message: '', data: null } });
      chain.block();
      expect(await attestor.round()).toEqual([]);
    };
    await refuse('ATTESTOR_BOND');
    ahead += 2_001;
    chain.block();
    await refuse('ATTESTOR_FORFEITED');
    ahead += 60_001;
    chain.blocks(10);
    expect(await attestor.round()).toEqual([]);
    expect(attestor.kept().memory?.joining).toEqual([]);
  });

  test('counts against the bond after a restart too', async () => {
    await short(honest);
    data.bond = { bond: 70n, locked: 0n };
    const before = await attest();
    expect(backing(await before.round())).toHaveLength(1);
    const again = await attest(before.kept());
    data.serve(hex(7), { prompt: 'say it again', output: SOURCE });
    expect(await again.round()).toEqual([]);
  });

  test('is not backed by an attestor that a late proof keeps from settling', async () => {
    await short(honest);
    chain.answer('attestor_get', () => ({ payout: account(8), bond: '1000', locked: '0', free: '0' }));
    expect(await (await attest()).round()).toEqual([]);
  });
});
