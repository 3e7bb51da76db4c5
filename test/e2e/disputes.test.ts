/**
 * One attestor lies in each of the five ways. A watcher that knows nothing of it, and is killed in the middle, brings
 * every lie down; the next attestor settles what was opened anew, and contributors are paid as the texts say.
 */

import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { proveText } from '../../src/attribution/evidence/chunks.ts';
import { infoTable } from '../../src/attribution/info-table.ts';
import { ZERO_ADDRESS, ZERO_ROOT } from '../../src/lib/brands.ts';
import { equal, toHex, utf8 } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { sha256 } from '../../src/lib/hash.ts';
import type { ContributionId } from '../../src/lib/ids.ts';
import { maxBig } from '../../src/lib/math.ts';
import type { Json } from '../../src/lib/ssz.ts';
import type { Claim } from '../../state/attribution/claim.ts';
import { partSalt } from '../../state/attribution/commitment.ts';
import { OpeningType } from '../../state/attribution/openings.ts';
import { OUTPUT_TOKENS_MAX, PROMPT_TOKENS_MAX } from '../../state/attribution/parameters.ts';
import { RULES_DEFAULT, rulesOf } from '../../state/attribution/rules.ts';
import type { Inference } from '../../tools/demo/serve.ts';
import {
  calibrateFalsely,
  giveTexts,
  honestly,
  openStage,
  passOff,
  registerRepeater,
  rightly,
  type Stage,
  serveAll,
  settleAs,
  withSections,
} from './disputes-stage.ts';
import { type Command, eventually, lives, openWorkshop, result, whilePaused } from './processes.ts';

const workshop = openWorkshop();
afterAll(() => workshop.close());

/** What a service has said, as JSON lines. */
const facts = (command: Command): readonly { readonly event: string; readonly [field: string]: unknown }[] =>
  command.stdout().map((line) => JSON.parse(line) as { event: string });
const said = (command: Command, event: string): number =>
  facts(command).filter((fact) => fact.event === event).length;

/** One for each way; the last withholds its text too, but shows it when that is demanded. */
const LIES = ['invalid', 'better', 'echo', 'info', 'demand', 'shown'] as const;
type Lie = (typeof LIES)[number];

/** What is held against each: the demand of the second is the one that the honest attestor answers. */
const OUTCOMES: Readonly<Record<Lie, readonly (readonly [string, string])[]>> = {
  invalid: [['invalid', 'upheld']],
  better: [
    ['better', 'upheld'],
    ['demand', 'answered'],
  ],
  echo: [['echo', 'upheld']],
  info: [['info', 'upheld']],
  demand: [['demand', 'unanswered']],
  shown: [
    ['demand', 'answered'],
    ['demand', 'answered'],
    ['better', 'upheld'],
  ],
};

const RULES = rulesOf(RULES_DEFAULT);
const SALT = sha256(utf8('salt'));

/** All of one text of an answer, as it is shown on the chain. */
const openingOf = (inference: Inference, part: 'output' | 'prompt'): Json => {
  const source = utf8(inference[part]);
  const tokens = unwrap(RULES.tokenize(source));
  const text = { tokens, source, salt: partSalt(SALT, RULES_DEFAULT, part) };
  const most = part === 'output' ? OUTPUT_TOKENS_MAX : PROMPT_TOKENS_MAX;
  const evidence = proveText(text, RULES.informationOf(infoTable(), tokens), most);
  return OpeningType.toJson(evidence.openChunks(0, chunksIn(inference[part])));
};

const chunksIn = (text: string): number => Math.ceil(unwrap(RULES.tokenizeText(text)).count / 64);

const textOf = ({ contributions }: Stage, contribution: ContributionId, item: number): string =>
  contributions[contribution]?.prepared.rows[item]?.text ?? '';

/** The receipts: one for each lie, and a last one that is claimed as it is. */
const inferencesOf = (stage: Stage): Readonly<Record<Lie | 'none', Inference>> => ({
  invalid: { prompt: 'Make up a problem, and solve it.', output: textOf(stage, 0, 3) },
  better: { prompt: 'Another one, please.', output: textOf(stage, 0, 8) },
  echo: {
    prompt: `Say again: ${textOf(stage, 0, 11)}`,
    output: `You said: ${textOf(stage, 0, 11)} And here is one of mine: ${textOf(stage, 1, 4)}`,
  },
  info: { prompt: 'A third.', output: textOf(stage, 2, 6) },
  demand: {
    prompt: 'One that nobody sees.',
    output: `${textOf(stage, 1, 9)} ${textOf(stage, 2, 9)}`,
    salt: SALT,
  },
  shown: {
    prompt: 'And one that is shown late.',
    output: `${textOf(stage, 0, 15)} ${textOf(stage, 1, 15)}`,
    salt: SALT,
  },
  none: { prompt: 'And one to end with.', output: textOf(stage, 2, 12) },
});

