/** A watcher against a scripted chain: what it lets stand, what it challenges, and what it waits for. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { proveText } from '../../../src/attribution/evidence/chunks.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { addressOfPrivateKey } from '../../../src/lib/secp256k1.ts';
import { Attestor } from '../../../src/services/attest/attestor.ts';
import { Watcher, type WatcherOptions } from '../../../src/services/watch/watcher.ts';
import { partSalt } from '../../../state/attribution/commitment.ts';
import { OpeningType } from '../../../state/attribution/openings.ts';
import { OUTPUT_TOKENS_MAX, PROMPT_TOKENS_MAX } from '../../../state/attribution/parameters.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { ReceiptClaim } from '../../../state/tx/attribution-settlement.ts';
import { ScriptedChain, type SentTransaction } from './support/scripted-chain.ts';
import {
  account,
  hex,
  MODEL,
  type ScriptedContribution,
  ScriptedData,
  textsOf,
  tokensOf,
  words,
} from './support/scripted-data.ts';
import { KEY, type Kept, runScripted } from './support/scripted-service.ts';

const OWN = toHex(addressOfPrivateKey(KEY));
const OTHER = account(0x42);
const PATIENCE = 5n;
const BATCH = hex(2);
const SOURCE = words('alpha', 30);
const OUTPUT = `well ${words('alpha', 12, 5)} indeed`;
const RECEIPT = { prompt: 'p', output: OUTPUT };

let chain: ScriptedChain;
let data: ScriptedData;
let ahead = 0;

beforeEach(() => {
  chain = new ScriptedChain();
  data = new ScriptedData(chain);
  ahead = 0;
});

const now = performance.now.bind(performance);
vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead);

type Memory = NonNullable<ConstructorParameters<typeof Watcher>[3]>;
const watch = (options: Partial<WatcherOptions> = {}, kept?: Kept<Memory>, from?: number) =>
  runScripted(
    chain,
    (context) =>
      new Watcher(context, data.reviewers(), { dryRun: false, patience: PATIENCE, ...options }, kept?.memory),
    kept?.outbox,
    from,
  );

/** Waits until a watcher sends a witness of an earlier or longer match, once what it lacked may be requested again. */
const expectBetter = async (watcher: Awaited<ReturnType<typeof watch>>): Promise<void> => {
  ahead = 5_000;
  await expect
    .poll(async () => {
      chain.block();
      return (await watcher.round()).map(({ payload }) => Reflect.get(payload.witness as object, 'type'));
    })
    .toEqual(['better']);
};

type Claims = readonly Pick<ReceiptClaim, 'index' | 'claim' | 'sections'>[];

/** Has an honest attestor claim what is open of a batch, and returns the claims. */
const honestClaims = async (): Promise<Claims> => {
  const attestor = await runScripted(
    chain,
    (context) => new Attestor(context, data.reviewers(), [OWN], { batches: [BATCH], answering: [] }),
  );
  const [sent] = await attestor.round();
  if (sent === undefined) throw new Error('the attestor has settled');
  return sent.payload.claims as Claims;
};

/** Settles a batch by somebody's claims. @returns the id of the settlement */
const settleBy = async (claims: Claims, attestor = OTHER): Promise<string> => {
  const id = await chain.put('attributionSettlement', { batch: BATCH, asOf: null, claims: claims as never });
  data.settle(
    BATCH,
    claims.map(({ index }) => index),
    { id, attestor },
  );
  return id;
};

const isFalse = ({ index, claim, sections }: Claims[number]): Claims[number] => ({
  index,
  sections,
  claim: { ...claim, matches: claim.matches.map((match) => ({ ...match, pos: match.pos + 1 })) },
});

const upheld = (sent: SentTransaction | undefined): void => {
  if (sent === undefined) throw new Error('a challenge was sent');
  const happened = (type: string, fields: object) => ({
    cursor: '1/0',
    type,
    data: fields,
    transaction: sent.id,
  });
  chain.settle(sent.id, 'committed', {
    events: [
      happened('challengeUpheld', { falls: 'claim', code: 'CLAIM_MATCH' }),
      happened('receiptReopened', { reward: '7' }),
    ],
  });
};

const failed = (sent: SentTransaction | undefined, code: string): void => {
  if (sent === undefined) throw new Error('a challenge was sent');
  chain.settle(sent.id, 'failed', { error: { code, message: '', data: null } });
};

const refuted = (sent: SentTransaction | undefined): void => {
  if (sent === undefined) throw new Error('a challenge was sent');
  const fields = { code: 'WITNESS_PROVES_NOTHING', burned: '1' };
  const event = { cursor: '1/0', type: 'challengeRefuted', data: fields, transaction: sent.id };
  chain.settle(sent.id, 'committed', { events: [event] });
};

/** Records the DEMAND or the challenge that was sent on the chain. */
const onChain = (
  sent: SentTransaction | undefined,
  subject: string,
  state: string,
  challenger: string = OWN,
): void => {
  if (sent === undefined) throw new Error('a challenge was sent');
  const { target, witness } = sent.payload as { target: never; witness: { type: string; value: never } };
  const demand = witness.type === 'demand' ? witness.value : undefined;
  data.challenges = [
    { id: sent.id, subject, target, state, challenger, ...(demand === undefined ? {} : { demand }) },
  ];
};

