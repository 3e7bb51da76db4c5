/** Words that several owners brought independently: nobody owns them, and the explanation says who brought them, and why. */
import { afterEach, expect, test, vi } from 'vitest';
import type { Explanation } from '../../../../src/cli/explain/explanation.ts';
import { renderHtml } from '../../../../src/cli/explain/html.ts';
import { askedSentence, barsOf, partSentence } from '../../../../src/cli/explain/reasons.ts';
import { renderTerminal } from '../../../../src/cli/explain/terminal.ts';
import { invariant } from '../../../../src/lib/errors.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { type Scene, type SearchScene, searched, words } from './scene.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const NAMES = new Map([
  ['1', 'carol'],
  ['2', 'dave'],
]);
const nameOf = (account: string): string | undefined => NAMES.get(account.slice(-1));

const BOTH = words(0, 20);
const OWN = words(50, 65);
/** Contribution 2 was committed at height 4. */
const SCENE: Scene = {
  output: `so ${BOTH} and ${OWN}`,
  contributions: [[`x ${BOTH} y`, `z ${OWN}`], [`u v ${BOTH}`], [BOTH]],
  reveals: { 1: 4n },
};
const INDEPENDENT =
  'contribution 2 was committed in block 4, no later than the reveal of contribution 1 in block 4';
const NOBODYS = `nobody’s: brought independently by carol (contribution 1) and dave (contribution 2); ${INDEPENDENT}`;

const tracingIn = ({ tracing }: Explanation) => {
  invariant(tracing?.available === true, 'the texts were searched');
  return tracing;
};

const askedIn = (scene: Scene, search: SearchScene & { readonly asked: number }) => {
  const explanation = searched(scene, search, nameOf);
  const { asked, status, coverage } = explanation;
  invariant(asked !== undefined, 'a contribution was asked about');
  const bars = barsOf(explanation);
  return {
    type: asked.verdict.type,
    sentence: askedSentence(asked, bars, {
      status,
      isSettled: coverage !== undefined,
      noveltyBps: 0,
      reason: '',
    }),
    parts: asked.parts.map((part) => [part.start, part.end, part.fate.type]),
    sentences: asked.parts.map((part) => partSentence(part, bars)),
  };
};

test('they are shown with their mark, who brought them, and where', () => {
  const { output, shared, spans, coverage, contributors, money, chain } = searched(SCENE, {}, nameOf);
  expect(output.available && output.pieces.map(({ type }) => type)).toEqual([
    'plain',
    'shared',
    'plain',
    'span',
  ]);
  expect(output.available && output.pieces[1]).toEqual({ type: 'shared', text: BOTH, shared: 0 });
  expect(shared).toMatchObject([
    {
      start: 1,
      end: 21,
      score: coverage?.shared,
      first: {
        contribution: 1,
        name: 'carol',
        committedAt: '2',
        revealedAt: '4',
        sources: [{ item: 0, pos: 1, excerpt: { text: BOTH, same: true } }],
      },
      second: {
        contribution: 2,
        name: 'dave',
        committedAt: '4',
        revealedAt: '5',
        sources: [{ item: 0, pos: 2, excerpt: { text: BOTH, same: true } }],
      },
    },
  ]);
  expect(spans.map(({ start, end }) => [start, end])).toEqual([[22, 37]]);
  expect(contributors.map(({ contribution }) => contribution)).toEqual([1]);
  expect(money.shared).toBeGreaterThan(0n);
  const brought = chain.filter(({ what }) => /contribution \d committed/.test(what));
  expect(brought.map(({ what, height }) => [/\d/.exec(what)?.[0], height])).toEqual([
    ['1', '2'],
    ['2', '4'],
  ]);
});

test('both views show them', () => {
  vi.stubEnv('FORCE_COLOR', '0');
  const explanation = searched(SCENE, { asked: 2 }, nameOf);
  const terminal = renderTerminal(explanation, 100).replace(/\s+/g, ' ');
  for (const text of [`⟦[=1]│${BOTH}⟧`, `[=1] ${NOBODYS}.`, 'of D, to the treasury', 'brought by several ─'])
    expect(terminal).toContain(text);
  const html = renderHtml(explanation);
  for (const text of ['href="#n0"', 'id="n0"', 'shared-fill', NOBODYS, 'of D, to the treasury'])
    expect(html).toContain(text);
  const unpaid = { ...SCENE, output: BOTH };
  for (const text of [renderTerminal(searched(unpaid), 100), renderHtml(searched(unpaid))])
    expect(text.replace(/\s+/g, ' ')).toContain('Nobody is paid for words of this answer: those that match');
});

