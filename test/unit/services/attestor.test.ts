/** An attestor against a scripted chain: what it settles, what it leaves, and what it does after a refusal or a restart. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { OutboxEntry } from '../../../src/client/outbox.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { addressOfPrivateKey } from '../../../src/lib/secp256k1.ts';
import { Attestor, attestorsOf } from '../../../src/services/attest/attestor.ts';
import { CONTRIBUTION_PATIENCE } from '../../../src/services/challenge/demanding.ts';
import { refused, ScriptedChain, type SentTransaction } from './support/scripted-chain.ts';
import { account, hex, ScriptedData, textsRoot, words } from './support/scripted-data.ts';
import { KEY, runScripted } from './support/scripted-service.ts';

const OWN = toHex(addressOfPrivateKey(KEY));
const OTHER = account(0x42);

let chain: ScriptedChain;
let data: ScriptedData;
/** Milliseconds by which the clock is ahead. */
let ahead = 0;

beforeEach(() => {
  chain = new ScriptedChain({ calibrationDraws: 8 });
  data = new ScriptedData(chain);
  ahead = 0;
});

const now = performance.now.bind(performance);
vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead);

const start = (
  attestors: readonly string[] = [OWN],
  memory?: ConstructorParameters<typeof Attestor>[3],
  outbox: readonly OutboxEntry[] = [],
) => runScripted(chain, (context) => new Attestor(context, data.reviewers(), attestors, memory), outbox);

type Claims = readonly {
  readonly index: number;
  readonly claim: { readonly matches: readonly object[]; readonly x: readonly object[] };
}[];
const claimsOf = ({ payload }: SentTransaction): Claims => payload.claims as Claims;
const [first, second] = [hex(2), hex(3)];
const SOURCE = words('alpha', 30);

