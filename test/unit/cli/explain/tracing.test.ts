/** Why words that stand in the data are not credited, and why a contribution is paid or not: each reason once. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../../../src/cli/explain/explanation.ts';
import {
  alsoSentences,
  askedSentence,
  barsOf,
  uncreditedSentence,
} from '../../../../src/cli/explain/reasons.ts';
import { standingOf } from '../../../../src/cli/explain/standing.ts';
import { toHeight } from '../../../../src/lib/brands.ts';
import { invariant } from '../../../../src/lib/errors.ts';
import { bordersOf } from '../../../../state/attribution/borders.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { RULES_VERSIONS } from '../../../../state/attribution/rules.ts';
import { type Scene, type SearchScene, searched, words } from './scene.ts';

/** Common words: eight of them in a row bear less than 96 bits. */
const COMMON = 'and that it was in the of to';
const RARE = words(0, 20);
const CREDITED: readonly string[] = [RARE];

const tracingIn = ({ tracing }: Explanation) => {
  invariant(tracing?.available === true, 'the texts were searched');
  return tracing;
};

/** The reason, the run and the sentence of each thing that is not credited. */
const uncreditedIn = (explanation: Explanation) => {
  const tracing = tracingIn(explanation);
  return tracing.uncredited.map((each) => ({
    type: each.reason.type,
    run: [each.start, each.end],
    contribution: each.holder.contribution,
    sentence: uncreditedSentence(each, tracing),
  }));
};

const askedIn = (scene: Scene, search: SearchScene & { readonly asked: number }) => {
  const explanation = searched(scene, search);
  const { asked, status, coverage, output } = explanation;
  invariant(asked !== undefined, 'a contribution was asked about');
  const reason = output.available ? '' : output.reason;
  return {
    type: asked.verdict.type,
    sentence: askedSentence(asked, barsOf(explanation), {
      status,
      isSettled: coverage !== undefined,
      noveltyBps: 0,
      reason,
    }),
    parts: asked.parts.map(({ start, end, fate }) => [start, end, fate.type]),
  };
};