test('of each contribution that holds them it is said why nobody is paid for them', () => {
  const first = askedIn(SCENE, { asked: 1 });
  expect(first).toMatchObject({
    type: 'credited',
    parts: [
      [1, 21, 'shared'],
      [22, 37, 'credited'],
    ],
  });
  expect(first.sentences[0]).toContain(NOBODYS);
  const alone = { ...SCENE, output: BOTH };
  expect(askedIn(alone, { asked: 1 }).sentence).toBe(
    `Its words in this answer are nobody’s, because dave (contribution 2) brought them too, independently: ${INDEPENDENT}. Nobody is paid for them.`,
  );
  const second = askedIn(SCENE, { asked: 2 });
  expect(second).toMatchObject({ type: 'shared', parts: [[1, 21, 'shared']] });
  expect(second.sentence).toBe(
    `Its words in this answer are nobody’s, because carol (contribution 1) brought them first, and this contribution brought them independently: ${INDEPENDENT}. Nobody is paid for them.`,
  );
  expect(askedIn(SCENE, { asked: 3 }).sentence).toMatch(
    /because carol \(contribution 1\) and dave \(contribution 2\) brought them independently/,
  );
});

test('they are the owner’s, if nobody of another owner was committed before its reveal', () => {
  for (const scene of [
    { ...SCENE, reveals: { 1: 3n } },
    { ...SCENE, owners: { 2: 1, 3: 1 } },
  ] satisfies readonly Scene[]) {
    const explanation = searched(scene);
    expect(explanation.shared).toEqual([]);
    expect(tracingIn(explanation).agrees).toBe(true);
    expect(askedIn(scene, { asked: 2 }).type).toBe('other');
  }
});

test('they are nobody’s before anybody has settled the receipt, once there is a bar', () => {
  const scene: Scene = { ...SCENE, status: { type: 'open', deadline: '215' } };
  const { uncredited } = tracingIn(searched(scene, {}, nameOf));
  expect(uncredited.map(({ start, end, reason, others }) => [start, end, reason.type, others])).toEqual([
    [1, 21, 'shared', [2, 3]],
    [22, 37, 'unsettled', []],
  ]);
  expect(uncredited[0]?.reason).toMatchObject({ first: { contribution: 1 }, second: { contribution: 2 } });
  expect(askedIn(scene, { asked: 2 }).type).toBe('shared');
  expect(askedIn(scene, { asked: 1 }).parts.map(([, , type]) => type)).toEqual(['shared', 'unsettled']);
  const early: Scene = { ...scene, standing: { type: 'drawn' } };
  expect(tracingIn(searched(early)).uncredited.map(({ reason }) => reason.type)).toEqual([
    'uncalibrated',
    'uncalibrated',
  ]);
});

test('they are cut where somebody else is the second, or nobody', () => {
  const { shared, spans } = searched({
    output: words(0, 60),
    contributions: [[words(0, 60)], [words(0, 20)], [words(15, 40)]],
    reveals: { 1: 9n },
  });
  expect(shared.map(({ start, end, second }) => [start, end, second.contribution])).toEqual([
    [0, 20, 2],
    [20, 40, 3],
  ]);
  expect(spans.map(({ start, end }) => [start, end])).toEqual([[40, 60]]);
});

test('of several that brought them beside the first, one is named: that of the least number', () => {
  const { shared } = searched({
    ...SCENE,
    output: BOTH,
    claimed: ({ matches, shared: runs }) => ({
      matches,
      shared: [...runs, ...runs.map((run) => ({ ...run, contribution: 3, pos: 0 }))],
    }),
  });
  expect(shared.map(({ second }) => second.contribution)).toEqual([2]);
});

test('a shared run says nothing of words that its match does not own', () => {
  const { shared } = searched({
    output: words(0, 30),
    contributions: [[words(0, 20)], [words(5, 30)], [words(5, 30)], [words(0, 20)]],
    reveals: { 1: 9n, 2: 9n },
    claimed: () => ({
      matches: [
        { start: 0, end: 20, contribution: 1, item: 0, pos: 0 },
        { start: 5, end: 30, contribution: 2, item: 0, pos: 0 },
      ],
      shared: [
        { match: 0, start: 0, end: 20, contribution: 4, item: 0, pos: 0 },
        { match: 1, start: 5, end: 30, contribution: 3, item: 0, pos: 0 },
      ],
    }),
  });
  expect(
    shared.map(({ start, end, first, second }) => [start, end, first.contribution, second.contribution]),
  ).toEqual([
    [0, 20, 1, 4],
    [20, 30, 2, 3],
  ]);
});

