/** Calibration: the draw, the steps and the bar, against brute force; and what of a claim the chain sees by itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimOfMeasurement } from '../../../src/attribution/calibration-claimer.ts';
import {
  type CalibrationContribution,
  CalibrationCorpus,
  type Measurement,
  measureControl,
} from '../../../src/attribution/calibrator.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../src/attribution/novelty.ts';
import { type Root, toHeight } from '../../../src/lib/brands.ts';
import { utf8 } from '../../../src/lib/bytes.ts';
import { MAX_TRANSACTION_BYTES } from '../../../src/lib/chain.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import {
  CALIBRATION_STEPS,
  calibratedBits,
  controlBpsOf,
  isMeasurable,
  meetsBar,
  NO_STEP,
  stretchOf,
} from '../../../state/attribution/calibration.ts';
import {
  type CalibrationClaim,
  CalibrationClaimType,
  settleCalibration,
} from '../../../state/attribution/calibration-claim.ts';
import { DEFAULT_PARAMETERS } from '../../../state/attribution/parameters.ts';
import {
  RULES_DEFAULT,
  RULES_VERSIONS,
  type RulesVersion,
  rulesOf,
} from '../../../state/attribution/rules.ts';
import { attributeClaim } from '../../../state/attribution/settlement.ts';
import {
  type OracleCalibration,
  type OracleContribution,
  oracleCalibrate,
} from '../../oracle/calibration.ts';
import { broughtBy, stringsOf, tokensOf, vectorLines } from './support.ts';

const prepared = (
  contributions: readonly OracleContribution[],
  version: RulesVersion = RULES_DEFAULT,
): CalibrationCorpus => {
  const indexes = new Map<number, DatanetIndex>();
  const acceptances = new Map<number, number>();
  const known = contributions.map(
    ({ contribution, datanet, commons, items, ...origin }): CalibrationContribution => {
      const index = indexes.get(datanet) ?? new DatanetIndex(infoTable(), { ...DEFAULT_PARAMETERS, version });
      indexes.set(datanet, index);
      const acceptance = acceptances.get(datanet) ?? 0;
      if (!commons) acceptances.set(datanet, acceptance + 1);
      return {
        contribution,
        datanet,
        acceptance,
        brought: commons ? undefined : broughtBy(origin),
        items: items.map(({ tokens: words, promptTokens }, item) => {
          const tokens = tokensOf(words.join(' '), version);
          const copied = index.copiedRuns(tokens);
          index.add(contribution, item, tokens);
          return { tokens, promptTokens, copied };
        }),
      };
    },
  );
  return new CalibrationCorpus(infoTable(), known, { ...DEFAULT_PARAMETERS, version });
};

const commonsOf = (
  contributions: readonly Pick<OracleContribution, 'contribution' | 'commons'>[],
): ReadonlySet<number> =>
  new Set(contributions.filter(({ commons }) => commons).map(({ contribution }) => contribution));

const ownerIn =
  (contributions: readonly Pick<OracleContribution, 'contribution' | 'owner'>[]) =>
  (id: ContributionId): string =>
    contributions.find(({ contribution }) => contribution === id)?.owner ?? '';

const settled = (
  claim: CalibrationClaim,
  draws: number,
  targetBps: number,
  commons: ReadonlySet<number> = new Set(),
  version: RulesVersion = RULES_DEFAULT,
  accountOf: (contribution: ContributionId) => string = String,
): string => {
  const result = settleCalibration(claim, {
    draws,
    targetBps,
    parameters: DEFAULT_PARAMETERS,
    commons,
    rules: rulesOf(version),
    accountOf,
  });
  return result.ok ? `${result.value.covered} of ${result.value.total}` : result.fault.code;
};

// Words of much information and of little, so that few tokens make a match and steps differ.
const WORDS = ['zyqx', 'qjvk', 'xwzj', 'vbqk', 'jxqz', 'kqwv', 'wzxq', 'the', 'of'];
const phrase = (random: () => number, length: number): string[] =>
  Array.from({ length }, () => WORDS[Math.floor(random() * WORDS.length)] ?? '');

/** Texts that share pieces with each other: items are put together of a few phrases, cut and mixed. */
const corpusOf = (numbers: readonly number[]): readonly OracleContribution[] => {
  let at = 0;
  const random = (): number => {
    at += 1;
    return (((numbers[at % numbers.length] ?? 0) + at * 0.618_033_988_7) * 7.31) % 1;
  };
  const phrases = Array.from({ length: 4 }, () => phrase(random, 12 + Math.floor(random() * 30)));
  // Now and then all bring the same runs at once, each too short to be a copy.
  const isTogether = random() < 0.5;
  const text = (): string[] => {
    const words: string[] = [];
    for (let part = 0; part < 1 + Math.floor(random() * 5); part++) {
      const from = phrases[Math.floor(random() * phrases.length)] ?? [];
      const start = isTogether ? Math.floor(random() * 2) : Math.floor(random() * from.length);
      words.push(
        ...from.slice(
          start,
          start + (isTogether ? 10 + Math.floor(random() * 5) : 6 + Math.floor(random() * 20)),
        ),
      );
      if (random() < 0.5) words.push(...phrase(random, 1 + Math.floor(random() * 8)));
      // Now and then longer than a stretch.
      if (random() < 0.02) words.push(...Array.from({ length: 300 }, (_, i) => `${at}n${i}`));
    }
    return words;
  };
  const contributions: OracleContribution[] = [];
  const addCommons = (contribution: ContributionId): void => {
    const items = [{ tokens: text(), promptTokens: 0 }];
    contributions.push({ contribution, datanet: 1, commons: true, owner: 'a', commit: 0, reveal: 0, items });
  };
  if (random() < 0.4) addCommons(1);
  let commit = 1;
  for (let contribution = 2; contribution < (isTogether ? 7 : 5) + Math.floor(random() * 3); contribution++) {
    commit += isTogether ? 0 : Math.floor(random() * 3);
    contributions.push({
      contribution,
      datanet: random() < 0.7 ? 1 : 2,
      commons: false,
      owner: random() < (isTogether ? 0.1 : 0.3) ? 'a' : random() < 0.5 ? 'b' : `owner of ${contribution}`,
      commit,
      reveal: commit + 1 + Math.floor(random() * 6),
      items: Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
        const tokens = text();
        return { tokens, promptTokens: Math.floor(random() * 0.6 * tokens.length) };
      }),
    });
  }
  // That of a Datanet which came later.
  if (random() < 0.5) addCommons(20);
  return contributions;
};