describe('words that stand in the data and are not credited', () => {
  test('bear too few bits', () => {
    const explanation = searched({
      output: `${RARE} so ${COMMON} now`,
      contributions: [CREDITED, [`x ${COMMON} y`], [`z ${COMMON}`]],
    });
    const [only, ...more] = uncreditedIn(explanation);
    expect(more).toEqual([]);
    expect(only).toMatchObject({ type: 'bits', run: [21, 29], contribution: 2 });
    expect(only?.sentence).toMatch(
      /^8 words stand in contribution 2 of 0x0000…0002, but bear \d+\.\d bits; 96 are needed\. 1 other holds them too: 3\.$/,
    );
    const { output, coverage } = explanation;
    expect(output.available && output.pieces.map(({ type }) => type)).toEqual([
      'span',
      'plain',
      'uncredited',
      'plain',
    ]);
    const { held, nowhere, agrees } = tracingIn(explanation);
    expect(held).toBeGreaterThan(0);
    expect(held + nowhere).toBe(coverage?.unexplained);
    expect(agrees).toBe(true);
  });

  test('are fewer than a match has', () => {
    const [only] = uncreditedIn(
      searched({ output: `${RARE} so ${words(50, 56)}`, contributions: [CREDITED, [words(50, 56)]] }),
    );
    expect(only).toMatchObject({ type: 'short', run: [21, 27] });
    expect(only?.sentence).toContain('; a match has 8 words or more.');
  });

  test('stand in the prompt already, all of them or some', () => {
    const whole = searched({
      output: `so ${words(50, 62)}`,
      prompt: words(50, 62),
      contributions: [[`x ${words(50, 62)}`]],
    });
    expect(uncreditedIn(whole)).toMatchObject([{ type: 'echo', run: [1, 13], contribution: 1 }]);
    const [piece] = whole.output.available ? whole.output.pieces.slice(1) : [];
    expect(piece).toMatchObject({ type: 'echo', uncredited: 0 });
    expect(tracingIn(whole).held).toBe(0);
    const some = searched({
      output: `so ${words(50, 62)} and it was`,
      prompt: words(50, 62),
      contributions: [[`x ${words(50, 62)} and it was`]],
    });
    const [mixed] = uncreditedIn(some);
    expect(mixed).toMatchObject({ type: 'bits', run: [1, 16] });
    expect(mixed?.sentence).toMatch(/; 12 of them are in the prompt already, and the other 3 bear \d/);
  });

  test('are shown by the run that bears most, where runs overlap', () => {
    const sixWords = COMMON.split(' ').slice(0, 6).join(' ');
    const explanation = searched({
      output: `${RARE} so ${COMMON} now`,
      contributions: [CREDITED, [`x ${sixWords} y`], [`z ${COMMON}`]],
    });
    expect(uncreditedIn(explanation)).toMatchObject([{ type: 'bits', run: [21, 29], contribution: 3 }]);
  });

  test('bear the bits only over more words than a match may have', () => {
    // In version 2 a word bears nothing where it equals one of the seven before it.
    const dull = Array.from({ length: 300 }, (_, i) => `w${i % 7}`).join(' ');
    const text = `${words(0, 3)} ${dull} ${words(10, 13)}`;
    const [first] = uncreditedIn(searched({ output: text, contributions: [[text]] }));
    expect(first).toMatchObject({ type: 'spread', run: [0, 306] });
    expect(first?.sentence).toContain('not all of them lie within 256 words, the most that a match may have');
  });

  test('lie behind words of the same run that are credited, and then the rest of them is meant', () => {
    const text = `${RARE} ${Array.from({ length: 300 }, (_, i) => `w${i % 7}`).join(' ')}`;
    const explanation = searched({ output: text, contributions: [[text]] });
    const [span] = explanation.spans;
    expect(span).toMatchObject({ start: 0 });
    const [rest] = uncreditedIn(explanation);
    expect(rest).toMatchObject({ type: 'spread', run: [0, 320] });
    expect(rest?.sentence).toMatch(/^320 words stand in .*, but not all of them lie within 256 words/);
  });

  test.each([
    [{ type: 'later', number: 7, pinned: 5 }, 'it was accepted as number 7 of its Datanet, of which'],
    [{ type: 'void', height: '33' }, 'a challenge made it void at block 33'],
    [{ type: 'datanet' }, 'this version does not draw on its Datanet'],
    [{ type: 'review' }, 'it is still under review'],
    [{ type: 'rejected' }, 'reviewers have rejected it'],
    [{ type: 'undecided' }, 'reviewers have not decided on it'],
  ] as const)('stand in a contribution that is not among the model’s: %j', (standing, clause) => {
    const scene: Scene = { output: `${RARE} so ${words(50, 70)}`, contributions: [CREDITED] };
    const search = { later: [[words(50, 70)]], standings: { 2: standing } };
    const explanation = searched(scene, search);
    expect(uncreditedIn(explanation)).toMatchObject([{ type: 'ineligible', run: [21, 41], contribution: 2 }]);
    expect(uncreditedIn(explanation)[0]?.sentence).toContain(`which is not among the model’s: ${clause}`);
    // The claim is right all the same.
    expect(tracingIn(explanation).agrees).toBe(true);
    const asked = askedIn(scene, { ...search, asked: 2 });
    expect(asked.type).toBe('ineligible');
    expect(asked.sentence).toContain(clause);
    expect(asked.parts).toEqual([[21, 41, 'ineligible']]);
  });

  test('would count, but the claim leaves them out', () => {
    const scene: Scene = { output: `${RARE} so ${words(50, 70)}`, contributions: [CREDITED] };
    const search = { later: [[words(50, 70)]] };
    const explanation = searched(scene, search);
    expect(uncreditedIn(explanation)).toMatchObject([{ type: 'unclaimed', run: [21, 41], contribution: 2 }]);
    expect(tracingIn(explanation).agrees).toBe(false);
    expect(explanation.gaps.join()).toMatch(/does not give each word to whom the texts say/);
    expect(askedIn(scene, { ...search, asked: 2 })).toMatchObject({
      type: 'unclaimed',
      parts: [[21, 41, 'unclaimed']],
    });
  });

  test('would count once the receipt is settled, or the model is calibrated', () => {
    const scene: Scene = {
      output: `${RARE} so ${words(50, 70)}`,
      contributions: [CREDITED, [`${words(50, 70)} and ${RARE}`]],
      status: { type: 'open', deadline: '215' },
    };
    const open = searched(scene);
    expect(uncreditedIn(open)).toMatchObject([
      { type: 'unsettled', run: [0, 20], contribution: 1 },
      { type: 'unsettled', run: [21, 41], contribution: 2 },
    ]);
    expect(tracingIn(open).agrees).toBeNull();
    expect(askedIn(scene, { asked: 2 })).toMatchObject({ type: 'unsettled' });
    for (const type of ['drawn', 'unattributed'] as const) {
      const reason = type === 'drawn' ? 'uncalibrated' : type;
      const early: Scene = { ...scene, standing: { type } };
      expect(uncreditedIn(searched(early)).map((each) => each.type)).toEqual([reason, reason]);
      expect(askedIn(early, { asked: 1 })).toMatchObject({ type: reason });
    }
  });

  test('are not said to count some day, if the receipt has expired', () => {
    const scene: Scene = { output: RARE, contributions: [CREDITED], status: { type: 'expired' } };
    const sentencesOf = (standing?: Scene['standing']) =>
      uncreditedIn(searched(standing === undefined ? scene : { ...scene, standing })).map(
        ({ sentence }) => sentence,
      );
    expect(sentencesOf()).toEqual([
      expect.stringMatching(/, and would count, but the receipt is not settled\.$/),
    ]);
    expect(sentencesOf({ type: 'drawn' })).toEqual([
      expect.stringMatching(/; whether they count is not known before the version .* is calibrated\.$/),
    ]);
  });

  test('are shown as far as they are worth a line, and the rest is counted', () => {
    const runs = Array.from({ length: 30 }, (_, i) => words(100 * i, 100 * i + 6));
    const { uncredited, more, held, nowhere } = tracingIn(
      searched({ output: runs.join(' so '), contributions: [[runs.join(' but ')]] }),
    );
    expect([uncredited.length, more]).toEqual([16, 14]);
    expect(held).toBeGreaterThan(20 * nowhere);
  });

  test('of texts that are missing or were not read nothing is concluded', () => {
    const scene: Scene = { output: `${RARE} so it is`, contributions: [CREDITED, ['some text']] };
    const missing = searched(scene, { missing: [2] });
    expect(tracingIn(missing).agrees).toBeNull();
    expect(missing.gaps.join()).toMatch(/lacks the texts of 1 contribution of the model \(2\)/);
    const unread = searched(scene, { unread: 3 });
    expect(tracingIn(unread).agrees).toBeNull();
    expect(unread.gaps.join()).toMatch(/3 contributions of the model were not searched/);
  });
});