test('runs that bear the bits only over more words than a shared run may have are their owner’s', () => {
  // A word bears nothing where it equals one of the seven before it.
  const long = `${words(0, 3)} ${'of '.repeat(150)}${words(10, 13)}`;
  const explanation = searched({ output: long, contributions: [[long], [long]], reveals: { 1: 9n } });
  expect(explanation.shared).toEqual([]);
  expect(explanation.coverage?.covered).toBeGreaterThan(0);
  expect(tracingIn(explanation).agrees).toBe(true);
});

test('a commons comes first, whatever its number', () => {
  const scene: Scene = { output: BOTH, contributions: [[BOTH], [BOTH]], commons: [2], reveals: { 1: 9n } };
  const explanation = searched(scene, { asked: 1 });
  expect(explanation.shared).toEqual([]);
  expect(tracingIn(explanation).agrees).toBe(true);
  expect(askedIn(scene, { asked: 1 })).toMatchObject({ type: 'other', parts: [[0, 20, 'other']] });
  vi.stubEnv('FORCE_COLOR', '0');
  expect(renderTerminal(explanation, 100).replace(/\s+/g, ' ')).toMatch(
    /also stand in contribution 1 \([^)]*\): a commons owns them/,
  );
});

/** A claim that says of all matches that contribution 2 holds them too. */
const allShared = ({ matches }: Claim): Pick<Claim, 'matches' | 'shared'> => ({
  matches,
  shared: matches.map(({ start, end }, match) => ({ match, start, end, contribution: 2, item: 0, pos: 0 })),
});

test('a claim that leaves them out does not agree, whether it credits them or not', () => {
  const credited = searched({ ...SCENE, claimed: ({ matches }) => ({ matches, shared: [] }) });
  expect(tracingIn(credited)).toMatchObject({ agrees: false, uncredited: [] });
  expect(credited.gaps.join()).toMatch(/does not give each word to whom the texts say/);
  const none: Scene = {
    ...SCENE,
    claimed: ({ matches }) => ({ matches: matches.filter(({ start }) => start > 20), shared: [] }),
  };
  const { agrees, uncredited } = tracingIn(searched(none));
  expect(agrees).toBe(false);
  expect(uncredited.map(({ start, end, reason }) => [start, end, reason.type])).toEqual([[1, 21, 'shared']]);
  for (const asked of [1, 2]) expect(askedIn(none, { asked }).parts[0]).toEqual([1, 21, 'shared']);
});

test('a claim that has one too many does not agree, and the words are due to their owner', () => {
  const scene: Scene = { ...SCENE, claimed: allShared };
  const explanation = searched(scene);
  const { agrees, uncredited, held, nowhere } = tracingIn(explanation);
  expect(agrees).toBe(false);
  expect(uncredited.map(({ start, end, reason }) => [start, end, reason.type])).toEqual([
    [22, 37, 'unclaimed'],
  ]);
  expect([held, nowhere]).toEqual([0, explanation.coverage?.unexplained]);
  expect(explanation.output.available && explanation.output.pieces.at(-1)).toEqual({
    type: 'shared',
    text: OWN,
    shared: 1,
    uncredited: 0,
  });
  expect(askedIn(scene, { asked: 1 })).toMatchObject({
    type: 'unclaimed',
    parts: [
      [1, 21, 'shared'],
      [22, 37, 'unclaimed'],
    ],
  });
  vi.stubEnv('FORCE_COLOR', '0');
  expect(renderTerminal(explanation, 100).replace(/\s+/g, ' ')).toContain(`⟦[=2][a]│${OWN}⟧`);
  expect(renderHtml(explanation)).toMatch(/<sup>\[=2\]<\/sup><\/a><sup><a href="#u0">/);
});

test('of what a missing text could have, nothing is concluded', () => {
  const missing = searched({ ...SCENE, contributions: [[`x ${BOTH} y`, OWN], [BOTH]] }, { missing: [2] });
  expect(tracingIn(missing).agrees).toBeNull();
  const many: Scene = { ...SCENE, claimed: allShared };
  expect(tracingIn(searched(many, { missing: [2] })).agrees).toBeNull();
  expect(askedIn(many, { asked: 1, missing: [2] })).toMatchObject({
    type: 'shared',
    parts: [
      [1, 21, 'shared'],
      [22, 37, 'shared'],
    ],
  });
  // Two who hold the words are enough, whatever else is missing.
  const few: Scene = { ...SCENE, claimed: ({ matches }) => ({ matches, shared: [] }) };
  expect(tracingIn(searched(few, { missing: [3] })).agrees).toBe(false);
});