const seedOf = (n: number): Root => sha256(utf8(`seed ${n}`));
const DRAWS = 12;

/** The numbers of a corpus, and the seed, the bar and the rules of a calibration. */
const RUNS = fc.tuple(
  fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 40 }),
  fc.nat(1000),
  fc.constantFrom(0, 50, 2_000),
  fc.constantFrom<RulesVersion>(1, 2),
);

const measured = (
  contributions: readonly OracleContribution[],
  seed: number,
  targetBps: number,
): Measurement => measureControl(prepared(contributions), seedOf(seed), { draws: DRAWS, targetBps });

/** What a claim names. */
const NAMED = { model: 1, version: 1, round: 0, asOf: toHeight(0n) } as const;

describe('calibration off the chain', () => {
  it('draws, covers and decides as brute force does', () => {
    const levels = new Set<number>();
    let shared = 0;
    fc.assert(
      fc.property(RUNS, ([numbers, seed, targetBps, version]) => {
        const contributions = corpusOf(numbers);
        const truth = oracleCalibrate(contributions, seedOf(seed), { version, draws: DRAWS, targetBps });
        const corpus = prepared(contributions, version);
        expect(corpus.drawableTokens).toBe(truth.drawable);
        if (truth.drawable === 0) return;
        const found = measureControl(corpus, seedOf(seed), { draws: DRAWS, targetBps });
        expect(
          found.draws.map(({ contribution, item, position }) => ({ contribution, item, position })),
        ).toEqual(truth.draws);
        for (const [i, step] of truth.steps.entries()) {
          const own = found.steps[i];
          expect(own?.traces.map(({ covered }) => covered)).toEqual(step.coveredBy);
          expect([own?.bits, own?.covered, own?.unbounded, own?.total]).toEqual([
            step.bits,
            step.covered,
            step.unbounded,
            step.total,
          ]);
          shared += step.sharedBy.filter((bits) => bits > 0).length;
        }
        levels.add(found.level);
        const met = found.steps[found.level];
        expect(met?.bits).toBe(truth.met);
        if (met !== undefined) {
          expect(calibratedBits(found.level, 0)).toBe(truth.matchBits);
          expect(controlBpsOf(met)).toBe(truth.controlBps);
        }
        // The claim of it has the right structure and comes to the same sums, or to none where no step meets the bar.
        const claim = claimOfMeasurement(found, {
          ...NAMED,
          targetBps,
        });
        expect(
          settled(claim, DRAWS, targetBps, commonsOf(contributions), version, ownerIn(contributions)),
        ).toBe(`${met?.covered ?? 0} of ${truth.steps[0]?.total}`);
      }),
      // The first half is the same each time, so that what is counted below does not depend on luck.
      { numRuns: 80, examples: fc.sample(RUNS, { seed: 4, numRuns: 40 }).map((run) => [run]) },
    );
    // Else the corpora are too much alike to tell anything.
    expect(levels.size).toBeGreaterThan(3);
    expect(shared).toBeGreaterThan(10);
  });
});

