/** How DEMANDs are answered that are against claims of the own account. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { toHeight } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { addressOfPrivateKey } from '../../../src/lib/secp256k1.ts';
import type { Json } from '../../../src/lib/ssz.ts';
import { Attestor } from '../../../src/services/attest/attestor.ts';
import { OpeningType } from '../../../state/attribution/openings.ts';
import { refused, ScriptedChain, type SentTransaction } from './support/scripted-chain.ts';
import { account, hex, type ScriptedContribution, ScriptedData, words } from './support/scripted-data.ts';
import { KEY, type Kept, runScripted } from './support/scripted-service.ts';

const OWN = toHex(addressOfPrivateKey(KEY));
const BATCH = hex(2);
const OTHER_BATCH = hex(5);
const SETTLEMENT = hex(3);
const DEMAND = hex(4);
/** Three chunks of 64 tokens, the last one not full. */
const OUTPUT = words('alpha', 150);
const RECEIPT = { prompt: words('gamma', 70), output: OUTPUT };

let chain: ScriptedChain;
let data: ScriptedData;
/** The time in milliseconds. It passes only where a test lets it. */
let clock = 0;

vi.spyOn(performance, 'now').mockImplementation(() => clock);

beforeEach(() => {
  clock = 0;
  chain = new ScriptedChain();
  data = new ScriptedData(chain);
  data.contribute(1, [words('beta', 100), OUTPUT]);
  data.serve(BATCH, RECEIPT);
});

type Memory = NonNullable<ConstructorParameters<typeof Attestor>[3]>;
const attest = (kept?: Kept<Memory>) =>
  runScripted(
    chain,
    (context) =>
      new Attestor(context, data.reviewers(), [OWN], kept?.memory ?? { batches: [], answering: [] }),
    kept?.outbox,
  );

/** Plays the block in which a DEMAND against the receipt is opened. */
const demand = (asked: Readonly<Record<string, Json>>, attestor: string = OWN): void => {
  data.settle(BATCH, [0], { id: SETTLEMENT, attestor });
  data.challenges = [
    {
      id: DEMAND,
      subject: `${BATCH}/0`,
      target: { type: 'receipt', value: { batch: BATCH, index: 0, settlement: SETTLEMENT } },
      state: 'open',
      demand: { text: 'output', contribution: 0, item: 0, first: 0, count: 1, ...asked },
    },
  ];
  chain.block({ type: 'demandOpened', data: { challenge: DEMAND } });
};

/** The numbers of the chunks that an answer opens. */
const opened = (payload: unknown): unknown => {
  const { opening } = payload as { opening: Json };
  return unwrap(OpeningType.fromJson(opening)).value.chunks.length;
};