describe('a settlement', () => {
  test('that holds is reviewed once and forgotten, and nothing is sent', async () => {
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, { prompt: 'p', output: OUTPUT }, { prompt: 'q', output: 'nothing of it' });
    const watcher = await watch();
    expect(await watcher.round()).toEqual([]);
    const settlement = await settleBy(await honestClaims());
    const sent = chain.sent.length;
    expect(await watcher.round()).toEqual([]);
    expect(watcher.facts).toMatchObject([
      { event: 'reviewed', fields: { settlement, batch: BATCH, holds: 2, false: 0, unknown: 0 } },
    ]);
    expect(watcher.kept().memory?.settlements.claims).toEqual([]);
    expect(chain.sent).toHaveLength(sent);
  });

  test('is challenged claim by claim where it is false, each by one challenge at a time', async () => {
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, { prompt: 'p', output: OUTPUT }, { prompt: 'q', output: OUTPUT });
    const claims = await honestClaims();
    const settlement = await settleBy(claims.map((each) => (each.index === 0 ? isFalse(each) : each)));
    const watcher = await watch();
    const [challenge, ...more] = await watcher.round();
    expect(more).toEqual([]);
    expect(challenge).toMatchObject({
      kind: 'attributionChallenge',
      payload: {
        target: { type: 'receipt', value: { batch: BATCH, index: 0, settlement } },
        witness: { type: 'invalid' },
      },
    });
    chain.block();
    expect(await watcher.round()).toEqual([]);
    upheld(challenge);
    data.batches.get(BATCH)?.settled.delete(0);
    expect(await watcher.round()).toEqual([]);
    expect(watcher.facts.slice(-2)).toMatchObject([
      { event: 'upheld', fields: { falls: 'claim', reason: 'CLAIM_MATCH', reward: '7' } },
      { event: 'over', fields: { receipt: `${BATCH}/0`, settlement, status: 'open' } },
    ]);
    expect(watcher.kept().memory?.settlements.claims).toEqual([]);
  });

  test('is challenged for a better source that it leaves out', async () => {
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, { prompt: 'p', output: OUTPUT });
    const [honest] = await honestClaims();
    if (honest === undefined) return expect.unreachable();
    const { info } = honest.claim;
    await settleBy([{ ...honest, claim: { ...honest.claim, matches: [], info: info.slice(-1) } }]);
    const [sent] = await (await watch()).round();
    expect(sent).toMatchObject({ payload: { witness: { type: 'better' } } });
  });

  test('is challenged for a chunk that it leaves out, and then for a false excuse', async () => {
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, RECEIPT);
    const [honest] = await honestClaims();
    const [picked] = honest?.sections[0]?.picks ?? [];
    if (honest === undefined || picked === undefined) return expect.unreachable();
    const settlement = await settleBy([
      { ...honest, sections: honest.sections.map((section) => ({ ...section, picks: [] })) },
    ]);
    const watcher = await watch();
    const [sent] = await watcher.round();
    expect(sent).toMatchObject({
      payload: { witness: { type: 'outdone', value: { section: 0, step: 0, contribution: 1 } } },
    });
    const phrases = picked.phrases.map(({ at, bits }) => ({ at, bits }));
    const { contribution, item, chunk } = picked;
    data.challenges = [
      {
        id: sent?.id ?? '',
        subject: `${BATCH}/0`,
        target: { type: 'receipt', value: { batch: BATCH, index: 0, settlement } },
        state: 'answered',
        challenger: OWN,
        outdone: { section: 0, step: 0, contribution, item, chunk, phrases },
        excuses: phrases.map((_, phrase) => ({
          phrase,
          reason: { type: 'prompt', value: { place: 0 } },
        })),
      },
    ];
    const opened = { type: 'outdoneOpened', data: { answerBy: '20' }, transaction: sent?.id ?? '' };
    chain.settle(sent?.id ?? '', 'committed', { events: [{ cursor: '1/0', ...opened }] });
    chain.block();
    const [next] = await watcher.round();
    expect(next).toMatchObject({
      payload: { witness: { type: 'excuse', value: { challenge: sent?.id, excuse: 0, holder: 0 } } },
    });
  });

  describe('that was true when it was made', () => {
    /** Three contributions bear the phrases of five words, which a fourth holds as well, with some that it bears alone. */
    const SHARED = words('both', 5);
    const MORE = {
      prompt: 'p',
      output: `${SHARED} ${words('other', 3)} ${words('fourth', 4, 3)} ${words('end', 20)}`,
    };
    const scene = async () => {
      const [first] = ['first', 'second', 'third', 'fourth'].map((stem, i) =>
        data.contribute(i + 1, [`${words(stem, 30)} ${SHARED} ${words(stem, 60, 40)}`]),
      );
      if (first === undefined) return expect.unreachable();
      data.serve(BATCH, MORE);
      const claims = await honestClaims();
      expect(claims[0]?.sections[0]?.picks).toMatchObject([{ contribution: 1 }, { contribution: 4 }]);
      return { first, claims };
    };

    test.each([
      ['struck', (made: ScriptedContribution) => data.strikes(made)],
      ['void', (made: ScriptedContribution) => data.voids(made)],
    ])('holds though what it picks is %s since', async (_, change) => {
      const { first, claims } = await scene();
      await settleBy(claims);
      change(first);
      const watcher = await watch();
      expect(await watcher.round()).toEqual([]);
      expect(watcher.facts).toMatchObject([{ event: 'reviewed', fields: { holds: 1, false: 0 } }]);
    });

    test('holds though a contribution that its matches cite is void since', async () => {
      const made = data.contribute(1, [SOURCE]);
      data.serve(BATCH, RECEIPT);
      await settleBy(await honestClaims());
      data.voids(made);
      const watcher = await watch();
      expect(await watcher.round()).toEqual([]);
      expect(watcher.facts).toMatchObject([{ event: 'reviewed', fields: { holds: 1, false: 0 } }]);
    });

    // The chain refuses a claim that picks what is void or struck before: this one stands for all that pick too little.
    test('is challenged if what it picks was void before', async () => {
      const { first, claims } = await scene();
      data.voids(first);
      await settleBy(claims);
      const [sent] = await (await watch()).round();
      expect(sent).toMatchObject({ payload: { witness: { type: 'outdone' } } });
    });

    test('is not outdone while a text is missing that became void since, and may excuse it', async () => {
      const { first, claims } = await scene();
      await settleBy(claims);
      data.voids(first);
      data.withhold(first);
      const watcher = await watch({ patience: 100n });
      expect(await watcher.round()).toEqual([]);
      expect(watcher.events()).toEqual(['incomplete']);
      data.give(first);
      ahead = 5_000;
      await expect
        .poll(async () => {
          chain.block();
          expect(await watcher.round()).toEqual([]);
          return watcher.events();
        })
        .toContain('reviewed');
    });
  });

  test('of a receipt that is malformed itself is challenged for that', async () => {
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, { ...RECEIPT, change: { tokensOut: tokensOf(OUTPUT).count + 1 } });
    await settleBy([{ index: 0, claim: { x: [], matches: [], shared: [], info: [1] }, sections: [] }]);
    const [sent] = await (await watch()).round();
    expect(sent).toMatchObject({
      payload: {
        // Whoever claims what of it: the settlement is left open.
        target: { type: 'receipt', value: { batch: BATCH, index: 0, settlement: hex(0) } },
        witness: { type: 'malformed' },
      },
    });
  });

  test('is not challenged again after a challenge was refuted', async () => {
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, { prompt: 'p', output: OUTPUT });
    await settleBy((await honestClaims()).map(isFalse));
    const watcher = await watch();
    const [sent] = await watcher.round();
    refuted(sent);
    onChain(sent, `${BATCH}/0`, 'refuted');
    chain.block();
    expect(await watcher.round()).toEqual([]);
    expect(watcher.events()).toEqual(['challenging', 'reviewed', 'refuted', 'givenUp']);
    expect(watcher.kept().memory?.settlements.claims).toEqual([]);
  });

  test('is challenged again, after a pause, however often that failed for a reason that passes', async () => {
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, { prompt: 'p', output: OUTPUT });
    await settleBy((await honestClaims()).map(isFalse));
    const watcher = await watch();
    for (let i = 0; i < 8; i++) {
      const [sent] = await watcher.round();
      if (sent === undefined) return expect.unreachable();
      chain.settle(sent.id, 'failed', { error: { code: 'BALANCE_TOO_LOW', message: '', data: null } });
      expect(await watcher.round()).toEqual([]);
      ahead += 120_000;
    }
    expect(watcher.facts.filter(({ event }) => event === 'refused')).toHaveLength(8);
    const [last] = await watcher.round();
    upheld(last);
    data.batches.get(BATCH)?.settled.delete(0);
    expect(await watcher.round()).toEqual([]);
    expect(watcher.events()).toContain('upheld');
    expect(watcher.events()).not.toContain('givenUp');
  });

  test('is let go when somebody else was faster', async () => {
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, { prompt: 'p', output: OUTPUT });
    await settleBy((await honestClaims()).map(isFalse));
    const watcher = await watch();
    const [sent] = await watcher.round();
    if (sent === undefined) return expect.unreachable();
    chain.settle(sent.id, 'failed', { error: { code: 'CHALLENGE_SETTLEMENT', message: '', data: null } });
    data.batches.get(BATCH)?.settled.delete(0);
    expect(await watcher.round()).toEqual([]);
    expect(watcher.events().slice(-2)).toEqual(['late', 'over']);
  });

  test('that became final can no longer be challenged', async () => {
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, { prompt: 'p', output: OUTPUT });
    const settlement = await settleBy((await honestClaims()).map(isFalse));
    for (const each of data.batches.get(BATCH)?.settled.values() ?? []) each.status = 'final';
    const watcher = await watch();
    expect(await watcher.round()).toEqual([]);
    expect(watcher.facts[0]).toMatchObject({ event: 'tooLate', fields: { settlement, status: 'final' } });
  });

  test('is challenged after a restart if it was not yet, and otherwise not again', async () => {
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, { prompt: 'p', output: OUTPUT });
    await settleBy((await honestClaims()).map(isFalse));
    const before = await watch();
    chain.isAway = true;
    await expect(before.round()).rejects.toMatchObject({ code: 'RPC_UNREACHABLE' });
    chain.isAway = false;
    const watcher = await watch({}, before.kept());
    const sent = await watcher.round();
    expect(sent).toHaveLength(1);
    const again = await watch({}, watcher.kept());
    expect(await again.round()).toEqual([]);
    upheld(sent[0]);
    data.batches.get(BATCH)?.settled.delete(0);
    await again.round();
    expect(again.events()).toEqual(['upheld', 'over', 'reviewed']);
  });

  test('is only reported on a dry run', async () => {
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, { prompt: 'p', output: OUTPUT });
    await settleBy((await honestClaims()).map(isFalse));
    const sent = chain.sent.length;
    const watcher = await watch({ dryRun: true });
    await watcher.round();
    expect(watcher.facts).toMatchObject([
      { event: 'wouldChallenge', fields: { target: 'receipt', subject: `${BATCH}/0`, witness: 'invalid' } },
      { event: 'reviewed', fields: { false: 1 } },
    ]);
    expect(chain.sent).toHaveLength(sent);
  });

  test('is confirmed in parts as its outputs arrive, and each part is reported', async () => {
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, { prompt: 'p', output: OUTPUT }, { prompt: 'q', output: 'nothing of it' });
    const claims = await honestClaims();
    data.withholdTexts(RECEIPT);
    const settlement = await settleBy(claims);
    const watcher = await watch();
    await watcher.round();
    data.giveTexts(RECEIPT);
    ahead = 5_000;
    await expect
      .poll(async () => {
        chain.block();
        await watcher.round();
        return watcher.kept().memory?.settlements.claims;
      })
      .toEqual([]);
    expect(watcher.facts).toMatchObject([
      { event: 'reviewed', fields: { settlement, holds: 1, false: 0, unknown: 1 } },
      { event: 'reviewed', fields: { settlement, holds: 1, false: 0, unknown: 0 } },
    ]);
  });

  test('that is final before its output arrives is judged once it does, and said to be late until then', async () => {
    data.contribute(1, [SOURCE]);
    const late = [RECEIPT, { prompt: 'q', output: `${OUTPUT} too` }];
    data.serve(BATCH, ...late);
    const claims = await honestClaims();
    for (const receipt of late) data.withholdTexts(receipt);
    const settlement = await settleBy(claims.map((each, i) => (i === 1 ? isFalse(each) : each)));
    const watcher = await watch();
    await watcher.round();
    for (const each of data.batches.get(BATCH)?.settled.values() ?? []) each.status = 'final';
    chain.blocks(Number(PATIENCE));
    expect(await watcher.round()).toEqual([]);
    chain.block();
    expect(await watcher.round()).toEqual([]);
    expect(watcher.facts.map(({ event }) => event)).toEqual(['late', 'late']);
    for (const receipt of late) data.giveTexts(receipt);
    ahead = 5_000;
    await expect
      .poll(async () => {
        chain.block();
        await watcher.round();
        return watcher.kept().memory?.settlements.claims;
      })
      .toEqual([]);
    expect(watcher.facts.slice(2)).toMatchObject([
      { event: 'tooLate', level: 'warn', fields: { receipt: `${BATCH}/1`, settlement } },
      { event: 'reviewed', fields: { settlement, holds: 1, false: 1, unknown: 0 } },
    ]);
    expect(chain.sent.filter(({ kind }) => kind === 'attributionChallenge')).toEqual([]);
  });

  test('that is final is said to be late while a contribution is missing that its output may be traced to', async () => {
    const missing = data.contribute(1, [words('gamma', 30)]);
    data.contribute(2, [SOURCE]);
    data.serve(BATCH, RECEIPT);
    const claims = await honestClaims();
    data.withhold(missing);
    await settleBy(claims);
    const watcher = await watch();
    await watcher.round();
    for (const each of data.batches.get(BATCH)?.settled.values() ?? []) each.status = 'final';
    for (let round = 0; round < 3; round++) {
      chain.block();
      expect(await watcher.round()).toEqual([]);
    }
    expect(watcher.events()).toEqual(['incomplete', 'late']);
    data.give(missing);
    ahead = 5_000;
    await expect
      .poll(async () => {
        chain.block();
        await watcher.round();
        return watcher.kept().memory?.settlements.claims;
      })
      .toEqual([]);
    expect(watcher.events()).toEqual(['incomplete', 'late', 'reviewed']);
  });

  test('that is final already is reviewed after those that can still be challenged', async () => {
    const other = hex(7);
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, RECEIPT);
    const claims = await honestClaims();
    data.withholdTexts(RECEIPT);
    await settleBy(claims);
    const watcher = await watch();
    await watcher.round();
    for (const each of data.batches.get(BATCH)?.settled.values() ?? []) each.status = 'final';
    chain.block();
    await watcher.round();
    expect(watcher.events()).toEqual(['late']);
    data.serve(other, RECEIPT);
    data.withholdTexts(RECEIPT);
    const id = await chain.put('attributionSettlement', {
      batch: other,
      asOf: null,
      claims: claims as never,
    });
    data.settle(other, [0], { id, attestor: OTHER });
    const before = chain.callsOf('receipt_getBatch').length;
    await watcher.round();
    const read = chain.callsOf('receipt_getBatch').slice(before);
    expect(read.slice(0, 2).map(({ batch }) => batch)).toEqual([other, BATCH]);
  });

  test('is not confirmed while a text is missing that its output may be traced to, and is once it has arrived', async () => {
    const earlier = data.contribute(1, [`${SOURCE} first`]);
    data.contribute(2, [SOURCE]);
    data.serve(BATCH, { prompt: 'p', output: OUTPUT });
    const claims = await honestClaims();
    const second = claims.map(({ index, claim, sections }) => ({
      index,
      sections,
      claim: { ...claim, matches: claim.matches.map((match) => ({ ...match, contribution: 2 })) },
    }));
    data.withhold(earlier);
    await settleBy(second);
    const watcher = await watch();
    for (let round = 0; round < 3; round++) {
      expect(await watcher.round()).toEqual([]);
      chain.block();
    }
    // What is known speaks for the claim. What is missing may speak against it.
    expect(watcher.events()).toEqual(['incomplete']);
    data.give(earlier);
    await expectBetter(watcher);
  });

  test('whose texts were committed by other rules than those of the model is one whose output is missing', async () => {
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, RECEIPT);
    const claims = await honestClaims();
    data.serve(BATCH, { ...RECEIPT, rules: 1 });
    await settleBy(claims);
    const watcher = await watch({ patience: 0n });
    expect(await watcher.round()).toMatchObject([
      { payload: { witness: { type: 'demand', value: { text: 'output' } } } },
    ]);
  });

  test('whose output has arrived since it was missing is judged by it, and nothing is demanded', async () => {
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, RECEIPT);
    const claims = await honestClaims();
    data.withholdTexts(RECEIPT);
    const settlement = await settleBy(claims.map(isFalse));
    const watcher = await watch();
    expect(await watcher.round()).toEqual([]);
    chain.blocks(Number(PATIENCE));
    // The pause before a text is requested again is not over: it is looked for before it would be demanded.
    data.giveTexts(RECEIPT);
    expect(await watcher.round()).toMatchObject([
      { payload: { target: { value: { settlement } }, witness: { type: 'invalid' } } },
    ]);
  });

  test('that is false is challenged though a node never ends its search for another text', async () => {
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, RECEIPT);
    const claims = await honestClaims();
    const withheld = data.contribute(2, [words('gamma', 30)]);
    await settleBy(claims.map(isFalse));
    const watcher = await watch();
    chain.neverAnswer(withheld.root);
    const sent: SentTransaction[] = [];
    for (let i = 0; i < 100 && sent.length === 0; i++) {
      sent.push(...(await watcher.round()));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sent).toMatchObject([{ kind: 'attributionChallenge' }]);
  });

  describe('that is false by a text which the index has read before, and which is missing now,', () => {
    /** Settles by a claim for the second owner of the words, which the first one's text proves false. */
    const settleForSecond = async () => {
      const first = data.contribute(1, [SOURCE]);
      const second = data.contribute(2, [`${SOURCE} more`]);
      data.serve(BATCH, RECEIPT);
      const claims = await honestClaims();
      await settleBy(
        claims.map(({ index, claim, sections }) => ({
          index,
          sections,
          claim: { ...claim, matches: claim.matches.map((match) => ({ ...match, contribution: 2 })) },
        })),
      );
      const { textCache, tracers } = data.reviewers();
      await tracers.tracer(MODEL, 1);
      await textCache.idle();
      await tracers.tracer(MODEL, 1);
      const fresh = data.reviewers();
      const watcher = await runScripted(
        chain,
        (context) =>
          new Watcher(
            context,
            { ...fresh, tracers: { ...fresh.tracers, tracer: tracers.tracer } },
            { dryRun: false, patience: PATIENCE },
            undefined,
          ),
      );
      return { first, second, watcher };
    };

    test('is challenged once that text has arrived again, and no round fails until then', async () => {
      const { first, watcher } = await settleForSecond();
      data.withhold(first);
      for (let round = 0; round < 3; round++) {
        expect(await watcher.round()).toEqual([]);
        chain.block();
      }
      data.give(first);
      await expectBetter(watcher);
    });

    test('has the text demanded that it cites, if that one is missing too', async () => {
      const { first, second, watcher } = await settleForSecond();
      data.withhold(first);
      data.withhold(second);
      chain.blocks(Number(PATIENCE));
      expect(await watcher.round()).toMatchObject([
        { payload: { witness: { type: 'demand', value: { text: 'source', contribution: 2, item: 0 } } } },
      ]);
    });
  });

  test('that cites a text which has arrived since it was missing is judged by it, and nothing is demanded', async () => {
    const source = data.contribute(1, [SOURCE]);
    data.serve(BATCH, RECEIPT);
    const claims = await honestClaims();
    data.withhold(source);
    await settleBy(claims);
    const watcher = await watch();
    expect(await watcher.round()).toEqual([]);
    chain.blocks(Number(PATIENCE));
    data.give(source);
    expect(await watcher.round()).toEqual([]);
    chain.block();
    expect(await watcher.round()).toEqual([]);
    expect(watcher.facts.at(-1)).toMatchObject({ event: 'reviewed', fields: { holds: 1 } });
  });

  describe('that cites one of two items of a contribution, the other of which is missing,', () => {
    const settleWithout = async (withheld: number, change = (claim: Claims[number]) => claim) => {
      const { itemRoots } = data.contribute(1, [SOURCE, words('beta', 30)]);
      data.serve(BATCH, RECEIPT);
      const claims = await honestClaims();
      chain.withhold(itemRoots[withheld] ?? '');
      await settleBy(claims.map(change));
      return await watch({ patience: 0n });
    };

    test('waits for the other one if it is true, and nothing that is here is demanded', async () => {
      const watcher = await settleWithout(1);
      for (let round = 0; round < 3; round++) {
        expect(await watcher.round()).toEqual([]);
        chain.block();
      }
      expect(watcher.events()).toEqual(['incomplete']);
    });

    test('is challenged by the item that is here if it is false', async () => {
      const watcher = await settleWithout(1, isFalse);
      expect(await watcher.round()).toMatchObject([{ payload: { witness: { type: 'invalid' } } }]);
    });

    test('has the cited item demanded if that is the missing one', async () => {
      const watcher = await settleWithout(0);
      expect(await watcher.round()).toMatchObject([
        { payload: { witness: { type: 'demand', value: { text: 'source', contribution: 1, item: 0 } } } },
      ]);
    });
  });

  test('whose output is missing is neither confirmed nor challenged: the output is demanded after a while', async () => {
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, { prompt: 'p', output: OUTPUT });
    const claims = await honestClaims();
    data.withholdTexts(RECEIPT);
    const settlement = await settleBy(claims);
    const watcher = await watch();
    expect(await watcher.round()).toEqual([]);
    chain.blocks(Number(PATIENCE) - 1);
    expect(await watcher.round()).toEqual([]);
    expect(watcher.facts).toEqual([]);
    chain.block();
    const [demand] = await watcher.round();
    expect(demand).toMatchObject({
      payload: {
        target: { type: 'receipt', value: { batch: BATCH, index: 0, settlement } },
        witness: { type: 'demand', value: { text: 'output', first: 0, count: 1 } },
      },
    });
    if (demand === undefined) return expect.unreachable();
    // While it is open, nothing more is demanded.
    chain.settle(demand.id, 'committed', {
      events: [{ cursor: '1/0', type: 'demandOpened', data: { answerBy: '20' }, transaction: demand.id }],
    });
    onChain(demand, `${BATCH}/0`, 'open');
    chain.block();
    expect(await watcher.round()).toEqual([]);
    // Nobody answers, and the claim is reverted.
    onChain(demand, `${BATCH}/0`, 'unanswered');
    data.batches.get(BATCH)?.settled.delete(0);
    chain.block();
    expect(await watcher.round()).toEqual([]);
    expect(watcher.facts.at(-1)).toMatchObject({
      event: 'unanswered',
      fields: { challenge: demand.id, challenger: OWN },
    });
    expect(watcher.kept().memory?.settlements.claims).toEqual([]);
  });
});