describe('who else holds a span', () => {
  test('is named with the reason why nobody pays them for it', () => {
    const { spans } = searched(
      {
        output: `x ${RARE}`,
        contributions: [[words(0, 9)], [RARE], [RARE], ['nothing of it']],
        commons: [1],
      },
      { later: [[RARE]], standings: { 5: { type: 'void', height: '9' } } },
      (account) => (account.endsWith('3') ? 'carol' : undefined),
    );
    const span = spans.find(({ contributor }) => contributor === 1);
    expect(
      span?.also?.holders.map(({ contribution, name, standing }) => [contribution, name, standing.type]),
    ).toEqual([
      [3, 'carol', 'eligible'],
      [5, null, 'void'],
    ]);
  });

  test('is named as the one that they belong to, if the claim gives them to a later one', () => {
    const { spans } = searched({
      output: RARE,
      contributions: [CREDITED, [RARE]],
      claimed: ({ matches }) => ({
        matches: matches.map((match) => ({ ...match, contribution: 2 })),
        shared: [],
      }),
    });
    const [span] = spans;
    invariant(span?.also !== undefined, 'another contribution holds the words');
    expect(alsoSentences(span.also, { start: 0, end: 20, owner: 2, isCommons: false })).toEqual([
      expect.stringMatching(/^all of them also stand in contribution 1 .*, so the claim is false$/),
    ]);
  });

  test('is counted beyond the first few', () => {
    const { spans } = searched({ output: RARE, contributions: Array.from({ length: 9 }, () => [RARE]) });
    expect(spans[0]?.also).toMatchObject({ count: 8 });
    expect(spans[0]?.also?.holders.map(({ contribution }) => contribution)).toEqual([2, 3, 4, 5, 6]);
  });
});