describe('a demand', () => {
  test('of an output is answered by the chunks that it asks for, as far as there are any', async () => {
    demand({ first: 1, count: 9 });
    const attestor = await attest();
    const [sent, ...more] = await attestor.round();
    expect(more).toEqual([]);
    expect(sent).toMatchObject({ kind: 'attributionAnswer', payload: { demand: DEMAND } });
    expect(opened(sent?.payload)).toBe(2);
    // It is on its way, and then done.
    expect(await attestor.round()).toEqual([]);
    if (sent === undefined) return expect.unreachable();
    chain.settle(sent.id, 'committed');
    chain.block({ type: 'demandClosed', data: { challenge: DEMAND } });
    expect(await attestor.round()).toEqual([]);
    expect(attestor.facts).toMatchObject([{ event: 'answered', fields: { challenge: DEMAND } }]);
    expect(attestor.kept().memory?.answering).toEqual([]);
  });

  test('of a prompt and of a cited source are answered from those texts', async () => {
    demand({ text: 'prompt', first: 0, count: 1 });
    expect(await (await attest()).round()).toMatchObject([
      { kind: 'attributionAnswer', payload: { opening: { type: 'text' } } },
    ]);
    demand({ text: 'source', contribution: 1, item: 0, first: 0, count: 2 });
    expect(await (await attest()).round()).toMatchObject([
      { kind: 'attributionAnswer', payload: { opening: { type: 'item' } } },
    ]);
  });

  test.each([
    ['is answered by excuses, as far as there are true ones', OWN, [0, 1]],
    ['is left to the attestor whose claim it is', account(0x42), undefined],
  ])('for a chunk that adds more %s', async (_, attestor, phrases) => {
    data.serve(OTHER_BATCH, { prompt: `so ${words('alpha', 4)}`, output: OUTPUT });
    for (const batch of [BATCH, OTHER_BATCH]) data.settle(batch, [0], { id: SETTLEMENT, attestor });
    data.challenges = [
      {
        id: DEMAND,
        subject: `${OTHER_BATCH}/0`,
        target: { type: 'receipt', value: { batch: OTHER_BATCH, index: 0, settlement: SETTLEMENT } },
        state: 'open',
        outdone: {
          section: 0,
          step: 0,
          contribution: 1,
          item: 1,
          chunk: 0,
          phrases: [0, 1, 2].map((at) => ({ at, bits: 1 })),
        },
      },
    ];
    chain.block({ type: 'outdoneOpened', data: { challenge: DEMAND } });
    const excuses = phrases?.map((phrase) => ({
      phrase,
      reason: { type: 'prompt', value: { place: phrase + 1 } },
    }));
    expect(await (await attest()).round()).toEqual(
      excuses === undefined
        ? []
        : [expect.objectContaining({ kind: 'attributionExcuse', payload: { challenge: DEMAND, excuses } })],
    );
  });

  test.each([
    ['void', (made: ScriptedContribution) => data.voids(made)],
    ['struck', (made: ScriptedContribution) => data.strikes(made)],
  ])('for a chunk that adds more is answered by one that is %s since the settlement', async (_, change) => {
    const shared = words('both', 5);
    const made = ['first', 'second', 'third', 'fourth'].map((stem, i) =>
      data.contribute(i + 11, [`${words(stem, 30)} ${shared} ${words(stem, 60, 40)}`]),
    );
    const [first] = made;
    if (first === undefined) return expect.unreachable();
    data.serve(OTHER_BATCH, { prompt: 'so', output: `${shared} ${words('other', 20)}` });
    data.settle(OTHER_BATCH, [0], { id: SETTLEMENT, attestor: OWN });
    change(first);
    data.challenges = [
      {
        id: DEMAND,
        subject: `${OTHER_BATCH}/0`,
        target: { type: 'receipt', value: { batch: OTHER_BATCH, index: 0, settlement: SETTLEMENT } },
        state: 'open',
        outdone: {
          section: 0,
          step: 0,
          contribution: 14,
          item: 0,
          chunk: 0,
          phrases: [0, 1, 2].map((at) => ({ at, bits: 1 })),
        },
      },
    ];
    chain.block({ type: 'outdoneOpened', data: { challenge: DEMAND } });
    const [sent] = await (await attest()).round();
    const excuses = [0, 1, 2].map((phrase) => ({
      phrase,
      reason: {
        type: 'holders',
        value: {
          places: [11, 12, 13].map((contribution) => ({
            contribution,
            item: 0,
            chunk: 0,
            place: 30 + phrase,
          })),
        },
      },
    }));
    expect(sent).toMatchObject({ kind: 'attributionExcuse', payload: { challenge: DEMAND, excuses } });
  });

  test('on a claim of another attestor is left to that one', async () => {
    demand({}, account(0x42));
    const attestor = await attest();
    expect(await attestor.round()).toEqual([]);
    expect(attestor.kept().memory?.answering).toEqual([]);
  });

  test('on a claim of another attestor about a receipt of its own is answered by the provider', async () => {
    data.provider = OWN;
    demand({}, account(0x42));
    expect(await (await attest()).round()).toMatchObject([
      { kind: 'attributionAnswer', payload: { demand: DEMAND } },
    ]);
  });

  test('of a text that is missing is kept in mind, reported once, and answered after a restart', async () => {
    demand({});
    data.withholdTexts(RECEIPT);
    const attestor = await attest();
    expect(await attestor.round()).toEqual([]);
    chain.block();
    expect(await attestor.round()).toEqual([]);
    expect(attestor.facts).toMatchObject([{ event: 'unanswerable', fields: { challenge: DEMAND } }]);
    data.giveTexts(RECEIPT);
    expect(await (await attest(attestor.kept())).round()).toHaveLength(1);
  });

  test('that was closed, or that somebody else has answered, costs nothing more', async () => {
    demand({});
    const attestor = await attest();
    const [sent] = await attestor.round();
    if (sent === undefined) return expect.unreachable();
    chain.settle(sent.id, 'failed', { error: { code: 'DEMAND_CLOSED', message: '', data: null } });
    data.challenges = data.challenges.map((each) => ({ ...each, state: 'answered' }));
    expect(await attestor.round()).toEqual([]);
    expect(attestor.facts).toMatchObject([{ event: 'answered', level: 'info' }]);
    expect(attestor.kept().memory?.answering).toEqual([]);
  });

  test('whose answer is refused for a reason that passes is answered again after a pause', async () => {
    demand({});
    const attestor = await attest();
    const [sent] = await attestor.round();
    if (sent === undefined) return expect.unreachable();
    chain.settle(sent.id, 'failed', { error: { code: 'DEMAND_PLACES', message: 'no', data: null } });
    expect(await attestor.round()).toEqual([]);
    clock = 499;
    expect(await attestor.round()).toEqual([]);
    clock = 500;
    expect(await attestor.round()).toHaveLength(1);
    expect(attestor.facts).toMatchObject([
      { event: 'answerRefused', level: 'warn', fields: { code: 'DEMAND_PLACES' } },
    ]);
  });

  test('whose answer is refused for good is not answered again, which would cost a fee per block', async () => {
    demand({});
    const attestor = await attest();
    const [sent] = await attestor.round();
    if (sent === undefined) return expect.unreachable();
    chain.settle(sent.id, 'failed', { error: { code: 'WITNESS_ANSWER', message: 'no', data: null } });
    for (let i = 0; i < 3; i++) {
      expect(await attestor.round()).toEqual([]);
      chain.block();
      clock += 60_000;
    }
    expect(attestor.events()).toEqual(['answerRefused']);
  });

  test('whose answer no node takes does not keep the attestor from its other work', async () => {
    demand({});
    data.serve(hex(8), { prompt: 'another', output: words('beta', 30) });
    const send = vi.fn<(params: unknown) => unknown>(() => refused('WITNESS_ANSWER'));
    chain.answer('tx_send', send);
    const attestor = await attest();
    for (let i = 0; i < 3; i++) {
      await attestor.round();
      chain.block();
    }
    expect(attestor.events()).toEqual(['answerRefused', 'settling', 'refused']);
    expect(send).toHaveBeenCalledTimes(2);
    expect(attestor.kept()).toMatchObject({ outbox: [], memory: { answering: [] } });
  });

  test('whose answer is refused with a code that is not known stays, and is named: it may be executed', async () => {
    demand({});
    let sent = 0;
    chain.answer('tx_send', () => {
      sent += 1;
      return refused('GATEWAY_TIMEOUT');
    });
    const attestor = await attest();
    await attestor.round();
    expect(attestor.events()).toContain('answerRefused');
    expect(JSON.stringify(attestor.kept())).toContain(`"key":"answer/${DEMAND}"`);
    expect(sent).toBeGreaterThan(0);
  });

  test.each(['BALANCE_BELOW_MAX_FEE', 'BODY_TOO_LARGE'])(
    'whose answer is refused with %s is tried again, and everything else is done meanwhile',
    async (code) => {
      demand({});
      data.serve(hex(8), { prompt: 'another', output: words('beta', 30) });
      chain.answer('tx_send', () => refused(code));
      const attestor = await attest();
      expect(await attestor.round()).toEqual([]);
      expect(attestor.facts).toMatchObject([
        { event: 'answerRefused', fields: { code } },
        { event: 'settling' },
        { event: 'refused', fields: { code } },
      ]);
      expect(attestor.kept()).toMatchObject({ outbox: [], memory: { answering: [DEMAND] } });
      expect(await attestor.round()).toEqual([]);
      clock += 500;
      chain.block();
      await attestor.round();
      expect(attestor.events()).toEqual(['answerRefused', 'settling', 'refused', 'answerRefused']);
    },
  );

  test('on a drawn text of the own calibration is answered from that text', async () => {
    const draw = {
      contribution: 1,
      item: 1,
      position: 3,
      tokens: 150,
      promptTokens: 0,
      claim: { x: [], matches: [], shared: [], info: [0] },
    };
    const claim = await chain.put('modelCalibration', {
      model: 1,
      version: 1,
      round: 1,
      asOf: '1',
      level: 0,
      draws: [draw],
      before: [],
    });
    data.calibration = { status: 'pending' };
    data.rounds[1] = {
      status: 'claimed',
      claim: {
        id: claim,
        attestor: OWN,
        height: '1',
        asOf: '1',
        level: 0,
        covered: '0',
        total: '1',
        finalAt: '9',
        bond: '1',
      },
    };
    demand({ first: 2, count: 1 });
    data.challenges = data.challenges.map((each) => ({
      ...each,
      target: { type: 'calibration', value: { model: 1, claim, level: 'met', draw: 0 } },
    }));
    expect(await (await attest()).round()).toMatchObject([
      { kind: 'attributionAnswer', payload: { opening: { type: 'item' } } },
    ]);
  });

  test('is answered though a node never ends its search for a text that something else needs', async () => {
    const other = hex(9);
    data.serve(other, { prompt: 'another', output: OUTPUT });
    const withheld = data.contribute(2, [words('gamma', 30)]);
    const attestor = await attest({ memory: { batches: [other], answering: [] }, outbox: [] });
    chain.neverAnswer(withheld.root);
    // Nothing can be settled without that text.
    expect(await attestor.round()).toEqual([]);
    demand({});
    const sent: SentTransaction[] = [];
    for (let i = 0; i < 100 && sent.length === 0; i++) {
      sent.push(...(await attestor.round()));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sent.map(({ kind }) => kind)).toEqual(['attributionAnswer']);
    // And nobody says that it is missing before the time of a search is over.
    expect(attestor.events()).toEqual([]);
    clock += 10_000;
    chain.block();
    await attestor.round();
    expect(attestor.facts).toMatchObject([{ event: 'left', fields: { batch: other, why: 'incomplete' } }]);
  });

  describe('is answered before the rest', () => {
    const OF_SOURCE = { text: 'source', contribution: 1, item: 1 };
    /** An attestor that has read all texts, and takes a second for each piece of work. */
    const attestSlowly = async (batches: readonly string[] = []) => {
      const { textCache, tracers } = data.reviewers();
      const read = async (): Promise<void> => {
        await tracers.contribution(1);
        for (const batch of batches) {
          const { bodies } = await chain.client.call('receipt_getBatch', { batch });
          await textCache.inferences(bodies.map(({ texts }) => texts));
        }
        await textCache.idle();
      };
      await read();
      await read();
      const params: typeof tracers.params = () => {
        clock += 1_000;
        return tracers.params();
      };
      const reviewers = { textCache, tracers: { ...tracers, params } };
      return runScripted(
        chain,
        (context) => new Attestor(context, reviewers, [OWN], { batches: [...batches], answering: [] }),
      );
    };
    const kindsOf = (sent: readonly SentTransaction[]): readonly string[] => sent.map(({ kind }) => kind);

    test('of many calibrations that are due at once', async () => {
      data.models = 3;
      data.calibration = { status: 'pending' };
      const draw = { seed: hex(6), drawable: '250', height: String(chain.height) };
      data.rounds = [
        { status: 'drawn', draw },
        { status: 'awaited', drawAt: String(chain.height + 1) },
      ];
      const attestor = await attestSlowly();
      await attestor.service.work(toHeight(BigInt(chain.height)));
      expect(kindsOf(chain.sent)).toEqual(['modelCalibration']);
      expect(attestor.service.isDue()).toBe(true);
      demand(OF_SOURCE);
      expect(kindsOf(await attestor.round())).toEqual([
        'attributionAnswer',
        'modelCalibration',
        'modelCalibration',
      ]);
      expect(chain.sent.map(({ payload }) => payload.model)).toEqual([1, undefined, 2, 3]);
    });

    test('of many batches that are due at once', async () => {
      const batches = [hex(7), hex(8), hex(9)];
      for (const [i, batch] of batches.entries()) data.serve(batch, { prompt: `p${i}`, output: OUTPUT });
      const attestor = await attestSlowly(batches);
      await attestor.service.work(toHeight(BigInt(chain.height)));
      expect(kindsOf(chain.sent)).toEqual(['attributionSettlement']);
      expect(attestor.service.isDue()).toBe(true);
      demand(OF_SOURCE);
      expect(kindsOf(await attestor.round())).toEqual([
        'attributionAnswer',
        'attributionSettlement',
        'attributionSettlement',
      ]);
      const settled = chain.sent.map(({ payload }) => payload.batch);
      expect(settled).toEqual([batches[0], undefined, batches[1], batches[2]]);
    });
  });
});