describe('a contribution', () => {
  const accepted = (contribution: number) => ({
    type: 'contributionAccepted',
    data: { contribution, datanet: 1 },
  });

  test('that has declared the truth is reviewed, and nothing is sent', async () => {
    data.contribute(1, [SOURCE]);
    data.contribute(2, [`${words('own', 8)} ${words('alpha', 20, 3)}`]);
    chain.block(accepted(1), accepted(2));
    const watcher = await watch();
    expect(await watcher.round()).toEqual([]);
    expect(watcher.facts.map(({ fields }) => [fields.contribution, fields.false])).toEqual([
      [1, 0],
      [2, 0],
    ]);
    expect(watcher.kept().memory?.contributions.watched).toEqual([]);
  });

  test('that passes copied words off as new is challenged, and reviewed again afterwards', async () => {
    data.contribute(1, [SOURCE]);
    const liar = data.contribute(2, [words('alpha', 30)], () => ({
      copied: [],
      novelRuns: [{ item: 0, start: 0, end: 30 }],
    }));
    chain.block(accepted(2));
    const watcher = await watch();
    const [sent] = await watcher.round();
    expect(sent).toMatchObject({
      kind: 'attributionChallenge',
      payload: { target: { type: 'contribution', value: { contribution: 2 } } },
    });
    chain.block();
    expect(await watcher.round()).toEqual([]);
    const witness = (sent?.payload.witness as { type: string } | undefined)?.type ?? '';
    expect(['overlap', 'passage']).toContain(witness);
    upheld(sent);
    if (witness === 'overlap') liar.struck.novelRuns.push(0);
    else liar.struck.passages.push({ index: 0, height: String(chain.height) });
    chain.block();
    const [next] = await watcher.round();
    expect((next?.payload.witness as { type: string } | undefined)?.type).toBe(
      witness === 'overlap' ? 'passage' : 'overlap',
    );
  });

  describe('with two false runs', () => {
    const [left, right] = [words('alpha', 15), words('alpha', 15, 15)];

    const challenged = async () => {
      data.contribute(1, [SOURCE]);
      const liar = data.contribute(2, [`${left} ${words('own', 8)} ${right}`], () => ({
        copied: [],
        novelRuns: [
          { item: 0, start: 0, end: 15 },
          { item: 0, start: 23, end: 38 },
        ],
      }));
      chain.block(accepted(2));
      const watcher = await watch();
      const [sent] = await watcher.round();
      expect(sent?.payload).toMatchObject({ witness: { type: 'overlap', value: { run: { index: 0 } } } });
      return { liar, watcher, sent };
    };
    const NEXT = { payload: { witness: { type: 'overlap', value: { run: { index: 1 } } } } };

    test('is challenged for the second one also where another challenger struck the first', async () => {
      const { liar, watcher, sent } = await challenged();
      failed(sent, 'WITNESS_STRUCK');
      liar.struck.novelRuns.push(0);
      chain.block();
      expect(await watcher.round()).toMatchObject([NEXT]);
      expect(watcher.events()).not.toContain('givenUp');
    });

    test('is challenged for the second one also where the challenge of the first was refuted', async () => {
      const { watcher, sent } = await challenged();
      refuted(sent);
      onChain(sent, '2', 'refuted');
      chain.block();
      const [next, ...more] = await watcher.round();
      expect([next, more]).toMatchObject([NEXT, []]);
      // Only when both were in vain, the contribution is no longer watched.
      expect(watcher.kept().memory?.contributions.watched).toMatchObject([{ contribution: 2 }]);
      refuted(next);
      const before = data.challenges;
      onChain(next, '2', 'refuted');
      data.challenges = [...before, ...data.challenges];
      chain.block();
      for (let i = 0; i < 5; i++) expect(await watcher.round()).toEqual([]);
      expect(watcher.kept().memory?.contributions.watched).toEqual([]);
    });
  });

  test('of which a challenge was refuted is still compared with the texts before it that are missing', async () => {
    data.contribute(1, [SOURCE]);
    data.withhold(data.contribute(2, [words('gamma', 30)]));
    data.contribute(3, [words('alpha', 20, 3)], ({ copied }) => ({
      copied: copied.map((run) => ({ ...run, sourcePos: run.sourcePos + 1 })),
    }));
    chain.block(accepted(3));
    const watcher = await watch();
    const [sent] = await watcher.round();
    refuted(sent);
    onChain(sent, '3', 'refuted');
    chain.block();
    expect(await watcher.round()).toEqual([]);
    expect(watcher.facts.at(-1)).toMatchObject({
      event: 'incomplete',
      fields: { contribution: 3, missing: '2' },
    });
    expect(watcher.kept().memory?.contributions.watched).toMatchObject([{ contribution: 3 }]);
  });

  test('that cites a place where its words do not stand is challenged for that', async () => {
    data.contribute(1, [SOURCE]);
    data.contribute(2, [words('alpha', 20, 3)], ({ copied }) => ({
      copied: copied.map((run) => ({ ...run, sourcePos: run.sourcePos + 1 })),
    }));
    chain.block(accepted(2));
    expect(await (await watch()).round()).toMatchObject([{ payload: { witness: { type: 'copied' } } }]);
  });

  test('is reviewed again when a text before it is accepted later', async () => {
    data.contribute(1, [SOURCE]).stage = 'review';
    data.contribute(2, [words('alpha', 30)], () => ({
      copied: [],
      novelRuns: [{ item: 0, start: 0, end: 30 }],
    }));
    chain.block(accepted(2));
    const watcher = await watch();
    expect(await watcher.round()).toEqual([]);
    expect(watcher.facts).toMatchObject([{ event: 'reviewed', fields: { contribution: 2, false: 0 } }]);
    const first = data.contributions.get(1);
    if (first !== undefined) first.stage = 'accepted';
    chain.block(accepted(1));
    const sent = [...(await watcher.round())];
    chain.block();
    sent.push(...(await watcher.round()));
    expect(sent).toMatchObject([{ payload: { target: { value: { contribution: 2 } } } }]);
  });

  test('whose text is missing waits for it, and is not judged without it', async () => {
    data.contribute(1, [SOURCE]);
    const late = data.contribute(2, [words('beta', 30)]);
    data.withhold(late);
    chain.block(accepted(2));
    const watcher = await watch();
    await watcher.round();
    chain.blocks(3);
    await watcher.round();
    expect(watcher.facts).toEqual([]);
    expect(watcher.kept().memory?.contributions.watched).toEqual([{ contribution: 2, isNew: true }]);
    data.give(late);
    const again = await watch({}, watcher.kept());
    await again.round();
    expect(again.facts).toMatchObject([{ event: 'reviewed', fields: { contribution: 2, false: 0 } }]);
  });

  test('is not confirmed while a text before it is missing, and is once that has arrived', async () => {
    const first = data.contribute(1, [SOURCE]);
    data.contribute(2, [`${SOURCE} more`], () => ({ copied: [] }));
    data.withhold(first);
    const watcher = await watch();
    chain.block(accepted(2));
    expect(await watcher.round()).toEqual([]);
    chain.blocks(20);
    expect(await watcher.round()).toEqual([]);
    expect(watcher.facts).toMatchObject([
      { event: 'incomplete', level: 'warn', fields: { contribution: 2, missing: '1' } },
    ]);
    data.give(first);
    ahead = 5_000;
    await expect
      .poll(async () => {
        chain.blocks(20);
        return (await watcher.round()).map(({ payload }) => Reflect.get(payload.witness as object, 'type'));
      })
      .toEqual(['passage']);
  });

  describe('that was copied from an output', () => {
    const HARVEST = words('alpha', 30);
    const SEEN = { prompt: 'p', output: HARVEST };
    /** Plays that an output is recorded, whose text is missing, and that contribution 9 is made of it. */
    const harvested = async (stage: 'accepted' | 'review' = 'accepted') => {
      data.serve(BATCH, SEEN);
      data.withholdTexts(SEEN);
      const copy = data.contribute(9, [HARVEST]);
      copy.stage = stage;
      chain.block(accepted(9));
      const watcher = await watch();
      expect(await watcher.round()).toEqual([]);
      return { copy, watcher };
    };
    const arrives = (): void => {
      data.giveTexts(SEEN);
      ahead += 5_000;
    };
    /** Goes on for some rounds. @returns the types of the witnesses that were sent */
    const witnesses = async (watcher: Awaited<ReturnType<typeof watch>>): Promise<readonly unknown[]> => {
      const sent: unknown[] = [];
      for (let i = 0; i < 4; i++) {
        chain.blocks(8);
        for (const { payload } of await watcher.round())
          sent.push(Reflect.get(payload.witness as object, 'type'));
        // A request that nobody waited for may be answered by the next round.
        await new Promise((resolve) => setImmediate(resolve));
        ahead += 5_000;
      }
      return sent;
    };

    test('is challenged once the text of the output has arrived, though it was confirmed before', async () => {
      const { watcher } = await harvested();
      expect(watcher.facts).toMatchObject([
        { event: 'reviewed', fields: { contribution: 9, false: 0 } },
        { event: 'incomplete', level: 'warn', fields: { outputs: 1 } },
      ]);
      expect(watcher.kept().memory?.contributions.watched).toEqual([]);
      arrives();
      expect(await witnesses(watcher)).toEqual(['harvest']);
      expect(watcher.kept().memory?.contributions.awaited).toEqual([]);
    });

    test('is challenged also if the watcher was started again meanwhile', async () => {
      const { watcher } = await harvested();
      const again = await watch({}, watcher.kept(), chain.height + 1);
      arrives();
      expect(await witnesses(again)).toEqual(['harvest']);
    });

    test('is challenged also if later outputs with its words had arrived before', async () => {
      const later = hex(3);
      const { watcher } = await harvested('review');
      chain.blocks(20);
      data.serve(later, { prompt: 'p', output: `so ${HARVEST}` });
      const copy = data.contributions.get(9);
      if (copy !== undefined) copy.stage = 'accepted';
      chain.block(accepted(9));
      expect(await witnesses(watcher)).toEqual([]);
      arrives();
      expect(await witnesses(watcher)).toEqual(['harvest']);
    });

    test('before the output was recorded, or with nothing left to strike, is not examined again', async () => {
      chain.blocks(9);
      const { watcher, copy } = await harvested();
      data.contribute(20, [words('omega', 30)]);
      const struck = data.contribute(21, [words('sigma', 30)], () => ({ novelRuns: [] }));
      chain.block(accepted(20), accepted(21));
      await watcher.round();
      const read = (): readonly unknown[] =>
        chain.calls
          .filter(({ method }) => method === 'contribution_getDeclaration')
          .map(({ params }) => params.contribution);
      const before = read().length;
      arrives();
      expect(await witnesses(watcher)).toEqual([]);
      expect([copy.contribution, struck.contribution]).toEqual([9, 21]);
      expect(new Set(read().slice(before))).toEqual(new Set([20]));
    });
  });

  test('that is void by now is not reviewed', async () => {
    data.contribute(2, [SOURCE]).stage = 'void';
    chain.block(accepted(2));
    const watcher = await watch();
    expect(await watcher.round()).toEqual([]);
    expect(watcher.facts).toEqual([]);
    expect(watcher.kept().memory?.contributions.watched).toEqual([]);
  });
});