describe('a contribution that is asked about', () => {
  test('is paid, or its words share in an empty pool', () => {
    const scene: Scene = { output: RARE, contributions: [CREDITED] };
    expect(askedIn(scene, { asked: 1 })).toMatchObject({ type: 'credited', parts: [[0, 20, 'credited']] });
    expect(askedIn(scene, { asked: 1 }).sentence).toMatch(
      /^It is credited with .* and is paid [^≈]+ for its words\.$/,
    );
    const held: Scene = { ...scene, epoch: 'ahead', status: { type: 'settled', finalAt: '25', demands: 0 } };
    expect(askedIn(held, { asked: 1 }).sentence).toMatch(/is paid ≈ .* estimate until the epoch closes/);
    expect(askedIn({ ...scene, controlBps: 10_000 }, { asked: 1 }).sentence).toMatch(
      /but is paid nothing: the span pool of the epoch is empty, because receipts covered no more than habit/,
    );
  });

  test.each([
    ['data', /but is paid nothing: no part of the fee of this receipt is data money\.$/],
    ['share', /: the chain pays no part of data money for spans\.$/],
    ['debt', /: the span pool of the epoch is empty, because receipts of earlier epochs covered less than/],
    ['rounding', /: its part of the span pool of the epoch is less than one base unit\.$/],
  ] as const)('is paid nothing because of %s', (nothing, sentence) => {
    const explanation = searched({ output: RARE, contributions: [CREDITED] }, { asked: 1 });
    const { asked, status } = explanation;
    invariant(asked !== undefined, 'a contribution was asked about');
    const payment = { amount: 0n, basis: 'exact', nothing } as const;
    const unpaid = { ...asked, verdict: { type: 'credited', score: 256, payment } } as const;
    const told = { status, isSettled: true, noveltyBps: 0, reason: '' };
    expect(askedSentence(unpaid, barsOf(explanation), told)).toMatch(sentence);
  });

  test('is a commons', () => {
    const scene: Scene = { output: RARE, contributions: [CREDITED], commons: [1] };
    expect(askedIn(scene, { asked: 1 })).toMatchObject({ type: 'commons' });
  });

  test('comes after one that had the words first, which may be a commons', () => {
    const scene: Scene = { output: RARE, contributions: [CREDITED, [RARE]] };
    const later = askedIn(scene, { asked: 2 });
    expect(later).toMatchObject({ type: 'other', parts: [[0, 20, 'other']] });
    expect(later.sentence).toMatch(/credited to contribution 1, which had them first/);
    expect(askedIn({ ...scene, commons: [1] }, { asked: 2 }).sentence).toMatch(
      /commons 1, which nobody is paid/,
    );
  });

  test('holds too few of the words that a later one is credited with', () => {
    const long = `${COMMON} ${RARE}`;
    const asked = askedIn({ output: long, contributions: [[COMMON], [long]] }, { asked: 1 });
    expect(asked.type).toBe('other');
    expect(asked.sentence).toMatch(/too few to count; contribution 2 holds more .*, and is credited\.$/);
  });

  test('is not said to be behind one that is credited, if nobody is credited yet', () => {
    const status = { type: 'open', deadline: '215' } as const;
    const clone = { output: RARE, contributions: [CREDITED, [RARE]], status };
    for (const standing of [
      { type: 'drawn' },
      { type: 'final', matchBits: 96, controlBps: 0, isOfOneAccount: false },
    ] as const)
      expect(askedIn({ ...clone, standing }, { asked: 2 }).sentence).toBe(
        'Contribution 1 had its words in this answer first.',
      );
    const long = `${COMMON} ${RARE}`;
    const piece = { output: long, contributions: [[COMMON], [long]], status };
    expect(askedIn(piece, { asked: 1 }).sentence).toMatch(/holds more of the words around them\.$/);
  });

  test('holds words that bear too little, are too few, or are echo', () => {
    const output = `${RARE} so ${COMMON}`;
    expect(askedIn({ output, contributions: [CREDITED, [COMMON]] }, { asked: 2 })).toMatchObject({
      type: 'bits',
      parts: [[21, 29, 'bits']],
    });
    expect(askedIn({ output, contributions: [CREDITED, [words(2, 8)]] }, { asked: 2 })).toMatchObject({
      type: 'other',
    });
    const short: Scene = { output: words(0, 7), contributions: [[words(0, 7)]] };
    expect(askedIn(short, { asked: 1 }).sentence).toMatch(/the longest run has 7/);
    const some: Scene = {
      output: `so ${words(50, 62)} and it was`,
      prompt: words(50, 62),
      contributions: [[`x ${words(50, 62)} and it was`]],
    };
    expect(askedIn(some, { asked: 1 })).toMatchObject({
      type: 'bits',
      parts: [
        [1, 13, 'echo'],
        [13, 16, 'bits'],
      ],
    });
    const echo: Scene = { output: RARE, prompt: RARE, contributions: [CREDITED] };
    expect(askedIn(echo, { asked: 1 })).toMatchObject({ type: 'echo' });
  });

  test('is judged by all parts that it holds, also by those that are not shown', () => {
    const runs = Array.from({ length: 30 }, (_, i) => words(100 * i, 100 * i + 6));
    const long = words(4000, 4020);
    const output = `${RARE} so ${runs.join(' so ')} so ${long}`;
    const search = { later: [[runs.join(' but '), long]], asked: 2 };
    const { type, parts } = askedIn({ output, contributions: [CREDITED] }, search);
    expect(parts).toHaveLength(24);
    expect(type).toBe('unclaimed');
  });

  test('does not match', () => {
    const scene: Scene = { output: RARE, contributions: [CREDITED, [words(4, 7)], ['none']] };
    expect(askedIn(scene, { asked: 2 })).toMatchObject({ type: 'none', parts: [] });
    expect(askedIn(scene, { asked: 2 }).sentence).toMatch(/the longest run has 3 words/);
    expect(askedIn(scene, { asked: 3 }).sentence).toMatch(/shares no word/);
  });

  test('cannot be compared, and nothing is claimed of it then', () => {
    const scene: Scene = { output: RARE, contributions: [CREDITED, ['none']] };
    const noText = askedIn(scene, { asked: 2, missing: [2] });
    expect(noText.type).toBe('textMissing');
    expect(noText.sentence).toMatch(/is not known: the node lacks its text\. The claim does not credit it/);
    const noOutput = askedIn({ ...scene, missing: 'output' }, { asked: 2 });
    expect(noOutput.type).toBe('outputMissing');
    expect(noOutput.sentence).toMatch(/neither this node nor its peers have it\. The claim/);
    expect(askedIn({ ...scene, missing: 'output' }, { asked: 1 }).type).toBe('credited');
  });

  test('is asked about for a receipt that pays nobody', () => {
    const scene: Scene = { output: RARE, contributions: [CREDITED], status: { type: 'void' } };
    expect(askedIn(scene, { asked: 1 }).sentence).toMatch(
      /^Nobody is paid for words of this answer\. .*void/,
    );
  });
});

