/** An attestor that calibrates, against a scripted chain. What it claims, a watcher of the same chain has to confirm. */
import { beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '../../../src/lib/bytes.ts';
import { addressOfPrivateKey } from '../../../src/lib/secp256k1.ts';
import { Attestor } from '../../../src/services/attest/attestor.ts';
import { Watcher } from '../../../src/services/watch/watcher.ts';
import type { Claim } from '../../../state/attribution/claim.ts';
import { ScriptedChain, type SentTransaction } from './support/scripted-chain.ts';
import { account, hex, MODEL, ScriptedData, words } from './support/scripted-data.ts';
import { KEY, runScripted } from './support/scripted-service.ts';

const OWN = toHex(addressOfPrivateKey(KEY));
const OTHER = account(0x42);
const DRAWS = 12;
const SEED = hex(6);
const PHRASE = words('phrase', 14);
const PATIENCE = 6n;
const NO_SUMS = { covered: '0', total: '1', bond: '1', finalAt: '9' };

let chain: ScriptedChain;
let data: ScriptedData;

/** Three contributions whose texts share a phrase that is too short to be copied. */
beforeEach(() => {
  chain = new ScriptedChain({ calibrationDraws: DRAWS });
  data = new ScriptedData(chain);
  for (const contribution of [1, 2, 3])
    data.contribute(contribution, [
      `${words(`own${contribution}x`, 12)} ${PHRASE}`,
      words(`rest${contribution}x`, 20),
    ]);
  draw();
});

const drawable = (): string => {
  let sum = 0;
  for (const { texts } of data.contributions.values())
    for (const text of texts) sum += text.split(' ').length;
  return String(sum);
};

const draw = (): void => {
  data.calibration = { status: 'pending' };
  data.rounds = [
    { status: 'drawn', draw: { seed: SEED, drawable: drawable(), height: String(chain.height) } },
    { status: 'awaited', drawAt: String(chain.height + 1) },
  ];
  chain.block({
    type: 'calibrationDrawn',
    data: { model: MODEL, version: 1, round: 0, seed: SEED, drawable: drawable() },
  });
};

/** Changes what the chain says of a round. */
const change = (round: number, fields: Readonly<Record<string, unknown>>): void => {
  data.rounds[round] = { ...data.rounds[round], ...fields };
};

const attest = (attestors: readonly string[] = [OWN]) =>
  runScripted(chain, (context) => new Attestor(context, data.reviewers(), attestors, undefined));
const watch = (memory?: ConstructorParameters<typeof Watcher>[3]) =>
  runScripted(
    chain,
    (context) => new Watcher(context, data.reviewers(), { dryRun: false, patience: PATIENCE }, memory),
  );

/** Plays the block in which a claim stands. */
const claimed = (sent: SentTransaction, attestor: string = OWN): void => {
  chain.settle(sent.id, 'committed');
  chain.include(sent);
  const claim = {
    id: sent.id,
    attestor,
    height: String(chain.height + 1),
    asOf: String(sent.payload.asOf),
    level: 0,
    covered: '0',
    total: '1',
    finalAt: String(chain.height + 6),
    bond: '1',
  };
  const { round } = sent.payload as { readonly round: number };
  change(round, { status: 'claimed', claim });
  chain.block({
    type: 'calibrationClaimed',
    data: {
      model: MODEL,
      version: 1,
      round,
      claim: sent.id,
      attestor,
      level: 0,
      ...NO_SUMS,
    },
  });
};

/** The attestor's claim for the drawn model. */
const honestClaim = async (): Promise<SentTransaction> => {
  const [sent] = await (await attest()).round();
  if (sent === undefined) throw new Error('the attestor has claimed');
  return sent;
};

describe('an attestor', () => {
  test('claims a drawn calibration, and a watcher finds nothing against it', async () => {
    const attestor = await attest();
    const watcher = await watch();
    const [sent] = await attestor.round();
    expect(sent).toMatchObject({ kind: 'modelCalibration', payload: { model: MODEL, version: 1, round: 0 } });
    expect(sent?.payload.draws).toHaveLength(DRAWS);
    if (sent === undefined) return expect.unreachable();
    // It is on its way: nothing more is sent.
    chain.blocks(20);
    expect(await attestor.round()).toEqual([]);
    claimed(sent);
    expect(await attestor.round()).toEqual([]);
    expect(attestor.events()).toEqual(['calibrating', 'calibrated']);
    expect(await watcher.round()).toEqual([]);
    expect(watcher.facts).toMatchObject([
      { event: 'reviewed', fields: { claim: sent.id, verdict: 'holds' } },
    ]);
    expect(watcher.kept().memory?.calibrations).toEqual([]);
  });

  test('claims the second round as soon as it is drawn, while the first one is held', async () => {
    const attestor = await attest();
    const [first] = await attestor.round();
    if (first === undefined) return expect.unreachable();
    claimed(first);
    change(1, {
      status: 'drawn',
      draw: { seed: hex(7), drawable: drawable(), height: String(chain.height) },
    });
    chain.block({
      type: 'calibrationDrawn',
      data: { model: MODEL, version: 1, round: 1, seed: hex(7), drawable: drawable() },
    });
    const [second] = await attestor.round();
    if (second === undefined) return expect.unreachable();
    expect(second.payload).toMatchObject({ model: MODEL, version: 1, round: 1 });
    expect(second.payload.draws).not.toEqual(first.payload.draws);
    claimed(second);
    expect(await attestor.round()).toEqual([]);
    // A watcher reviews each claim by the draw of its own round.
    const watcher = await watch();
    await watcher.round();
    expect(watcher.facts.toSorted((a, b) => Number(a.fields.round) - Number(b.fields.round))).toMatchObject([
      { event: 'reviewed', fields: { claim: first.id, round: 0, verdict: 'holds' } },
      { event: 'reviewed', fields: { claim: second.id, round: 1, verdict: 'holds' } },
    ]);
  });

  test('takes what a commons holds for nobody’s, also of one that was proposed', async () => {
    type Drawn = { readonly contribution: number; readonly claim: Claim };
    type Payload = { readonly level: number; readonly draws: readonly Drawn[] };
    const before = (await honestClaim()).payload as Payload;
    // Coincidence explains too much at the lowest step.
    expect(before.level).toBeGreaterThan(0);
    data.propose(4, [`${words('own1x', 12)} ${PHRASE}`]);
    const [sent] = await (await attest()).round();
    if (sent === undefined) return expect.unreachable();
    const { level, draws } = sent.payload as Payload;
    expect(level).toBe(0);
    const cited = draws.flatMap(({ claim }) => claim.matches.map(({ contribution }) => contribution));
    expect(new Set(cited)).toEqual(new Set([4]));
    claimed(sent);
    const watcher = await watch();
    await watcher.round();
    expect(watcher.facts).toMatchObject([{ event: 'reviewed', fields: { verdict: 'holds' } }]);

    // The second contribution holds the phrase at the same place.
    const lie = draws.map((draw) => ({
      ...draw,
      claim: {
        ...draw.claim,
        matches: draw.claim.matches.map((match) =>
          draw.contribution === 3 ? { ...match, contribution: 2 } : match,
        ),
      },
    }));
    expect(lie).not.toEqual(draws);
    const id = await chain.put('modelCalibration', { ...sent.payload, draws: lie });
    change(0, { claim: { ...(data.rounds[0]?.claim as object), id } });
    chain.block({
      type: 'calibrationClaimed',
      data: { model: MODEL, version: 1, round: 0, claim: id, attestor: OTHER, level: 0, ...NO_SUMS },
    });
    const other = await watch();
    const [challenge] = await other.round();
    expect(challenge).toMatchObject({
      kind: 'attributionChallenge',
      payload: { witness: { type: 'better' } },
    });
  });

  test('claims both rounds that are drawn, on data that it reads once', async () => {
    change(1, {
      status: 'drawn',
      draw: { seed: hex(7), drawable: drawable(), height: String(chain.height) },
    });
    const { textCache, ...others } = data.reviewers();
    let reads = 0;
    const counting: typeof textCache = {
      ...textCache,
      contributions: (...requested) => {
        reads += 1;
        return textCache.contributions(...requested);
      },
    };
    const attestor = await runScripted(
      chain,
      (context) => new Attestor(context, { ...others, textCache: counting }, [OWN], undefined),
    );
    const sent = await attestor.round();
    expect(sent.map(({ payload }) => payload.round)).toEqual([0, 1]);
    // Once to request it, and once it has arrived.
    expect(reads).toBe(2);
    for (const each of sent) claimed(each);
    const watcher = await watch();
    await watcher.round();
    expect(watcher.facts.toSorted((a, b) => Number(a.fields.round) - Number(b.fields.round))).toMatchObject([
      { event: 'reviewed', fields: { round: 0, verdict: 'holds' } },
      { event: 'reviewed', fields: { round: 1, verdict: 'holds' } },
    ]);
  });

  test('leaves the other round of a version that is unattributed', async () => {
    data.calibration = { status: 'unattributed' };
    expect(await (await attest()).round()).toEqual([]);
  });

  test('claims nothing while a text is missing, and claims all of it once the text has arrived', async () => {
    const missing = data.contributions.get(2);
    if (missing === undefined) return expect.unreachable();
    data.withhold(missing);
    const attestor = await attest();
    expect(await attestor.round()).toEqual([]);
    expect(attestor.facts).toMatchObject([
      { event: 'calibrating' },
      { event: 'left', fields: { model: MODEL, version: 1, withheld: 1 } },
    ]);
    data.give(missing);
    const fresh = await attest();
    const [sent] = await fresh.round();
    if (sent === undefined) return expect.unreachable();
    claimed(sent);
    const watcher = await watch();
    await watcher.round();
    expect(watcher.facts).toMatchObject([{ event: 'reviewed', fields: { verdict: 'holds' } }]);
  });

  test('claims nothing of data that changed while it was measured', async () => {
    const attestor = await attest();
    let asked = 0;
    const answer = () => {
      asked += 1;
      return {
        total: 1,
        contributions: [1, 2, 3].map((contribution, acceptance) => ({
          contribution,
          datanet: 1,
          acceptance,
          brought: { owner: OTHER, commit: '1', reveal: '2' },
          dataTokens: '46',
          voidedAt: contribution === 3 && asked > 2 ? String(chain.height) : null,
        })),
      };
    };
    chain.answer('model_getDrawOrder', answer);
    expect(await attestor.round()).toEqual([]);
    // It was asked to request the texts, once they had arrived, and once they were measured.
    expect(asked).toBe(3);
    // With what stands now it claims at the next height.
    chain.block();
    expect(await attestor.round()).toHaveLength(1);
  });

  test('leaves a model to the attestor whose turn it is, and looks again when that one’s claim is reverted', async () => {
    const attestor = await attest([OTHER, OWN]);
    chain.blocks(3);
    // The seed is even and the version odd, so it is the turn of the second attestor: its own.
    const [sent] = await attestor.round();
    if (sent === undefined) return expect.unreachable();
    chain.settle(sent.id, 'failed', { error: { code: 'CALIBRATION_TAKEN', message: '', data: null } });
    claimed({ ...sent, id: hex(8) }, OTHER);
    chain.settle(sent.id, 'failed', { error: { code: 'CALIBRATION_TAKEN', message: '', data: null } });
    expect(await attestor.round()).toEqual([]);
    expect(attestor.facts.at(-1)).toMatchObject({ event: 'taken', level: 'info' });
    draw();
    chain.block({ type: 'calibrationReopened', data: { model: MODEL, version: 1, round: 0, claim: hex(8) } });
    expect(await attestor.round()).toHaveLength(1);
  });

  test('waits four blocks where it is another’s turn', async () => {
    const attestor = await attest([OWN, OTHER]);
    expect(await attestor.round()).toEqual([]);
    chain.blocks(2);
    expect(await attestor.round()).toEqual([]);
    chain.block();
    expect(await attestor.round()).toHaveLength(1);
  });

  test('says why a claim was refused, and claims again', async () => {
    const attestor = await attest();
    const [sent] = await attestor.round();
    if (sent === undefined) return expect.unreachable();
    chain.settle(sent.id, 'failed', { error: { code: 'CALIBRATION_AS_OF', message: 'too old', data: null } });
    chain.block();
    expect(await attestor.round()).toHaveLength(1);
    expect(attestor.facts).toContainEqual(
      expect.objectContaining({
        event: 'refused',
        fields: expect.objectContaining({ code: 'CALIBRATION_AS_OF' }),
      }),
    );
  });

  test('measures nothing that its bond does not cover, says so once, and claims once there is room', async () => {
    const each = chain.params.attribution.calibrationBond;
    data.bond = { bond: each, locked: 1n };
    data.models = 3;
    const attestor = await attest();
    for (let i = 0; i < 30; i++) {
      expect(await attestor.round()).toEqual([]);
      chain.block();
    }
    expect(attestor.facts).toMatchObject([{ event: 'bond', fields: { what: 'calibrations' } }]);
    // All models are looked at every ten blocks, and the bond is asked for once each time, and once to say what it is.
    expect(chain.callsOf('model_getCalibration')).toHaveLength(3 * 3);
    expect(chain.callsOf('attestor_get')).toHaveLength(3 + 1);
    data.bond.locked = 0n;
    chain.blocks(10);
    expect(await attestor.round()).toHaveLength(1);
  });

  test('claims again after longer and longer pauses', async () => {
    const attestor = await attest();
    for (const pause of [1, 2, 4]) {
      const [sent] = await attestor.round();
      if (sent === undefined) return expect.unreachable();
      chain.settle(sent.id, 'failed', { error: { code: 'ATTESTOR_BOND', message: 'no', data: null } });
      chain.blocks(pause - 1);
      expect(await attestor.round()).toEqual([]);
      chain.block();
    }
    expect(await attestor.round()).toHaveLength(1);
  });
});

describe('a watcher', () => {
  type Draw = { readonly contribution: number; readonly position: number };

  /** A claim in which one draw is another token than the chain has drawn. */
  const falseClaim = async (): Promise<SentTransaction> => {
    const honest = await honestClaim();
    const draws = honest.payload.draws as readonly Draw[];
    const lied = draws.findIndex(({ position }) => position > 0);
    const payload = {
      ...honest.payload,
      draws: draws.map((each, i) => (i === lied ? { ...each, position: each.position - 1 } : each)),
    };
    const id = await chain.put('modelCalibration', payload);
    return { ...honest, id, payload, transaction: chain.encoded(id) };
  };

  test('challenges a calibration with a false draw once, and forgets it when the claim is reverted', async () => {
    const lie = await falseClaim();
    claimed(lie, OTHER);
    const watcher = await watch();
    const [sent] = await watcher.round();
    expect(sent).toMatchObject({
      kind: 'attributionChallenge',
      payload: {
        target: { type: 'calibration', value: { model: MODEL, claim: lie.id, level: 'met' } },
        witness: { type: 'draw' },
      },
    });
    chain.block();
    expect(await watcher.round()).toEqual([]);
    expect(watcher.events()).toEqual(['reviewed', 'challenging']);
    if (sent === undefined) return expect.unreachable();
    chain.settle(sent.id, 'committed', {
      events: [
        {
          cursor: '1/0',
          type: 'challengeUpheld',
          data: { falls: 'claim', code: 'CALIBRATION_DRAW' },
          transaction: sent.id,
        },
        { cursor: '1/1', type: 'calibrationReopened', data: { reward: '5' }, transaction: sent.id },
      ],
    });
    draw();
    expect(await watcher.round()).toEqual([]);
    expect(watcher.facts.slice(-2)).toMatchObject([
      {
        event: 'upheld',
        fields: { challenge: sent.id, falls: 'claim', reason: 'CALIBRATION_DRAW', reward: '5' },
      },
      { event: 'over', fields: { claim: lie.id, status: 'drawn' } },
    ]);
    expect(watcher.kept().memory?.calibrations).toEqual([]);
  });

  test('reviews a calibration that became final before it came to it, and says if that was too late', async () => {
    const honest = await honestClaim();
    claimed(honest, OTHER);
    change(0, { status: 'final', matchBits: 96, controlBps: 0 });
    const first = await watch();
    expect(await first.round()).toEqual([]);
    expect(first.facts).toMatchObject([{ event: 'reviewed', fields: { verdict: 'holds', late: true } }]);
    expect(first.kept().memory?.calibrations).toEqual([]);
    draw();
    claimed(await falseClaim(), OTHER);
    change(0, { status: 'final', matchBits: 96, controlBps: 0 });
    const second = await watch();
    expect(await second.round()).toEqual([]);
    expect(second.facts.slice(-2)).toMatchObject([
      { event: 'reviewed', fields: { verdict: 'false', late: true } },
      { event: 'tooLate', level: 'warn', fields: { model: MODEL } },
    ]);
    expect(second.kept().memory?.calibrations).toEqual([]);
  });

  test('judges by a text that has arrived since it was missing, and demands nothing', async () => {
    claimed(await honestClaim(), OTHER);
    const all = [...data.contributions.values()];
    for (const each of all) data.withhold(each);
    const watcher = await watch();
    expect(await watcher.round()).toEqual([]);
    chain.blocks(Number(PATIENCE));
    // The pause before a text is requested again is not over.
    for (const each of all) data.give(each);
    expect(await watcher.round()).toEqual([]);
    // What it would have demanded is one text: the next rounds find the others.
    await expect
      .poll(async () => {
        chain.block();
        expect(await watcher.round()).toEqual([]);
        return watcher.kept().memory?.calibrations;
      })
      .toEqual([]);
    expect(watcher.facts.at(-1)).toMatchObject({ event: 'reviewed', fields: { verdict: 'holds' } });
  });

  test('demands an item that is missing, and none that is here though the other of its contribution is missing', async () => {
    const sent = await honestClaim();
    claimed(sent, OTHER);
    const draws = sent.payload.draws as readonly (Draw & { readonly item: number })[];
    // The first draw is of an item that is here.
    const withheld = draws[0]?.item === 0 ? 1 : 0;
    for (const { itemRoots } of data.contributions.values()) chain.withhold(itemRoots[withheld] ?? '');
    const watcher = await watch();
    expect(await watcher.round()).toEqual([]);
    chain.blocks(Number(PATIENCE));
    const [demand] = await watcher.round();
    if (demand === undefined) return expect.unreachable();
    const { target, witness } = demand.payload as {
      readonly target: { readonly value: { readonly draw: number } };
      readonly witness: { readonly value: { readonly text: string; readonly item: number } };
    };
    const { text, item } = witness.value;
    expect(text === 'source' ? item : draws[target.value.draw]?.item).toBe(withheld);
  });

  test('waits for a missing text, and then demands it; while the demand is open it does nothing', async () => {
    const sent = await honestClaim();
    claimed(sent, OTHER);
    for (const each of data.contributions.values()) data.withhold(each);
    const watcher = await watch();
    expect(await watcher.round()).toEqual([]);
    expect(watcher.facts).toMatchObject([{ event: 'reviewed', fields: { verdict: 'unknown' } }]);
    chain.blocks(Number(PATIENCE));
    const [demand] = await watcher.round();
    expect(demand).toMatchObject({
      kind: 'attributionChallenge',
      payload: { target: { type: 'calibration' }, witness: { type: 'demand' } },
    });
    if (demand === undefined) return expect.unreachable();
    chain.settle(demand.id, 'committed', {
      events: [{ cursor: '1/0', type: 'demandOpened', data: { answerBy: '20' }, transaction: demand.id }],
    });
    const { target, witness } = demand.payload as { target: never; witness: { value: never } };
    data.challenges = [{ id: demand.id, subject: sent.id, target, state: 'open', demand: witness.value }];
    chain.blocks(3);
    expect(await watcher.round()).toEqual([]);
    expect(watcher.events()).toEqual(['reviewed', 'demanding', 'demanded']);
    expect(watcher.kept().memory?.calibrations).toMatchObject([{ claim: sent.id }]);
  });
});