type Vector = {
  readonly contributions: readonly (Omit<OracleContribution, 'items'> & {
    readonly items: readonly { readonly text: string; readonly promptTokens: number }[];
  })[];
  readonly seed: string;
  readonly draws: number;
  readonly targetBps: number;
  readonly want: Omit<OracleCalibration, 'met' | 'matchBits' | 'controlBps'> & Partial<OracleCalibration>;
};

describe('the vectors of version 2', () => {
  it('are drawn, covered, shared and decided as they say', () => {
    for (const { contributions, seed, draws, targetBps, want } of vectorLines<Vector>(
      'calibration-2.jsonl',
    )) {
      const corpus = prepared(
        contributions.map((each) => ({
          ...each,
          items: each.items.map(({ text, promptTokens }) => ({
            tokens: stringsOf(tokensOf(text)),
            promptTokens,
          })),
        })),
      );
      expect(corpus.drawableTokens).toBe(want.drawable);
      const found = measureControl(corpus, Buffer.from(seed, 'hex') as Uint8Array as Root, {
        draws,
        targetBps,
      });
      expect(
        found.draws.map(({ contribution, item, position }) => ({ contribution, item, position })),
      ).toEqual(want.draws);
      const commons = commonsOf(contributions);
      for (const [i, step] of want.steps.entries()) {
        const traces = found.steps[i]?.traces ?? [];
        expect(traces.map(({ covered }) => covered)).toEqual(step.coveredBy);
        const shared = traces.map(({ claim }, k) => {
          const { start, end } = stretchOf(found.draws[k] ?? { position: 0, tokens: 0, promptTokens: 0 });
          return attributeClaim(claim, end - start, { commons, commonsFirst: true }).shared;
        });
        expect(shared).toEqual(step.sharedBy);
        expect(found.steps[i]).toMatchObject({ covered: step.covered, total: step.total });
      }
      const met = found.steps[found.level];
      expect(met?.bits).toBe(want.met);
      expect(met && calibratedBits(found.level, 0)).toBe(want.matchBits);
      expect(met && controlBpsOf(met)).toBe(want.controlBps);
    }
  });
});

const words = (count: number, tag: string): string[] =>
  Array.from({ length: count }, (_, i) => `${tag}${i}x`);
const one = (contribution: ContributionId, ...texts: readonly string[][]): OracleContribution => ({
  contribution,
  datanet: 1,
  commons: false,
  owner: `owner of ${contribution}`,
  // Each is committed when the one before it was shown.
  commit: 2 * contribution,
  reveal: 2 * contribution + 1,
  items: texts.map((tokens) => ({ tokens, promptTokens: 0 })),
});

describe('the stretch of a draw', () => {
  it('lies around the token drawn, within its item and after its prompt part', () => {
    const of = (position: number, tokens: number, promptTokens = 0) => {
      const { start, end } = stretchOf({ position, tokens, promptTokens });
      return [start, end];
    };
    expect(of(0, 100)).toEqual([0, 100]);
    expect(of(500, 1000)).toEqual([372, 628]);
    expect(of(999, 1000)).toEqual([744, 1000]);
    expect(of(10, 1000)).toEqual([0, 256]);
    expect(of(60, 1000, 50)).toEqual([50, 306]);
    expect(of(995, 1000, 990)).toEqual([990, 1000]);
    expect(of(0, 0)).toEqual([0, 0]);
  });
});