test.each(RULES_VERSIONS)(
  'what is traced by the texts of version %i agrees with the tracer, whatever the texts',
  (version) => {
    const stretch = fc.constantFrom(
      words(0, 12),
      words(4, 20),
      words(30, 39),
      words(36, 50),
      COMMON,
      'w1 w2 w1 w2 w1',
      words(60, 64),
      `${words(60, 63)}, "${words(63, 66)}"; (w_${words(66, 70)})`,
    );
    let sharedTotal = 0;
    const text = fc.array(stretch, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(' '));
    fc.assert(
      fc.property(
        text,
        text,
        fc.array(fc.array(text, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 5 }),
        fc.record({
          commons: fc.subarray([1, 2, 3, 4, 5], { maxLength: 2 }),
          owners: fc.dictionary(fc.constantFrom('1', '2', '3', '4', '5'), fc.integer({ min: 6, max: 7 })),
          reveals: fc.dictionary(fc.constantFrom('1', '2', '3', '4', '5'), fc.bigInt({ min: 10n, max: 12n })),
        }),
        (output, prompt, contributions, bringing) => {
          const explanation = searched({ version, output, prompt, contributions, ...bringing });
          const tracing = tracingIn(explanation);
          expect(tracing.agrees).toBe(true);
          const { coverage } = explanation;
          expect(tracing.held + tracing.nowhere).toBe(coverage?.unexplained);
          const ofShared = explanation.shared.reduce((sum, { score }) => sum + score, 0);
          expect(ofShared).toBe(coverage?.shared);
          sharedTotal += ofShared;
          const pieces = explanation.output.available ? explanation.output.pieces : [];
          expect(pieces.map((piece) => piece.text).join('')).toBe(output);
        },
      ),
      { numRuns: 300 },
    );
    // Only version 2 knows what several brought.
    if (version === 1) expect(sharedTotal).toBe(0);
    else expect(sharedTotal).toBeGreaterThan(0);
  },
);