describe('an attestor', () => {
  test('has to be one of the genesis', async () => {
    const attestor = { payout: OTHER, bond: '1', locked: '0' };
    chain.answer('attestor_list', () => ({
      attestors: [OTHER, account(0x43)].map((address) => ({ address, ...attestor })),
    }));
    expect(await attestorsOf(chain.client)).toEqual([OTHER, account(0x43)]);
    await expect(start([OTHER])).rejects.toMatchObject({ code: 'ATTESTOR_UNKNOWN' });
  });

  test('says that a node without the method that lists attestors is older than the command', async () => {
    chain.answer('attestor_list', () => refused('METHOD_NOT_FOUND'));
    await expect(attestorsOf(chain.client)).rejects.toMatchObject({
      code: 'NODE_OLDER',
      message: expect.stringContaining('is older than this command') as string,
    });
    chain.answer('attestor_list', () => refused('ANSWER_TOO_LONG'));
    await expect(attestorsOf(chain.client)).rejects.toMatchObject({ code: 'ANSWER_TOO_LONG' });
  });

  test('settles the receipts of a batch by what their outputs trace to', async () => {
    data.contribute(1, [words('beta', 20), SOURCE]);
    const attestor = await start();
    data.serve(
      first,
      { prompt: 'say it', output: `well ${words('alpha', 12, 5)} indeed` },
      { prompt: words('alpha', 20), output: words('alpha', 20) },
    );
    const [sent, ...more] = await attestor.round();
    expect(more).toEqual([]);
    expect(sent).toMatchObject({ kind: 'attributionSettlement', payload: { batch: first } });
    if (sent === undefined) return expect.unreachable();
    const [traced, echoed] = claimsOf(sent);
    expect(traced).toMatchObject({
      index: 0,
      claim: { matches: [{ start: 1, end: 13, contribution: 1, item: 1, pos: 5 }], x: [] },
    });
    expect(echoed).toMatchObject({ index: 1, claim: { matches: [], x: [{ start: 0, end: 20, place: 0 }] } });
    // It waits for the outcome, and does not send twice.
    chain.block();
    expect(await attestor.round()).toEqual([]);
    chain.settle(sent.id, 'committed');
    data.settle(first, [0, 1], { id: sent.id, attestor: OWN });
    expect(await attestor.round()).toEqual([]);
    expect(attestor.events()).toEqual(['settling', 'settled']);
    expect(attestor.kept().memory?.batches).toEqual([first]);
    for (const each of data.batches.get(first)?.settled.values() ?? []) each.status = 'final';
    chain.blocks(8);
    await attestor.round();
    expect(attestor.kept().memory?.batches).toEqual([]);
  });

  test('leaves receipts of a model that is not calibrated, says so once, and settles them afterwards', async () => {
    data.contribute(1, [SOURCE]);
    data.calibration = { status: 'pending' };
    const attestor = await start();
    data.serve(first, { prompt: 'p', output: SOURCE });
    data.deadline = null;
    for (let i = 0; i < 20; i++) {
      expect(await attestor.round()).toEqual([]);
      chain.block();
    }
    expect(attestor.facts).toMatchObject([{ event: 'left', fields: { why: 'uncalibrated', receipts: 1 } }]);
    // A calibration may take long, and its batch is not read at each block.
    expect(chain.callsOf('receipt_getBatch')).toHaveLength(1);
    data.calibration = { status: 'calibrated', matchBits: 96, controlBps: 0 };
    const calibrated = { model: 1, version: 1, matchBits: 96, controlBps: 0 };
    chain.block({ type: 'modelCalibrated', data: calibrated });
    expect(await attestor.round()).toHaveLength(1);
  });

  test('settles receipts for which the next block is the last one, and none that are later', async () => {
    data.contribute(1, [SOURCE]);
    const attestor = await start();
    data.serve(first, { prompt: 'p', output: SOURCE });
    data.deadline = String(chain.height);
    expect(await attestor.round()).toEqual([]);
    chain.blocks(8);
    data.deadline = String(chain.height + 1);
    expect(await attestor.round()).toHaveLength(1);
  });

  test('claims nothing for an output that has not arrived, and settles it once it has', async () => {
    data.contribute(1, [SOURCE]);
    const attestor = await start();
    const late = { prompt: 'p', output: SOURCE };
    data.serve(first, late, { prompt: 'p', output: 'another answer' });
    data.withholdTexts(late);
    const [sent] = await attestor.round();
    if (sent === undefined) return expect.unreachable();
    expect(claimsOf(sent).map(({ index }) => index)).toEqual([1]);
    expect(attestor.facts).toMatchObject([
      { event: 'left', fields: { why: 'withheld', receipts: 1, first: 0 } },
      { event: 'settling' },
    ]);
    chain.settle(sent.id, 'committed');
    data.settle(first, [1], { id: sent.id, attestor: OWN });
    data.giveTexts(late);
    ahead = 5_000;
    // The first round requests it again, and the next one has it.
    const later = [...(await attestor.round())];
    await expect
      .poll(async () => {
        chain.block();
        later.push(...(await attestor.round()));
        return later.length;
      })
      .toBe(1);
    const [rest] = later;
    expect(rest === undefined ? [] : claimsOf(rest)).toMatchObject([
      { index: 0, claim: { matches: [{ start: 0, end: 30, contribution: 1 }] } },
    ]);
  });

  test('claims nothing while a contribution is missing that an output may come from, and demands it', async () => {
    data.contribute(1, [SOURCE]);
    data.withhold(data.contribute(2, [words('gamma', 30)]));
    const attestor = await start();
    data.serve(first, { prompt: 'p', output: SOURCE });
    expect(await attestor.round()).toEqual([]);
    expect(attestor.facts).toMatchObject([{ event: 'left', fields: { why: 'incomplete' } }]);
    chain.blocks(Number(CONTRIBUTION_PATIENCE) - 1);
    expect(await attestor.round()).toEqual([]);
    chain.block();
    expect(await attestor.round()).toMatchObject([
      {
        kind: 'attributionChallenge',
        payload: {
          target: { type: 'contribution', value: { contribution: 2 } },
          witness: {
            type: 'demand',
            value: { text: 'source', contribution: 2, item: 0, first: 0, count: 1 },
          },
        },
      },
    ]);
  });

  test.each([{ tokensOut: 29 }, { tokensIn: 2 }, { bytesOut: 1_000 }, { bytesIn: 0 }])(
    'does not settle a receipt whose texts have other numbers than it says: %j',
    async (change) => {
      data.contribute(1, [SOURCE]);
      const attestor = await start();
      data.serve(first, { prompt: 'p', output: SOURCE, change });
      expect(await attestor.round()).toEqual([]);
      expect(attestor.facts).toMatchObject([{ event: 'left', fields: { why: 'malformed' } }]);
    },
  );

  test('leaves private receipts alone: it neither asks for their texts nor speaks of them', async () => {
    data.contribute(1, [SOURCE]);
    const attestor = await start();
    const secret = { prompt: 'p', output: SOURCE, change: { visibility: 'private' as const } };
    data.serve(first, secret, { prompt: 'q', output: SOURCE });
    const [sent, ...more] = await attestor.round();
    expect(more).toEqual([]);
    expect(sent === undefined ? [] : claimsOf(sent).map(({ index }) => index)).toEqual([1]);
    expect(attestor.events()).toEqual(['settling']);
    const asked = chain.calls.flatMap(({ method, params }) =>
      method === 'content_get' ? [params.root] : [],
    );
    expect(asked).not.toContain(textsRoot(secret));
    data.serve(second, secret);
    expect(await attestor.round()).toEqual([]);
    expect(attestor.events()).toEqual(['settling']);
  });

  test('counts texts of other rules than those of the model as missing, and contributions too', async () => {
    data.contribute(1, [SOURCE]);
    const attestor = await start();
    const older = { prompt: 'p', output: SOURCE, rules: 1 as const };
    data.serve(first, older);
    expect(await attestor.round()).toEqual([]);
    expect(attestor.facts).toMatchObject([{ event: 'left', fields: { why: 'withheld', receipts: 1 } }]);
    data.contribute(2, [words('delta', 30)], undefined, 1);
    data.serve(second, { prompt: 'q', output: SOURCE });
    expect(await attestor.round()).toEqual([]);
    expect(attestor.facts.slice(1)).toMatchObject([{ event: 'left', fields: { why: 'incomplete' } }]);
  });

  test('leaves a batch to the attestor whose turn it is, for four blocks', async () => {
    data.contribute(1, [SOURCE]);
    const attestor = await start([OTHER, OWN]);
    // By its id, an even batch is the turn of the first attestor, and an odd one of the second.
    data.serve(first, { prompt: 'p', output: SOURCE });
    data.serve(second, { prompt: 'q', output: SOURCE });
    expect((await attestor.round()).map(({ payload }) => payload.batch)).toEqual([second]);
    chain.blocks(2);
    expect(await attestor.round()).toEqual([]);
    chain.block();
    expect((await attestor.round()).map(({ payload }) => payload.batch)).toEqual([first]);
  });

  test('tries again after a refusal, with longer and longer pauses', async () => {
    data.contribute(1, [SOURCE]);
    const attestor = await start();
    data.serve(first, { prompt: 'p', output: SOURCE });
    let [sent] = await attestor.round();
    for (const pause of [2, 4, 8]) {
      if (sent === undefined) return expect.unreachable();
      chain.settle(sent.id, 'failed', {
        error: { code: 'MODEL_UNCALIBRATED', message: 'not yet', data: null },
      });
      expect(await attestor.round()).toEqual([]);
      chain.blocks(pause - 1);
      expect(await attestor.round()).toEqual([]);
      chain.block();
      [sent] = await attestor.round();
    }
    const refusals = attestor.facts.filter(({ event }) => event === 'refused');
    expect(refusals).toMatchObject(
      Array.from({ length: 3 }, () => ({ level: 'warn', fields: { code: 'MODEL_UNCALIBRATED' } })),
    );
    if (sent === undefined) return expect.unreachable();
    // That another attestor was first is no fault.
    chain.settle(sent.id, 'failed', { error: { code: 'SETTLEMENT_TAKEN', message: '', data: null } });
    data.settle(first, [0], { id: hex(7), attestor: OTHER });
    expect(await attestor.round()).toEqual([]);
    expect(attestor.facts.at(-1)).toMatchObject({ event: 'taken', level: 'info' });
  });

  describe('whose bond does not cover a batch', () => {
    const EACH = 10n ** 16n;
    const output = (i: number) => ({ prompt: `p${i}`, output: SOURCE });
    const serve = (batch: string, receipts: number): void => {
      data.serve(batch, ...Array.from({ length: receipts }, (_, i) => output(i)));
    };
    const indexesOf = (sent: readonly SentTransaction[]): readonly (readonly number[])[] =>
      sent.map((each) => claimsOf(each).map(({ index }) => index));
    const warnings = (attestor: Awaited<ReturnType<typeof start>>) =>
      attestor.facts.filter(({ event }) => event === 'bond');

    beforeEach(() => {
      chain = new ScriptedChain({ calibrationDraws: 8, bondPerReceipt: EACH, lateProofBond: 0n });
      data = new ScriptedData(chain);
      data.contribute(1, [SOURCE]);
    });

    test('settles as many receipts as it covers, and the others once claims are final', async () => {
      data.bond = { bond: 5n * EACH, locked: 2n * EACH + 1n };
      const attestor = await start();
      serve(first, 5);
      const [sent, ...more] = await attestor.round();
      if (sent === undefined) return expect.unreachable();
      expect(more).toEqual([]);
      expect(indexesOf([sent])).toEqual([[0, 1]]);
      chain.settle(sent.id, 'committed');
      data.settle(first, [0, 1], { id: sent.id, attestor: OWN });
      data.bond = { bond: 5n * EACH, locked: 5n * EACH };
      for (let i = 0; i < 20; i++) {
        expect(await attestor.round()).toEqual([]);
        chain.block();
      }
      expect(warnings(attestor)).toMatchObject([
        {
          level: 'warn',
          text: expect.stringContaining('the rest waits until earlier claims are final') as string,
          fields: { what: 'receipts', bond: '0.05 OPEN', each: '0.01 OPEN' },
        },
      ]);
      data.bond.locked = 0n;
      chain.blocks(2);
      expect(indexesOf(await attestor.round())).toEqual([[2, 3, 4]]);
    });

    test('counts what is on its way against the bond, in this batch and in others', async () => {
      data.bond = { bond: 4n * EACH, locked: 0n };
      const attestor = await start();
      serve(first, 3);
      serve(second, 3);
      expect(indexesOf(await attestor.round())).toEqual([[0, 1, 2], [0]]);
    });

    test('claims nothing that it does not cover, traces nothing for it, and says what to do', async () => {
      data.bond = { bond: EACH - 1n, locked: 0n };
      const attestor = await start();
      serve(first, 2);
      for (let i = 0; i < 5; i++) {
        expect(await attestor.round()).toEqual([]);
        chain.blocks(3);
      }
      expect(attestor.facts).toMatchObject([
        {
          event: 'bond',
          text: expect.stringMatching(
            /too small for even one of the receipts.*a claim locks the data money of its receipt, and no less than [0-9.]+ OPEN, for \d+ blocks, so at least [0-9.]+ OPEN are needed for each receipt per block/,
          ) as string,
        },
      ]);
      expect(chain.callsOf('content_get')).toEqual([]);
    });

    test('says that it does not cover receipts only of those that could be settled, and again after it has', async () => {
      data.bond = { bond: 2n * EACH, locked: 0n };
      const attestor = await start();
      data.serve(first, output(0), output(1), output(2));
      data.withholdTexts(output(2));
      const [sent] = await attestor.round();
      if (sent === undefined) return expect.unreachable();
      expect(indexesOf([sent])).toEqual([[0, 1]]);
      expect(warnings(attestor)).toEqual([]);
      chain.settle(sent.id, 'committed');
      data.settle(first, [0, 1], { id: sent.id, attestor: OWN });
      for (const expected of [1, 2]) {
        // All of it is locked when the next batch comes.
        data.bond.locked = 2n * EACH;
        const batch = hex(3 + expected);
        data.serve(batch, output(3), output(4));
        for (let i = 0; i < 5; i++) {
          expect(await attestor.round()).toEqual([]);
          chain.block();
        }
        expect(warnings(attestor)).toHaveLength(expected);
        data.bond.locked = 0n;
        chain.blocks(8);
        const settled = await attestor.round();
        expect(indexesOf(settled)).toEqual([[0, 1]]);
        chain.settle(settled[0]?.id ?? '', 'committed');
        data.settle(batch, [0, 1], { id: settled[0]?.id ?? '', attestor: OWN });
        expect(await attestor.round()).toEqual([]);
      }
    });

    test('counts also what was on its way before a restart, and halves that after a refusal', async () => {
      data.bond = { bond: 4n * EACH, locked: 0n };
      const before = await start();
      serve(first, 4);
      const [sent] = await before.round();
      if (sent === undefined) return expect.unreachable();
      const { memory, outbox } = before.kept();
      const again = await start([OWN], memory, outbox);
      serve(second, 3);
      expect(await again.round()).toEqual([]);
      chain.settle(sent.id, 'failed', { error: { code: 'ATTESTOR_BOND', message: 'no room', data: null } });
      chain.blocks(2);
      // Its part of the bond is free for the other batch until it is tried again.
      expect(indexesOf(await again.round())).toEqual([[0, 1, 2]]);
      data.bond.bond = 9n * EACH;
      chain.blocks(2);
      expect(indexesOf(await again.round())).toEqual([[0, 1]]);
    });

    test('halves what it sends after a refusal, where other claims of the account have taken the room', async () => {
      data.bond = { bond: 8n * EACH, locked: 0n };
      const attestor = await start();
      serve(first, 8);
      const packs: number[] = [];
      for (const pause of [2, 4, 8, 16]) {
        const [sent] = await attestor.round();
        if (sent === undefined) return expect.unreachable();
        packs.push(claimsOf(sent).length);
        for (const { id } of chain.sent)
          chain.settle(id, 'failed', { error: { code: 'ATTESTOR_BOND', message: 'no room', data: null } });
        expect(await attestor.round()).toEqual([]);
        chain.blocks(pause);
      }
      expect(packs).toEqual([8, 4, 2, 1]);
    });
  });

  test('settles the others of a batch without a claim that the chain has refused', async () => {
    data.contribute(1, [SOURCE]);
    const attestor = await start();
    const outputs = [0, 1, 2].map((i) => ({ prompt: `p${i}`, output: SOURCE }));
    data.serve(first, ...outputs);
    const [sent] = await attestor.round();
    if (sent === undefined) return expect.unreachable();
    chain.settle(sent.id, 'failed', {
      error: { code: 'CLAIM_ITEM', message: 'receipt 1: no such item', data: { item: 7, receipt: 1 } },
    });
    expect(await attestor.round()).toEqual([]);
    chain.blocks(2);
    const [others] = await attestor.round();
    if (others === undefined) return expect.unreachable();
    expect(claimsOf(others).map(({ index }) => index)).toEqual([0, 2]);
    expect(attestor.facts).toContainEqual(
      expect.objectContaining({
        event: 'left',
        fields: { batch: first, why: 'refused', receipts: 1, first: 1 },
      }),
    );
    chain.settle(others.id, 'committed');
    data.settle(first, [0, 2], { id: others.id, attestor: OWN });
    for (let i = 0; i < 30; i++) {
      expect(await attestor.round()).toEqual([]);
      chain.block();
    }
    // Another contribution makes another claim of it.
    data.contribute(2, [words('gamma', 30)]);
    const [source] = data.contributions.values();
    if (source === undefined) return expect.unreachable();
    source.stage = 'void';
    chain.blocks(8);
    expect((await attestor.round()).map((each) => claimsOf(each).map(({ index }) => index))).toEqual([[1]]);
  });

  test('settles the good ones of many claims before the chain has named every bad one', async () => {
    data.contribute(1, [SOURCE]);
    const attestor = await start();
    const receipts = 24;
    data.serve(first, ...Array.from({ length: receipts }, (_, i) => ({ prompt: `p${i}`, output: SOURCE })));
    const isBad = (index: number): boolean => index % 3 === 2;
    const packs: (readonly number[])[] = [];
    const named: number[] = [];
    const settled: number[] = [];
    let namedAtFirst: number | undefined;
    for (let i = 0; i < 200 && settled.length + named.length < receipts; i++) {
      for (const sent of await attestor.round()) {
        const indexes = claimsOf(sent).map(({ index }) => index);
        packs.push(indexes);
        const bad = indexes.find(isBad);
        if (bad === undefined) {
          namedAtFirst ??= named.length;
          settled.push(...indexes);
          chain.settle(sent.id, 'committed');
          data.settle(first, indexes, { id: sent.id, attestor: OWN });
        } else {
          named.push(bad);
          const error = { code: 'CLAIM_ITEM', message: 'no such item', data: { receipt: bad } };
          chain.settle(sent.id, 'failed', { error });
        }
      }
      chain.block();
    }
    // Half after two refusals in a row, and half of that after the next.
    expect(packs.slice(0, 3).map(({ length }) => length)).toEqual([24, 23, 11]);
    expect(named.toSorted((a, b) => a - b)).toEqual([2, 5, 8, 11, 14, 17, 20, 23]);
    expect(settled).toHaveLength(16);
    expect(namedAtFirst).toBeLessThan(named.length);
  });

  test('settles a receipt again whose claim was reverted, and only that one', async () => {
    data.contribute(1, [SOURCE]);
    const attestor = await start();
    data.serve(first, { prompt: 'p', output: SOURCE }, { prompt: 'q', output: SOURCE });
    data.settle(first, [0, 1], { id: hex(7), attestor: OTHER });
    expect(await attestor.round()).toEqual([]);
    data.batches.get(first)?.settled.delete(1);
    chain.block({ type: 'receiptReopened', data: { receipt: `${first}/1`, settlement: hex(7) } });
    const [sent] = await attestor.round();
    expect(sent === undefined ? [] : claimsOf(sent).map(({ index }) => index)).toEqual([1]);
  });

  test('goes on after a restart, and sends nothing twice', async () => {
    data.contribute(1, [SOURCE]);
    const before = await start();
    data.serve(first, { prompt: 'p', output: SOURCE });
    data.serve(second, { prompt: 'q', output: SOURCE });
    const sent = await before.round();
    expect(sent).toHaveLength(2);
    const { memory, outbox } = before.kept();
    const [committed, lost] = sent;
    if (committed === undefined || lost === undefined) return expect.unreachable();
    chain.settle(committed.id, 'committed');
    data.settle(first, [0], { id: committed.id, attestor: OWN });
    // The node has lost the other one, and gets the same bytes once more.
    chain.settle(lost.id, 'unknown');
    const again = await start([OWN], memory, outbox);
    expect(await again.round()).toEqual([]);
    expect(chain.sent.slice(2).map(({ transaction }) => transaction)).toEqual([lost.transaction]);
    expect(again.events()).toEqual(['settled']);
  });

  test('ends its work when it is stopped', async () => {
    data.contribute(1, [SOURCE]);
    const attestor = await start();
    data.serve(first, { prompt: 'p', output: SOURCE });
    attestor.stop();
    await expect(attestor.round()).rejects.toThrow('stopped');
    expect(chain.sent).toEqual([]);
  });

  test('sends again what a node that was away may not have got', async () => {
    data.contribute(1, [SOURCE]);
    const attestor = await start();
    data.serve(first, { prompt: 'p', output: SOURCE });
    const lost: string[] = [];
    chain.answer('tx_send', ({ transaction }) => {
      lost.push(String(transaction));
      // An answer without a result, as of a node that is shutting down.
      return undefined;
    });
    await expect(attestor.round()).rejects.toMatchObject({ code: 'RPC_ANSWER_INVALID' });
    chain.isAway = true;
    await expect(attestor.round()).rejects.toMatchObject({ code: 'RPC_UNREACHABLE' });
    chain.isAway = false;
    await attestor.round();
    expect(lost).toHaveLength(2);
    expect(lost[0]).toBe(lost[1]);
    expect(attestor.kept().outbox).toHaveLength(1);
  });
});