describe('an answer to a demand', () => {
  const LIMITS = { output: OUTPUT_TOKENS_MAX, prompt: PROMPT_TOKENS_MAX } as const;
  /** Opens all chunks of a text, as somebody who has it answers a DEMAND. */
  const answer = async (demand: SentTransaction, part: keyof typeof LIMITS): Promise<string> => {
    const { salt, rules, ...texts } = textsOf(RECEIPT);
    const tokens = tokensOf(texts[part]);
    const text = { tokens, source: utf8(texts[part]), salt: partSalt(salt, rules, part) };
    const info = rulesOf(rules).informationOf(infoTable(), tokens);
    const evidence = proveText(text, info, LIMITS[part]);
    const opening = OpeningType.toJson(evidence.openChunks(0, Math.ceil(tokens.count / 64)));
    return chain.put('attributionAnswer', { demand: demand.id, opening });
  };

  /** Withholds the output of a settled receipt until the watcher demands it, and has the demand answered. */
  const answered = async (claims: Claims): Promise<Awaited<ReturnType<typeof watch>>> => {
    data.withholdTexts(RECEIPT);
    await settleBy(claims);
    const watcher = await watch({ patience: 0n });
    await hasAnswered(await watcher.round(), 'output');
    return watcher;
  };

  /** Plays the block in which the demand that a watcher has sent is answered. */
  const hasAnswered = async (
    [demand]: readonly SentTransaction[],
    part: keyof typeof LIMITS,
  ): Promise<void> => {
    if (demand === undefined) throw new Error(`the ${part} is demanded`);
    expect(demand.payload).toMatchObject({ witness: { type: 'demand', value: { text: part } } });
    const event = { cursor: '1/0', type: 'demandOpened', data: { answerBy: '20' }, transaction: demand.id };
    chain.settle(demand.id, 'committed', { events: [event] });
    const before = data.challenges;
    onChain(demand, `${BATCH}/0`, 'answered');
    data.challenges = [...before, ...data.challenges];
    const transaction = await answer(demand, part);
    chain.block({ type: 'demandAnswered', data: { challenge: demand.id, answerer: OTHER }, transaction });
  };

  beforeEach(() => {
    data.contribute(1, [SOURCE]);
    data.serve(BATCH, { prompt: 'p', output: OUTPUT });
  });

  test('lets a true claim stand by the texts that it shows: the prompt is demanded after the output', async () => {
    const watcher = await answered(await honestClaims());
    await hasAnswered(await watcher.round(), 'prompt');
    expect(await watcher.round()).toEqual([]);
    expect(watcher.kept().memory?.settlements.claims).toEqual([]);
  });

  test('is enough to challenge a false claim also where another account was first to demand it', async () => {
    const claims = (await honestClaims()).map(isFalse);
    data.withholdTexts(RECEIPT);
    await settleBy(claims);
    const watcher = await watch({ patience: 0n });
    const [demand] = await watcher.round();
    if (demand === undefined) return expect.unreachable();
    failed(demand, 'DEMAND_REPEATED');
    onChain(demand, `${BATCH}/0`, 'open', OTHER);
    chain.block();
    expect(await watcher.round()).toEqual([]);
    onChain(demand, `${BATCH}/0`, 'answered', OTHER);
    const transaction = await answer(demand, 'output');
    chain.block({ type: 'demandAnswered', data: { challenge: demand.id, answerer: OTHER }, transaction });
    expect(await watcher.round()).toMatchObject([
      { payload: { target: { type: 'receipt' }, witness: { type: 'invalid' } } },
    ]);
  });

  test('is enough to challenge a false claim, though no node gives the text', async () => {
    const watcher = await answered((await honestClaims()).map(isFalse));
    expect(await watcher.round()).toMatchObject([
      {
        kind: 'attributionChallenge',
        payload: { target: { type: 'receipt' }, witness: { type: 'invalid' } },
      },
    ]);
  });
});
