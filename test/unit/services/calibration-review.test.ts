import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultGenesis } from '../../../node/genesis-file.ts';
import { claimOfMeasurement } from '../../../src/attribution/calibration-claimer.ts';
import { calibrationItems } from '../../../src/attribution/calibration-items.ts';
import { CalibrationCorpus, measureControl } from '../../../src/attribution/calibrator.ts';
import { declare } from '../../../src/attribution/declaration.ts';
import { provePassages } from '../../../src/attribution/evidence/declared.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../src/attribution/novelty.ts';
import { sliceTokens } from '../../../src/attribution/prover/partial-tokens.ts';
import { type Address, toHeight } from '../../../src/lib/brands.ts';
import { equal, utf8 } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { CalibrationReviewer } from '../../../src/services/challenge/calibration-review.ts';
import type { CalibrationData } from '../../../src/services/corpus/calibration-data.ts';
import type { KnownDeclaration } from '../../../src/services/corpus/declarations.ts';
import type { KnownContribution } from '../../../src/services/corpus/text-cache.ts';
import { bordersOf } from '../../../state/attribution/borders.ts';
import { CALIBRATION_STEPS, NO_STEP, rankOfDraw, stretchOf } from '../../../state/attribution/calibration.ts';
import type { CalibrationClaim, DrawClaim } from '../../../state/attribution/calibration-claim.ts';
import type { Claim, ClaimedRuns } from '../../../state/attribution/claim.ts';
import { contributionRoot, itemRoot, itemSource } from '../../../state/attribution/commitment.ts';
import { derivePassages } from '../../../state/attribution/declaration.ts';
import { rulesOf, rulesOfDraw } from '../../../state/attribution/rules.ts';
import { attributeClaim, settleClaim } from '../../../state/attribution/settlement.ts';
import { notIndependent } from '../../../state/attribution/shared.ts';
import { tokenAt } from '../../../state/attribution/tokens.ts';
import { judgeClaim } from '../../../state/attribution/witness/claim.ts';
import { checkWitness } from '../../../state/attribution/witness/types.ts';
import { pick, type Random, randomFrom, times } from '../../../tools/lib/random.ts';
import { tokensOf } from '../attribution/support.ts';

const DRAWS = 12;
const params = { ...defaultGenesis().params.attribution, calibrationDraws: DRAWS };
const textRules = rulesOf(2);
const rules = {
  version: textRules.version,
  matchTokensMin: params.lMin,
  matchTokensMax: params.lMax,
  promptMin: params.promptMin,
};

/** Texts that share phrases too short to be copies, and now and then a long one; of rare words, so that phrases match. */
const corpusOf = (random: Random): readonly (readonly string[])[] => {
  const words = (count: number): string[] => times(count, () => `w${random(100_000)}`);
  const phrases = times(6, () => words(8 + random(8)));
  const text = (): string =>
    times(1 + random(5), () => [...words(random(30)), ...(random(6) === 0 ? long : pick(random, phrases))])
      .flat()
      .join(' ');
  const long = words(30);
  return times(1 + random(5), () => times(1 + random(3), text));
};