test('a contribution that was voided after the claim did count in it', () => {
  const voided = { stage: 'void', datanet: 1, acceptance: 2, voidedAt: toHeight(30n) } as const;
  const eligible = new Map([[1, 3]]);
  expect(standingOf(voided, eligible, toHeight(29n))).toEqual({ type: 'eligible' });
  // The chain holds a claim against the state before its block.
  expect(standingOf(voided, eligible, toHeight(30n))).toEqual({ type: 'eligible' });
  expect(standingOf(voided, eligible, toHeight(31n))).toEqual({ type: 'void', height: '30' });
  expect(standingOf(voided, eligible, undefined)).toEqual({ type: 'void', height: '30' });
  const accepted = { ...voided, stage: 'accepted', voidedAt: null } as const;
  expect(standingOf(accepted, eligible, undefined)).toEqual({ type: 'eligible' });
  expect(standingOf({ ...accepted, acceptance: 3 }, eligible, undefined)).toEqual({
    type: 'later',
    number: 4,
    pinned: 3,
  });
  expect(standingOf({ ...accepted, datanet: 2 }, eligible, undefined)).toEqual({ type: 'datanet' });
});

/** A claim of the same runs by which the words of [from, to) bear 24 bits each and all others 8. */
const inflated =
  (from: number, to: number) =>
  (claim: Claim): Claim => {
    const end = claim.matches.reduce((last, match) => Math.max(last, match.end), 0);
    const before = (border: number): number => {
      const inside = Math.max(0, Math.min(border, to) - from);
      return 256 * (24 * inside + 8 * (border - inside));
    };
    return { ...claim, info: bordersOf(claim, end).map(before) };
  };

describe('a claim whose sums are not those of the answer', () => {
  const scene: Scene = {
    output: `${words(0, 12)} ${words(100, 112)}`,
    contributions: [[words(0, 12)], [words(100, 112)]],
  };

  test('does not agree with the texts, though each word has its owner', () => {
    const right = searched(scene);
    expect(tracingIn(right)).toMatchObject({ agrees: true, disagreements: [] });
    expect(right.gaps).toEqual([]);
    const { tracing, gaps, contributors } = searched({ ...scene, claimed: inflated(12, 24) });
    expect(contributors.map(({ score }) => score)).toEqual([12 * 8 * 256, 12 * 24 * 256]);
    expect(tracing).toMatchObject({ agrees: false, disagreements: ['information'] });
    expect(gaps).toEqual([
      expect.stringMatching(
        /^The claim says that words of this answer bear more or less information than they do/,
      ),
    ]);
  });

  test('does not agree whatever texts are missing', () => {
    const { tracing } = searched({ ...scene, claimed: inflated(12, 24) }, { missing: [2] });
    expect(tracing).toMatchObject({ agrees: false, disagreements: ['information'] });
  });

  test('is told from one that gives words to others than the texts do', () => {
    const { tracing, gaps } = searched({
      ...scene,
      claimed: ({ matches }) => ({ matches: matches.slice(1), shared: [] }),
    });
    expect(tracing).toMatchObject({ agrees: false, disagreements: ['owners'] });
    expect(gaps).toEqual([expect.stringMatching(/^The claim does not give each word to whom the texts say/)]);
  });
});