describe('steps and bar', () => {
  it('meet the bar at it, and not above', () => {
    const meets = (covered: number, unbounded: number, total = 10_000): boolean =>
      meetsBar({ covered, unbounded, total }, 50);
    expect(meets(50, 50)).toBe(true);
    expect(meets(51, 51)).toBe(false);
    expect(meets(0, 0, 0)).toBe(true);
    // Without bounds 20 times as much may be covered.
    expect(meets(50, 1000)).toBe(true);
    expect(meets(50, 1001)).toBe(false);
  });

  it('need something that counts in half of the draws', () => {
    expect(isMeasurable([0, 0, 5, 1])).toBe(true);
    expect(isMeasurable([0, 0, 5])).toBe(false);
    expect(isMeasurable([0])).toBe(false);
    expect(isMeasurable([])).toBe(false);
  });

  it('round κ up, and set Imin at the next step and at the floor at least', () => {
    expect(controlBpsOf({ covered: 1, total: 1_000_000 })).toBe(1);
    expect(controlBpsOf({ covered: 0, total: 0 })).toBe(0);
    expect(CALIBRATION_STEPS.map((_, level) => calibratedBits(level, 96))).toEqual([
      128, 160, 192, 256, 320, 384, 512,
    ]);
    expect(calibratedBits(0, 300)).toBe(300);
  });
});