/** Contributions of one Datanet, truly declared; some passages of theirs struck. Undefined without a token to draw. */
const worldOf = (seed: number) => {
  const random = randomFrom(seed);
  const corpus = corpusOf(random);
  const index = new DatanetIndex(infoTable());
  const contributions = new Map<number, KnownContribution>();
  const declarations = new Map<number, KnownDeclaration>();
  const order: CalibrationData['order'][number][] = [];
  let before = 0n;
  for (const [acceptance, texts] of corpus.entries()) {
    const contribution = acceptance + 1;
    const items = texts.map((text, i) => {
      const tokens = tokensOf(text);
      return {
        tokens,
        source: utf8(text),
        promptTokens: random(3) === 0 ? random(tokens.count) : 0,
        salt: sha256(Uint8Array.of(i)),
      };
    });
    const itemRoots = items.map((item) => unwrap(itemRoot(item)));
    const root = unwrap(contributionRoot(itemRoots));
    const declaration = declare(index, contribution, items);
    const { passages, dataTokens } = derivePassages(declaration);
    const struck = new Set(
      passages.flatMap(({ type }, i) => (type !== 'copied' && random(8) === 0 ? [i] : [])),
    );
    contributions.set(contribution, {
      root,
      rules: textRules.version,
      itemRoots,
      items: items.map((item) => ({ ...item, source: itemSource(item) })),
    });
    declarations.set(contribution, {
      declaration,
      struckRuns: new Set(),
      struckPassages: () => ({ struck }),
      standing: '',
    });
    order.push({
      contribution,
      datanet: 1,
      acceptance,
      dataTokens: BigInt(dataTokens),
      brought: {
        owner: sha256(Uint8Array.of(acceptance % 4)).subarray(12) as Address,
        commit: toHeight(BigInt(contribution)),
        reveal: toHeight(BigInt(contribution + random(6))),
      },
      voidedAt: null,
      before,
    });
    before += BigInt(dataTokens);
  }
  if (before === 0n) return undefined;
  const calibrated = new CalibrationCorpus(
    infoTable(),
    order.map(({ contribution, datanet, acceptance, brought }) => ({
      contribution,
      datanet,
      acceptance,
      brought: brought ?? undefined,
      items: calibrationItems(
        contributions.get(contribution)?.items.map(({ tokens }) => tokens) ?? [],
        declarations.get(contribution)?.declaration ?? { shapes: [], copied: [] },
        declarations.get(contribution)?.struckPassages(toHeight(1n)) ?? { struck: new Set() },
      ),
    })),
    rules,
  );
  const data: CalibrationData = {
    rules: textRules.version,
    corpus: calibrated,
    contributions,
    declarations,
    order,
    asOf: toHeight(1n),
    pending: new Set(),
    type: 'complete',
  };
  return { data, seed: sha256(Uint8Array.of(seed & 255, seed >>> 8)), drawable: before };
};

type World = NonNullable<ReturnType<typeof worldOf>>;

const isOfOwner = (
  { data }: Pick<World, 'data'>,
  contribution: number,
  drawn: Pick<DrawClaim, 'contribution'>,
): boolean => {
  const ownerOf = (id: number) => data.order.find((each) => each.contribution === id)?.brought?.owner;
  const [one, other] = [ownerOf(contribution), ownerOf(drawn.contribution)];
  return one !== undefined && other !== undefined && equal(one, other);
};

const broughtIn = ({ data }: Pick<World, 'data'>, contribution: number) =>
  data.order.find((each) => each.contribution === contribution)?.brought ?? undefined;

const honestClaim = ({ data, seed }: World, targetBps: number): CalibrationClaim =>
  claimOfMeasurement(measureControl(data.corpus, seed, { draws: DRAWS, targetBps }), {
    model: 1,
    version: 1,
    round: 0,
    asOf: toHeight(1n),
    targetBps,
  });

const bitsOf = (level: number): number => CALIBRATION_STEPS[level] ?? 0;

/** What the tokens of a draw's stretch bear, those that count as copied nothing. */
const informationOfDraw = ({ data }: World, { contribution, item, ...drawn }: DrawClaim): Uint16Array => {
  const { start, end } = stretchOf(drawn);
  const tokens = data.contributions.get(contribution)?.items[item]?.tokens;
  const declared = data.declarations.get(contribution);
  if (tokens === undefined || declared === undefined) throw new Error('a draw is of an item');
  // A stretch is a text of its own: what a token repeats counts within it alone.
  const info = textRules.informationOf(infoTable(), sliceTokens(tokens, start, end));
  for (const [i, passage] of derivePassages(declared.declaration).passages.entries())
    if (
      passage.item === item &&
      (passage.type === 'copied' || declared.struckPassages(toHeight(1n)).struck.has(i))
    )
      info.fill(0, Math.max(0, passage.start - start), Math.max(0, passage.end - start));
  return info;
};

/** The right sums for a claim of these runs. */
const sumsOf = (world: World, drawn: DrawClaim, runs: ClaimedRuns): number[] => {
  const info = informationOfDraw(world, drawn);
  return bordersOf(runs, info.length).map((border) =>
    info.subarray(0, border).reduce((sum, bits) => sum + bits, 0),
  );
};

const CHANGES: readonly ((runs: ClaimedRuns, world: World, random: Random) => Partial<ClaimedRuns>)[] = [
  // What is shared names its match by the number.
  ({ matches, shared }) => ({
    matches: matches.slice(1),
    shared: shared.flatMap((run) => (run.match === 0 ? [] : [{ ...run, match: run.match - 1 }])),
  }),
  ({ matches }) => ({ matches: matches.map((match) => ({ ...match, pos: match.pos + 1 })) }),
  ({ matches }, { data }, random) => ({
    matches: matches.map((match) => ({ ...match, contribution: pick(random, data.order).contribution })),
  }),
  ({ x }) => ({ x: x.slice(1) }),
  ({ x }) => ({ x: x.map((echo) => ({ ...echo, place: echo.place + 1 })) }),
  ({ shared }) => ({ shared: shared.slice(1) }),
  ({ shared }) => ({ shared: shared.map((run) => ({ ...run, pos: run.pos + 1 })) }),
  ({ shared }, { data }, random) => ({
    shared: shared.map((run) => ({ ...run, contribution: pick(random, data.order).contribution })),
  }),
  () => ({}),
];