/** An honest claim made false in one way, such that the chain cannot see it. */
const lieAbout = (stage: Stage, lie: Lie, claim: Claim, unechoed: Claim): Claim => {
  const clone = stage.contributions[3]?.contribution ?? 0;
  switch (lie) {
    case 'invalid':
      return { ...claim, matches: claim.matches.map((match) => ({ ...match, pos: match.pos + 1 })) };
    case 'better':
      return { ...claim, matches: claim.matches.map((match) => ({ ...match, contribution: clone })) };
    case 'echo':
      return unechoed;
    case 'info':
      return { ...claim, info: claim.info.map((sum, i) => (i === 0 ? sum : sum + 300)) };
    case 'demand':
    case 'shown':
      return { x: [], matches: [], shared: [], info: claim.info.slice(-1) };
  }
};

describe('disputes', () => {
  it('catch an attestor that lies in each of the five ways, and pay contributors rightly all the same', async () => {
    const stage = await openStage(workshop);
    const { devnet, actors, client } = stage;
    const home = devnet.ready.home;
    const state = join(workshop.folder, 'services');
    const service = (verb: string, key: string): Command =>
      workshop.run(
        verb,
        '--home',
        home,
        '--key',
        key,
        '--state',
        state,
        '--node',
        devnet.node(1).rpc,
        '--json',
      );
    const challengesOf = async (subject: string) =>
      (await client.call('attribution_getChallenges', { subject })).challenges;

    // Someone passes two rows of another off as new: at fault, all that was declared falls by two witnesses.
    const killed = service('watch', 'heidi');
    const copy = await passOff(stage);
    await eventually('all that was declared of the copy falls', async () => {
      const { novelTokensLeft, voidedAt } = await client.call('contribution_get', {
        contribution: copy.contribution,
      });
      return novelTokensLeft === 0n && voidedAt !== null;
    });
    const onCopy = await challengesOf(String(copy.contribution));
    expect(onCopy.map((each) => [each.witness, each.state])).toEqual([
      ['overlap', 'upheld'],
      ['passage', 'upheld'],
    ]);

    // One attestor draws another token than the chain: its calibration falls, and the other's stands.
    const model = await registerRepeater(stage);
    const calibration = () => client.call('model_getCalibration', { id: model.id });
    const firstRound = async () => (await calibration()).rounds[0]?.status;
    await eventually('its tokens are drawn', async () => (await firstRound()) === 'drawn');
    await calibrateFalsely(stage, copy, model.id);
    await eventually('the claim falls', async () => (await firstRound()) === 'drawn');
    const calibrating = service('attest', 'attestor-2');
    await eventually('the model is calibrated', async () => (await calibration()).status === 'calibrated');
    calibrating.kill('SIGTERM');
    expect(await result(calibrating)).toMatchObject({ code: 0, signal: null, err: '' });

    // Receipts come, and the first attestor lies about all but one.
    const { matchBits } = await calibration();
    const rules = {
      version: RULES_DEFAULT,
      matchTokensMin: 8,
      matchTokensMax: 256,
      matchBitsMin: matchBits ?? 0,
      promptMin: 8,
    };
    const inferences = inferencesOf(stage);
    const names = [...LIES, 'none'] as const;
    const batch = await serveAll(
      stage,
      model,
      names.map((name) => inferences[name]),
      [inferences.demand, inferences.shown],
    );
    const liar = actors.attestor;
    await settleAs(
      stage,
      liar,
      batch.id,
      names.map((name, index) => {
        const honest = honestly(stage, rules, inferences[name]);
        const { claim } = honest;
        const unechoed = honestly(stage, rules, { ...inferences[name], prompt: '' }).claim;
        return withSections(index, name === 'none' ? claim : lieAbout(stage, name, claim, unechoed), honest);
      }),
    );
    const bondBefore = await client.call('attestor_get', { address: toHex(liar.address) });
    // The one who has the texts of the last answer shows them on the chain once they are demanded: by that the claim falls.
    const erin = await devnet.wallet('erin', 1);
    const frank = await devnet.wallet('frank', 1);
    const onShown = async () =>
      (await challengesOf(`${batch.id}/${LIES.indexOf('shown')}`)).find(
        ({ state: standing }) => standing === 'open',
      );
    const show = async (part: 'output' | 'prompt'): Promise<void> => {
      await eventually(`its ${part} is demanded`, async () => (await onShown()) !== undefined);
      expect(
        await erin.send<string>(
          'attributionAnswer',
          { demand: toHex((await onShown())?.id ?? ZERO_ROOT), opening: openingOf(inferences.shown, part) },
          { mode: 'commit' },
        ),
      ).toMatchObject({ status: 'committed' });
    };
    const showing = show('output').then(() => show('prompt'));

    // The watcher is killed with its first challenges of them under way, and started again.
    const before = said(killed, 'challenging');
    await eventually('the watcher challenges', async () => said(killed, 'challenging') > before);
    killed.kill('SIGKILL');
    await killed.ended;
    expect(lives(killed.pid)).toBe(false);
    // Windows are counted in blocks. None comes while the next services start, however slow the machine is.
    const [watcher, attestor] = await whilePaused(devnet.node(0).pid, async () => {
      const next = [service('watch', 'heidi'), service('attest', 'attestor-2')] as const;
      await eventually('both have started', async () => next.every((each) => said(each, 'started') > 0));
      return next;
    });
    const fallen = async (): Promise<number> => {
      const receipts = await Promise.all(
        LIES.map((_, index) => client.call('receipt_get', { id: `${batch.id}/${index}` })),
      );
      return receipts.filter(({ settlement }) => !equal(settlement?.attestor ?? ZERO_ADDRESS, liar.address))
        .length;
    };
    // Somebody demands a text from the honest attestor, who shows it, so its claim stands. The window of that claim may end
    // before the last lie falls.
    const again = `${batch.id}/1`;
    const settledAgain = async () => {
      const { settlement } = await client.call('receipt_get', { id: again });
      return settlement !== null && !equal(settlement.attestor, liar.address) ? settlement.id : undefined;
    };
    await eventually('the next attestor settles', async () => (await settledAgain()) !== undefined);
    const demanded = await frank.send<string>(
      'attributionChallenge',
      {
        target: {
          type: 'receipt',
          value: { batch: batch.id, index: 1, settlement: toHex((await settledAgain()) ?? ZERO_ROOT) },
        },
        witness: {
          type: 'demand',
          value: {
            text: 'output',
            contribution: 0,
            item: 0,
            first: 0,
            count: chunksIn(inferences.better.output),
          },
        },
      },
      { mode: 'commit' },
    );
    expect(demanded).toMatchObject({ status: 'committed' });
    await eventually('it is answered', async () => {
      const { state: standing } = await client.call('attribution_getChallenge', { id: demanded.id });
      return standing === 'answered';
    });

    await showing;
    await eventually('every lie falls', async () => (await fallen()) === LIES.length);

    // Now that all texts are given out, all can be settled.
    for (const each of [inferences.demand, inferences.shown]) await giveTexts(stage, model, each);
    await eventually('every receipt is final', async () => {
      const { totals } = await client.call('rewards_totals');
      return Number(totals.settled) === names.length;
    });

    // Each lie was challenged once, and by the one witness of its kind.
    for (const [index, lie] of LIES.entries()) {
      const subject = `${batch.id}/${index}`;
      const challenges = await challengesOf(subject);
      expect(challenges.map((each) => [each.witness, each.state])).toEqual(OUTCOMES[lie]);
    }
    expect(await challengesOf(`${batch.id}/${LIES.length}`)).toEqual([]);
    const { bondPerReceipt, lateProofBond } = stage.ledger.params.attribution;
    const bonds = await Promise.all(
      LIES.map(async (_, index) => {
        const { split } = await client.call('receipt_get', { id: `${batch.id}/${index}` });
        return maxBig(split.data, bondPerReceipt);
      }),
    );
    const bondAfter = await client.call('attestor_get', { address: toHex(liar.address) });
    expect(bondBefore.bond - bondAfter.bond).toBe(bonds.reduce((sum, each) => sum + each, 0n));
    // What is locked beside what it has earned until that vests.
    expect(bondAfter.locked).toBeLessThanOrEqual(lateProofBond);

    // What was settled instead is right, and so is who is paid.
    const second = devnet.ready.accounts.find(({ name }) => name === 'attestor-2');
    for (const [index, name] of names.entries()) {
      const attribution = await client.call('attribution_get', { id: `${batch.id}/${index}` });
      const right = rightly(stage, matchBits ?? 0, inferences[name]);
      expect(attribution.final).toBe(true);
      expect(toHex(attribution.settlement.attestor)).toBe(
        name === 'none' ? toHex(liar.address) : second?.address,
      );
      expect(attribution.settlement.outcome.scores).toEqual(right.scores);
      expect(attribution.settlement.outcome.total).toBe(right.total);
      expect(attribution.settlement.outcome.coverageBps).toBe(right.coverageBps);
      expect(right.covered).toBeGreaterThan(0);
    }
    await eventually('the epochs of all are closed', async () => {
      const { running, history } = await client.call('model_get', { id: model.id });
      return running === null && Number(history.settled) === names.length;
    });
    const earned = await Promise.all(
      stage.contributions.map(
        async ({ contribution }) =>
          (await client.call('contribution_get', { contribution })).earned?.spans ?? 0n,
      ),
    );
    const { history } = await client.call('model_get', { id: model.id });
    expect(earned.reduce((sum, each) => sum + each, 0n)).toBe(history.spans);
    const [one = 0n, two = 0n, three = 0n, clone = 0n] = earned;
    expect([one > 0n, two > 0n, three > 0n, clone]).toEqual([true, true, true, 0n]);

    for (const each of [watcher, attestor]) {
      each.kill('SIGINT');
      expect(await result(each)).toMatchObject({ code: 0, signal: null, err: '' });
    }
    expect(said(watcher, 'refuted') + said(watcher, 'failed')).toBe(0);
    const { challengeRewardBps } = stage.ledger.params.attribution;
    expect(facts(watcher).filter(({ event }) => event === 'unanswered')).toMatchObject([
      {
        receipt: `${batch.id}/${LIES.indexOf('demand')}`,
        reward: (((bonds[LIES.indexOf('demand')] ?? 0n) * BigInt(challengeRewardBps)) / 10_000n).toString(),
      },
    ]);

    // Without a watcher, anybody can look at one receipt by hand.
    const late = await serveAll(stage, model, [inferences.better, inferences.none], [], 1);
    await settleAs(
      stage,
      liar,
      late.id,
      [inferences.better, inferences.none].map((inference, index) => {
        const honest = honestly(stage, rules, inference);
        const { claim } = honest;
        return withSections(index, index === 0 ? lieAbout(stage, 'better', claim, claim) : claim, honest);
      }),
    );
    const challenge = async (index: number, ...more: string[]) => {
      const receipt = `${late.id}/${index}`;
      const where = ['--home', home, '--node', devnet.node(1).rpc, '--json'];
      const { code, out, err } = await workshop.finish('challenge', '--receipt', receipt, ...where, ...more);
      return { code, err, ...(out === '' ? {} : (JSON.parse(out) as object)) };
    };
    const found = { attestor: toHex(liar.address), verdict: 'false', witness: { witness: 'better' } };
    const { bodies } = await client.call('receipt_getBatch', { batch: late.id });
    await eventually('its node has the texts', async () => {
      for (const { texts } of bodies) await client.call('content_get', { root: toHex(texts) });
      return true;
    });
    // No block comes while the commands that send nothing start.
    await whilePaused(devnet.node(0).pid, async () => {
      expect(await challenge(1, '--dry-run')).toMatchObject({
        code: 0,
        verdict: 'holds',
        witness: null,
        id: null,
      });
      expect(await challenge(0, '--dry-run')).toMatchObject({ code: 0, ...found, id: null });
    });
    expect(await challenge(0, '--key', 'heidi')).toMatchObject({
      code: 0,
      ...found,
      status: 'committed',
    });
    expect(await challengesOf(`${late.id}/0`)).toMatchObject([{ witness: 'better', state: 'upheld' }]);
    // The receipt is open again, and there is nothing false in itself.
    expect(await challenge(0, '--dry-run')).toMatchObject({
      code: 0,
      attestor: null,
      verdict: 'unsettled',
    });
    // A late proof can still come until what its attestor has earned vests.
    await eventually('what was earned by the first receipt has vested', async () => {
      const { settlement } = await client.call('receipt_get', { id: `${batch.id}/0` });
      return settlement !== null && settlement.vestsAt === null;
    });
    const final = await workshop.finish(
      'challenge',
      '--receipt',
      `${batch.id}/0`,
      '--home',
      home,
      '--dry-run',
    );
    expect(final.code).toBe(4);
    expect(final.err).toMatch(/^error RECEIPT_CLOSED: /);
  });
});