describe('what a calibration leaves out', () => {
  const text = words(60, 'q');

  it('a copy of 16 tokens matches nothing, on neither side, and one of 15 does', () => {
    const shared = (count: number) => [...words(20, 'a'), ...text.slice(0, count), ...words(20, 'b')];
    const share = (count: number): number => {
      const { steps } = measured([one(1, text), one(2, shared(count))], 1, 50);
      return steps[0]?.covered ?? 0;
    };
    expect(share(16)).toBe(0);
    expect(share(15)).toBeGreaterThan(0);
  });

  describe('an item', () => {
    const twice = [one(1, [...text.slice(0, 15), ...words(5, 'c'), ...text.slice(0, 15)])];
    const pieces: readonly [string[], string[]] = [
      [...text.slice(0, 15), ...words(5, 'c')],
      [...words(5, 'd'), ...text.slice(0, 15)],
    ];
    const coveredIn = (contributions: readonly OracleContribution[], version: RulesVersion): number => {
      const found = measureControl(prepared(contributions, version), seedOf(1), {
        draws: DRAWS,
        targetBps: 50,
      });
      return found.steps[0]?.covered ?? 0;
    };
    const ofOne = pieces.map((piece, i) => ({ ...one(i + 1, piece), owner: 'a' }));

    it('is not matched with itself', () => {
      for (const version of RULES_VERSIONS) expect(coveredIn(twice, version)).toBe(0);
    });

    it('is matched with others of its owner by version 1 of the rules only', () => {
      for (const apart of [[one(1, ...pieces)], ofOne]) {
        expect(coveredIn(apart, 1)).toBeGreaterThan(0);
        expect(coveredIn(apart, 2)).toBe(0);
      }
      // The same words of two owners.
      expect(coveredIn([one(1, pieces[0]), one(2, pieces[1])], 2)).toBeGreaterThan(0);
    });

    it('is matched with a commons, even if its owner created the Datanet', () => {
      const [first, second] = ofOne;
      if (first === undefined || second === undefined) throw new Error('there are two pieces');
      const corpus = prepared([{ ...first, commons: true }, second], 2);
      const { draws, steps } = measureControl(corpus, seedOf(1), { draws: DRAWS, targetBps: 50 });
      expect(draws.every(({ contribution }) => contribution === second.contribution)).toBe(true);
      expect(steps[0]?.traces.flatMap(({ claim }) => claim.matches).length).toBeGreaterThan(0);
    });
  });

  describe('what two others brought at once', () => {
    const run = text.slice(0, 15);
    const atOnce = (each: OracleContribution): OracleContribution => ({ ...each, commit: 1, reveal: 9 });
    const three = [
      one(1, [...words(30, 'a'), ...run]),
      one(2, [...run, ...words(30, 'b')]),
      one(3, [...words(15, 'c'), ...run, ...words(15, 'd')]),
    ];
    const claimsIn = (contributions: readonly OracleContribution[], version: RulesVersion = 2) => {
      const { steps } = measureControl(prepared(contributions, version), seedOf(1), {
        draws: DRAWS,
        targetBps: 50,
      });
      const [first] = steps;
      return { covered: first?.covered ?? 0, claims: first?.traces.map(({ claim }) => claim) ?? [] };
    };

    it('is covered by nobody, and shown in every claim', () => {
      const { covered, claims } = claimsIn(three.map(atOnce));
      expect(covered).toBe(0);
      for (const { matches, shared } of claims) {
        expect(shared).toHaveLength(1);
        expect(matches[shared[0]?.match ?? -1]).toMatchObject({
          start: shared[0]?.start,
          end: shared[0]?.end,
        });
      }
    });

    it('is covered by version 1, by one of two owners, and by the first of three if the others came later', () => {
      expect(claimsIn(three.map(atOnce), 1).covered).toBeGreaterThan(0);
      for (const contributions of [three, three.slice(0, 2).map(atOnce)]) {
        const { covered, claims } = claimsIn(contributions);
        expect(covered).toBeGreaterThan(0);
        expect(claims.flatMap(({ shared }) => shared)).toEqual([]);
      }
    });

    it('is covered if both are of one owner, or the second is of the owner of the drawn item', () => {
      const owned = (...owners: readonly string[]) =>
        three.map((each, i) => ({ ...atOnce(each), owner: owners[i] ?? '' }));
      for (const owners of [
        ['a', 'a', 'b'],
        ['a', 'b', 'b'],
        ['a', 'b', 'a'],
      ])
        expect(claimsIn(owned(...owners)).covered).toBeGreaterThan(0);
    });

    it('is covered where the run of one of them is copied', () => {
      // The second holds the run as a part of a copy of 16 tokens of the first.
      const copier = one(2, [...text.slice(0, 16), ...words(30, 'b')]);
      const source = one(1, [...words(30, 'a'), ...text.slice(0, 16)]);
      const { covered, claims } = claimsIn([source, copier, three[2] ?? copier].map(atOnce));
      expect(covered).toBeGreaterThan(0);
      expect(claims.flatMap(({ shared }) => shared)).toEqual([]);
    });

    it('is covered where 96 bits take more than 64 tokens', () => {
      // Every so many tokens one bears something. Three Datanets hold the same, so nothing of it is copied.
      const sparse = (every: number) =>
        Array.from({ length: 200 }, (_, i) => (i % every === 0 ? `rare${i}q` : 'a'));
      const inThree = (every: number) =>
        [1, 2, 3].map((datanet) => atOnce({ ...one(datanet, sparse(every)), datanet }));
      expect(claimsIn(inThree(11)).covered).toBe(0);
      expect(claimsIn(inThree(16)).covered).toBeGreaterThan(0);
    });
  });

  it('what is struck counts for nothing, though it is drawn as before', () => {
    const tokens = tokensOf(text.join(' '));
    const other = tokensOf([...words(9, 'e'), ...text.slice(0, 15)].join(' '));
    const items = (struck: readonly { start: number; end: number }[]) => [
      { tokens, promptTokens: 0, copied: [], struck },
    ];
    const owned = (owner: string, commit: number) => ({
      datanet: 1,
      brought: broughtBy({ owner, commit, reveal: commit }),
    });
    const corpus = (struck: readonly { start: number; end: number }[]) =>
      new CalibrationCorpus(
        infoTable(),
        [
          { ...owned('a', 1), contribution: 1, acceptance: 0, items: items(struck) },
          {
            ...owned('b', 2),
            contribution: 2,
            acceptance: 1,
            items: [{ tokens: other, promptTokens: 0, copied: [] }],
          },
        ],
        DEFAULT_PARAMETERS,
      );
    const rules = { draws: 40, targetBps: 50 };
    const plain = measureControl(corpus([]), seedOf(1), rules);
    const struck = measureControl(corpus([{ start: 0, end: 30 }]), seedOf(1), rules);
    expect(struck.draws).toEqual(plain.draws);
    expect(plain.steps[0]?.covered).toBeGreaterThan(0);
    expect(struck.steps[0]?.covered).toBe(0);
    const totalOf = ({ steps }: Measurement): number =>
      (steps[0]?.traces ?? []).reduce((sum, { total }) => sum + total, 0);
    expect(totalOf(struck)).toBeLessThan(totalOf(plain));
  });

  it('what is void is drawn in its place, and comes to nothing', () => {
    const live = {
      contribution: 3,
      datanet: 1,
      acceptance: 1,
      brought: broughtBy({ owner: 'a', commit: 3, reveal: 4 }),
    };
    const tokens = tokensOf(text.join(' '));
    const corpus = new CalibrationCorpus(
      infoTable(),
      [{ ...live, items: [{ tokens, promptTokens: 0, copied: [] }] }],
      DEFAULT_PARAMETERS,
      [{ contribution: 2, datanet: 1, acceptance: 0, dataTokens: 60 }],
    );
    expect(corpus.drawableTokens).toBe(120);
    const most = new CalibrationCorpus(
      infoTable(),
      [{ ...live, items: [{ tokens, promptTokens: 0, copied: [] }] }],
      DEFAULT_PARAMETERS,
      [{ contribution: 2, datanet: 1, acceptance: 0, dataTokens: 180 }],
    );
    const rules = { draws: 64, targetBps: 50 };
    expect(measureControl(most, seedOf(2), rules)).toMatchObject({ level: NO_STEP, measurable: false });
    const none = claimOfMeasurement(measureControl(most, seedOf(2), rules), {
      ...NAMED,
      ...rules,
    });
    expect(none).toMatchObject({ level: NO_STEP, before: [] });
    expect(settled(none, 64, 50)).toMatch(/^0 of/);
    const { draws, steps } = measureControl(corpus, seedOf(2), { draws: 64, targetBps: 50 });
    const void_ = draws.filter(({ contribution }) => contribution === 2);
    expect(void_.length).toBeGreaterThan(10);
    expect(new Set(void_.map(({ tokens: count, position }) => count + position))).toEqual(new Set([0]));
    expect(steps[0]?.traces[draws.findIndex(({ contribution }) => contribution === 2)]?.total).toBe(0);
  });
});