/** Another claim for a draw, such as the chain would take; undefined if nothing came of the change. */
const changedClaim = (
  claim: Claim,
  drawn: DrawClaim,
  bits: number,
  world: World,
  random: Random,
): Claim | undefined => {
  const { start, end } = stretchOf(drawn);
  const runs: ClaimedRuns = { ...claim, ...pick(random, CHANGES)(claim, world, random) };
  const info = sumsOf(world, drawn, runs);
  const at = random(3 * info.length);
  if (at < info.length) info[at] = (info[at] ?? 0) + 256;
  const { x, matches, shared } = runs;
  const made: Claim = { x, matches, shared, info };
  const settled = settleClaim(made, {
    outputTokens: end - start,
    promptTokens: drawn.promptTokens,
    matchBitsMin: bits,
    parameters: rules,
    commons: new Set(),
    rules: rulesOfDraw(rulesOf(rules.version)),
  });
  const isCited = [...matches, ...shared].every(
    ({ contribution, item }) =>
      world.data.contributions.get(contribution)?.items[item] !== undefined &&
      !isOfOwner(world, contribution, drawn),
  );
  const areIndependent = shared.every(
    ({ match, contribution }) =>
      notIndependent(broughtIn(world, matches[match]?.contribution ?? 0), broughtIn(world, contribution)) ===
      undefined,
  );
  return settled.ok && isCited && areIndependent && JSON.stringify(made) !== JSON.stringify(claim)
    ? made
    : undefined;
};

/** Whether what is claimed of a draw is what the calibrator finds, and every match stands where it says. */
const isTrue = (claim: Claim, drawn: DrawClaim, bits: number, complete: boolean, world: World): boolean => {
  const { data } = world;
  const [[truth] = []] = data.corpus
    .trace([drawn], [bits])
    .map((each) => each.map(({ claim: found }) => found));
  if (truth === undefined) return false;
  const { start, end } = stretchOf(drawn);
  const output = data.contributions.get(drawn.contribution)?.items[drawn.item]?.tokens;
  const stands = [...claim.matches, ...claim.shared].every(
    ({ start: from, end: to, contribution, item, pos }) => {
      const source = data.contributions.get(contribution)?.items[item]?.tokens;
      if (output === undefined || source === undefined || pos + to - from > source.count) return false;
      for (let i = 0; i < to - from; i++)
        if (!equal(tokenAt(output, start + from + i), tokenAt(source, pos + i))) return false;
      return true;
    },
  );
  const found = (each: Claim) => attributeClaim(each, end - start);
  const spans = (each: Claim) => JSON.stringify([found(each).spans, found(each).sharedSpans]);
  const excluded = (each: Claim) => JSON.stringify(found(each).excluded);
  const echoes = claim.x.every(({ start: from, end: to, place }) => {
    for (let i = 0; i < to - from; i++)
      if (output === undefined || !equal(tokenAt(output, start + from + i), tokenAt(output, place + i)))
        return false;
    return true;
  });
  const sums = JSON.stringify(claim.info) === JSON.stringify(sumsOf(world, drawn, claim));
  return (
    stands &&
    echoes &&
    sums &&
    excluded(claim) === excluded(truth) &&
    (complete ? spans(claim) === spans(truth) : claim.matches.length === 0)
  );
};

describe('the review of a calibration', () => {
  test('finds a witness that the chain accepts against every false claim, and none against a true one', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(fc.noBias(fc.nat(0xffff)), (seed) => {
        const world = worldOf(seed);
        if (world === undefined) return;
        const random = randomFrom(seed + 1);
        const claim = honestClaim(world, pick(random, [50, 5000, 10_000]) ?? 50);
        const reviewer = new CalibrationReviewer(world.data, params, () => undefined);
        const review = (each: CalibrationClaim) => reviewer.review(each, world, new Map());
        expect(review(claim)).toEqual({ type: 'holds' });
        // What is shared is rare: a draw that shows it is looked at more often.
        const sharing = claim.draws.findIndex(({ claim: { shared } }) => shared.length > 0);
        for (let i = 0; i < 6; i++) {
          const k = sharing >= 0 && random(2) === 0 ? sharing : random(DRAWS);
          const drawn = claim.draws[k];
          if (drawn === undefined) continue;
          let lie: CalibrationClaim | undefined;
          let expected: boolean | undefined = true;
          if (random(4) === 0) {
            const moved = { ...drawn, position: drawn.position + 1 };
            lie = { ...claim, draws: claim.draws.with(k, moved) };
          } else if (random(3) === 0 && claim.before.length > 0) {
            const at = random(claim.before.length);
            const before = claim.before[at];
            const of = before === undefined ? undefined : claim.draws[before.draw];
            const bits = bitsOf(claim.level - 1);
            const changed =
              before === undefined || of === undefined
                ? undefined
                : changedClaim(before.claim, of, bits, world, random);
            if (before === undefined || of === undefined || changed === undefined) continue;
            lie = { ...claim, before: claim.before.with(at, { ...before, claim: changed }) };
            // What is left out there is no lie.
            expected = isTrue(changed, of, bits, false, world) ? false : undefined;
          } else {
            const bits = bitsOf(claim.level);
            const changed = changedClaim(drawn.claim, drawn, bits, world, random);
            if (changed === undefined) continue;
            lie = { ...claim, draws: claim.draws.with(k, { ...drawn, claim: changed }) };
            expected = claim.level === NO_STEP || !isTrue(changed, drawn, bits, true, world);
          }
          const verdict = review(lie);
          if (expected !== undefined) expect(verdict.type).toBe(expected ? 'false' : 'holds');
          if (verdict.type !== 'false') continue;
          const { at, witness } = verdict;
          seen.set(witness.type, (seen.get(witness.type) ?? 0) + 1);
          expect(checkWitness(witness)).toBeUndefined();
          expect(judgeClaim(subjectOf(lie, at, world), witness)).toMatchObject({
            ok: true,
            value: { type: 'claim' },
          });
        }
      }),
      { numRuns: 250 },
    );
    for (const kind of ['draw', 'invalid', 'info', 'better'])
      expect([kind, (seen.get(kind) ?? 0) > 20]).toEqual([kind, true]);
    expect(seen.get('shared') ?? 0).toBeGreaterThan(4);
  });
});

/** What the state makes of a draw of the claim. */
const subjectOf = (
  { draws, before, level }: CalibrationClaim,
  at: { readonly level: 'met' | 'before'; readonly draw: number },
  { data, seed, drawable }: World,
) => {
  const drawn = draws[at.draw];
  const claim = at.level === 'met' ? drawn?.claim : before.find(({ draw }) => draw === at.draw)?.claim;
  if (drawn === undefined || claim === undefined) throw new Error('a witness is of a claim');
  const { contribution, item, position, tokens, promptTokens } = drawn;
  const { start, end } = stretchOf(drawn);
  const sourceOf = (of: number) => {
    const known = data.contributions.get(of);
    const declared = data.declarations.get(of);
    if (known === undefined || declared === undefined) return undefined;
    const { root } = provePassages(derivePassages(declared.declaration).passages);
    return {
      contribution: of,
      root: known.root,
      items: known.items.length,
      passages: { root, ...declared.struckPassages(toHeight(1n)) },
    };
  };
  const own = sourceOf(contribution);
  if (own === undefined) throw new Error('a draw is of a contribution');
  const isMet = at.level === 'met';
  const first = data.order.find((each) => each.contribution === contribution)?.before ?? 0n;
  return {
    claim,
    output: { type: 'stretch' as const, contribution: own, item, from: start, tokens: end - start },
    prompt: { type: 'stretch' as const, contribution: own, item, from: 0, tokens: promptTokens },
    matchBitsMin: bitsOf(isMet ? level : level - 1),
    parameters: rules,
    rules: rulesOfDraw(textRules),
    table: infoTable(),
    source: (of: number) => (isOfOwner({ data }, of, drawn) ? undefined : sourceOf(of)),
    commons: new Set(),
    brought: (of: number) => broughtIn({ data }, of),
    relevance: undefined,
    calibration: {
      own: own.passages,
      rank: Number(rankOfDraw(seed, at.draw, drawable) - first),
      contribution,
      item,
      position,
      tokens,
      promptTokens,
      complete: isMet && level < NO_STEP,
    },
  };
};