describe('the claim of a round', () => {
  it('fits into a transaction, though a small account holds the phrases that a large one repeats', () => {
    let state = 5;
    const random = (count: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % count;
    };
    const vocabulary = words(400, 'v');
    const phrases = Array.from({ length: 60 }, () =>
      Array.from({ length: 12 }, () => vocabulary[random(vocabulary.length)] ?? ''),
    );
    const rare = (): string => `r${random(1_000_000_000)}x`;
    const item = (): string[] =>
      Array.from({ length: 17 }, () => [...(phrases[random(phrases.length)] ?? []), rare(), rare()]).flat();
    const large = one(1, ...Array.from({ length: 400 }, item));
    const small = one(
      2,
      phrases.flatMap((each) => [...each, rare()]),
    );
    const found = measureControl(prepared([large, small]), seedOf(1), { draws: 1024, targetBps: 50 });
    const [first] = found.steps;
    // The bound hides nearly all of it.
    expect(10_000 * (first?.covered ?? 0)).toBeLessThan(50 * (first?.total ?? 0));
    expect(2 * (first?.unbounded ?? 0)).toBeGreaterThan(first?.total ?? 0);
    const claim = claimOfMeasurement(found, {
      ...NAMED,
      targetBps: 50,
    });
    expect(claim.level).toBeLessThan(NO_STEP);
    expect(CalibrationClaimType.encode(claim).length).toBeLessThan(MAX_TRANSACTION_BYTES);
  });
});

describe('the structure of a claim', () => {
  // The second item repeats 15 tokens of the first: half of it at 96 bits, and nothing at 512.
  const text = words(15, 'q');
  const contributions = [one(1, [...text, ...words(5, 'a')]), one(2, [...text, ...words(5, 'b')])];
  const found = measured(contributions, 3, 50);
  const claim = claimOfMeasurement(found, {
    ...NAMED,
    targetBps: 50,
  });
  const of = (change: Partial<CalibrationClaim>): string => settled({ ...claim, ...change }, DRAWS, 50);
  const [draw, ...others] = claim.draws;
  const [before] = claim.before;
  if (draw === undefined || before === undefined) throw new Error('the claim shows the step before');
  const { info } = draw.claim;

  it('is right as it is made', () => {
    expect(found.level).toBeGreaterThan(0);
    expect(found.level).toBeLessThan(NO_STEP);
    expect(of({})).toBe(`0 of ${found.steps[0]?.total}`);
  });

  it('has a step, all draws, each within its item', () => {
    expect(of({ level: NO_STEP + 1 })).toBe('CALIBRATION_LEVEL');
    expect(of({ draws: others })).toBe('CALIBRATION_DRAWS');
    expect(of({ draws: [{ ...draw, position: draw.tokens }, ...others] })).toBe('CALIBRATION_DRAW');
    expect(of({ draws: [{ ...draw, promptTokens: draw.position + 1 }, ...others] })).toBe('CALIBRATION_DRAW');
    expect(of({ draws: [{ ...draw, tokens: 65_537 }, ...others] })).toBe('CALIBRATION_DRAW');
    expect(of({ draws: [{ ...draw, tokens: 0 }, ...others] })).toBe('CALIBRATION_DRAW');
  });

  it('shows that the step before does not meet the bar, draw by draw, and with the same totals', () => {
    expect(of({ before: [] })).toBe('CALIBRATION_BELOW_BAR');
    expect(of({ before: [before, before] })).toBe('CALIBRATION_BEFORE');
    expect(of({ before: [{ ...before, draw: DRAWS }] })).toBe('CALIBRATION_BEFORE');
    const claimed = { ...before.claim, info: before.claim.info.map((sum) => sum + 1) };
    expect(of({ before: [{ ...before, claim: claimed }] })).toBe('CALIBRATION_BEFORE');
    expect(of({ level: 0 })).toBe('CALIBRATION_BEFORE');
  });

  it('is refused where more is claimed than the bar allows', () => {
    const all = claim.draws.map((each, k) => ({
      ...each,
      claim: found.steps[found.level - 1]?.traces[k]?.claim ?? each.claim,
    }));
    expect(of({ level: found.level - 1, draws: all })).toBe('CALIBRATION_ABOVE_BAR');
  });

  it('has no matches with the item itself, and none where no step meets the bar', () => {
    const matches = before.claim.matches.map((match) => ({
      ...match,
      contribution: draw.contribution,
      item: draw.item,
    }));
    const own = claim.draws.findIndex(
      ({ contribution, item }) => contribution === draw.contribution && item === draw.item,
    );
    expect(of({ before: [{ draw: own, claim: { ...before.claim, matches } }] })).toBe('CALIBRATION_OWN_ITEM');
    const highest = { ...claim, level: NO_STEP };
    const shown = claim.draws.map((each) => ({ ...each, claim: before.claim }));
    expect(settled({ ...highest, draws: shown }, DRAWS, 50)).toBe('CALIBRATION_DRAW');
  });

  it('says that no step meets the bar where fewer than half of the draws count', () => {
    const nothing = { claim: { x: [], matches: [], shared: [], info: [0] } };
    const first = { ...claim, level: 0, before: [] };
    const plain = claim.draws.map((each) => ({
      ...each,
      claim: { x: [], matches: [], shared: [], info: each.claim.info.slice(-1) },
    }));
    const emptied = (count: number) => plain.map((each, k) => (k < count ? { ...each, ...nothing } : each));
    expect(settled({ ...first, draws: emptied(DRAWS / 2) }, DRAWS, 50)).toMatch(/^0 of [1-9]/);
    for (const count of [DRAWS / 2 + 1, DRAWS]) {
      const draws = emptied(count);
      expect(settled({ ...first, draws }, DRAWS, 50)).toBe('CALIBRATION_UNMEASURABLE');
      expect(settled({ ...first, level: NO_STEP, draws }, DRAWS, 50)).toMatch(/^0 of/);
      expect(settled({ ...claim, level: NO_STEP, draws }, DRAWS, 50)).toBe('CALIBRATION_UNMEASURABLE');
    }
  });

  it('has sums that tokens could have, some of which may bear nothing', () => {
    const with_ = (sums: readonly number[]) => ({
      draws: [{ ...draw, claim: { ...draw.claim, info: sums } }, ...others],
    });
    expect(of(with_([6_144 * 20 + 1]))).toBe('CLAIM_INFO_SUM');
    expect(of(with_([...info, 1]))).toBe('CLAIM_INFO_COUNT');
    // Of a settlement 20 tokens bear 20 bits at least.
    const matched = found.steps[found.level - 1]?.traces ?? [];
    const rest = matched.flatMap((trace, k) =>
      k > 0 && trace.covered > 0 ? [{ draw: k, claim: trace.claim }] : [],
    );
    expect(of({ ...with_([5_000]), before: rest })).toMatch(/^0 of/);
  });
});
