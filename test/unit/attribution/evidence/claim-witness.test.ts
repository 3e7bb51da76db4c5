import { describe, expect, test } from 'vitest';
import { proveNoItem, type TextEvidence } from '../../../../src/attribution/evidence/chunks.ts';
import { toHeight } from '../../../../src/lib/brands.ts';
import type { ContributionId } from '../../../../src/lib/ids.ts';
import { bordersOf } from '../../../../state/attribution/borders.ts';
import type { Claim, Echo, Match, Shared } from '../../../../state/attribution/claim.ts';
import { OUTPUT_TOKENS_MAX, PROMPT_TOKENS_MAX } from '../../../../state/attribution/parameters.ts';
import { RULES_VERSIONS, rulesOf } from '../../../../state/attribution/rules.ts';
import type { Brought } from '../../../../state/attribution/shared.ts';
import { judgeClaim } from '../../../../state/attribution/witness/claim.ts';
import type { ClaimSubject } from '../../../../state/attribution/witness/subject.ts';
import type {
  BetterWitness,
  EchoWitness,
  SharedWitness,
  Witness,
} from '../../../../state/attribution/witness/types.ts';
import {
  accountOf,
  bitsOf,
  contributionOf,
  rules,
  spoiltItem,
  spoiltText,
  table,
  textOf,
  wordsOf,
} from './texts.ts';

/** Output tokens 50 to 80, over the border of a chunk, stand in items of contributions 3 and 5 from token 40 on. */
const held = wordsOf(30, 'held');
const outputText = `${wordsOf(50, 'out')} ${held} ${wordsOf(60, 'end')}`;
/** And tokens 100 to 112 in the prompt from token 60 on. */
const echoed = outputText.split(' ').slice(100, 112).join(' ');
const promptText = `${wordsOf(60, 'ask')} ${echoed} ${wordsOf(4, 'last')}`;
const output = textOf(outputText, OUTPUT_TOKENS_MAX);
const prompt = textOf(promptText, PROMPT_TOKENS_MAX);
const contributions = new Map([
  [3, contributionOf([wordsOf(9), `${wordsOf(40, 'a')} ${held} ${wordsOf(9, 'b')}`])],
  [5, contributionOf([wordsOf(9), `${wordsOf(40, 'c')} ${held} ${wordsOf(9, 'd')}`])],
  [7, contributionOf([wordsOf(9), `${wordsOf(40, 'e')} ${held}`])],
]);
const itemOf = (contribution: ContributionId, item = 1): TextEvidence =>
  contributions.get(contribution)?.item(item) ?? expect.fail(`no contribution ${contribution}`);

/** As if any of them may be drawn on. */
const committed = (contribution: ContributionId) => {
  const { root, items } = contributions.get(contribution) ?? expect.fail(`no contribution ${contribution}`);
  return { contribution, root, items, passages: undefined };
};

const bits = bitsOf(outputText);
const informationIn = (start: number, end: number): number =>
  bits.subarray(start, end).reduce((sum, each) => sum + each, 0);

const claimOf = (x: readonly Echo[], matches: readonly Match[]): Claim => ({
  x,
  matches,
  shared: [],
  info: bordersOf({ x, matches, shared: [] }, bits.length).map((border) => informationIn(0, border)),
});

const echo: Echo = { start: 100, end: 112, place: 60 };
const match: Match = { start: 50, end: 80, contribution: 3, item: 1, pos: 40 };
const honest = claimOf([echo], [match]);

const subjectOf = (claim: Claim, change: Partial<ClaimSubject> = {}): ClaimSubject => ({
  claim,
  output: output.committed,
  prompt: prompt.committed,
  matchBitsMin: 96,
  parameters: { matchTokensMin: 8, matchTokensMax: 256, promptMin: 8 },
  rules,
  table,
  source: (contribution) => (contribution === 3 || contribution === 5 ? committed(contribution) : undefined),
  commons: new Set(),
  brought: () => undefined,
  relevance: undefined,
  calibration: undefined,
  ...change,
});

/** What falls and why, or why nothing does. */
const judged = (claim: Claim, witness: Witness, change: Partial<ClaimSubject> = {}): string => {
  const verdict = judgeClaim(subjectOf(claim, change), witness);
  return verdict.ok ? `${verdict.value.type} ${verdict.value.reason}` : verdict.fault.code;
};

const better = (change: Partial<BetterWitness> = {}): Witness => {
  const { start = 50, end = 80, contribution = 3, pos = 40 } = change;
  return {
    type: 'better',
    value: {
      position: start,
      start,
      end,
      contribution,
      item: 1,
      pos,
      output: output.open(Math.max(0, start - rules.context), end),
      source: itemOf(contribution).open(pos, pos + end - start),
      outputPassages: undefined,
      sourcePassages: undefined,
      ...change,
    },
  };
};

/** Contribution 3 is alice's, revealed at height 9; 5 is bob's, committed at that height. */
const people = (change: Partial<Record<number, Partial<Brought>>> = {}): ClaimSubject['brought'] => {
  const all: ReadonlyMap<number, Brought> = new Map([
    [3, { owner: accountOf(1), commit: toHeight(4n), reveal: toHeight(9n) }],
    [5, { owner: accountOf(2), commit: toHeight(9n), reveal: toHeight(20n) }],
  ]);
  return (contribution) => {
    const brought = all.get(contribution);
    return brought && { ...brought, ...change[contribution] };
  };
};

describe('SHARED', () => {
  const shared = (change: Partial<SharedWitness> = {}): Witness => {
    const { start = 50, end = 80, contribution = 5, ownPos = 40, pos = 40 } = change;
    return {
      type: 'shared',
      value: {
        position: start,
        start,
        end,
        ownItem: 1,
        ownPos,
        contribution,
        item: 1,
        pos,
        output: output.open(Math.max(0, start - rules.context), end),
        own: itemOf(3).open(ownPos, ownPos + end - start),
        source: itemOf(contribution).open(pos, pos + end - start),
        outputPassages: undefined,
        ownPassages: undefined,
        sourcePassages: undefined,
        ...change,
      },
    };
  };
  const told = (claim: Claim, witness: Witness, change: Partial<ClaimSubject> = {}): string =>
    judged(claim, witness, { brought: people(), ...change });
  const run: Shared = { match: 0, start: 55, end: 75, contribution: 5, item: 1, pos: 45 };
  const shown: Claim = {
    ...honest,
    shared: [run],
    info: bordersOf({ ...honest, shared: [run] }, bits.length).map((border) => informationIn(0, border)),
  };

  test('refutes a position that its owner did not bring alone', () => {
    expect(told(honest, shared())).toBe('claim SHARED');
    expect(told(honest, shared({ position: 79 }))).toBe('claim SHARED');
    expect(told(shown, shared({ position: 54 }))).toBe('claim SHARED');
    expect(told(shown, shared({ position: 75 }))).toBe('claim SHARED');
  });

  test('refutes nothing that is shown as shared, or claimed for nobody, or echoed', () => {
    expect(told(shown, shared({ position: 55 }))).toBe('WITNESS_HOLDS');
    expect(told(shown, shared({ position: 74 }))).toBe('WITNESS_HOLDS');
    expect(told(claimOf([echo], []), shared())).toBe('WITNESS_UNCLAIMED');
    expect(told(claimOf([{ start: 45, end: 60, place: 0 }], [match]), shared())).toBe('WITNESS_ECHOED');
    // A run whose match is of another contribution shows nothing of this one's positions.
    const other = { ...match, start: 60, pos: 50, contribution: 5 };
    const beside = { ...shown, matches: [match, other], shared: [{ ...run, match: 1, start: 62 }] };
    expect(told(beside, shared({ position: 65 }))).toBe('claim SHARED');
  });

  test('needs two owners, and a commit no later than the reveal of the first', () => {
    const late = people({ 5: { commit: toHeight(10n) } });
    expect(told(honest, shared(), { brought: late })).toBe('WITNESS_DEPENDENT');
    const same = people({ 5: { owner: accountOf(1) } });
    expect(told(honest, shared(), { brought: same })).toBe('WITNESS_DEPENDENT');
    expect(told(honest, shared(), { brought: () => undefined })).toBe('WITNESS_DEPENDENT');
    expect(told(honest, shared({ contribution: 7 }))).toBe('WITNESS_INELIGIBLE');
  });

  test('shows the same tokens on all three sides, and enough of them', () => {
    expect(told(honest, shared({ pos: 41, source: itemOf(5).open(41, 71) }))).toBe('WITNESS_DIFFERS');
    expect(told(honest, shared({ ownPos: 41, own: itemOf(3).open(41, 71) }))).toBe('WITNESS_DIFFERS');
    expect(told(honest, shared({ own: itemOf(5).open(40, 70) }))).toBe('WITNESS_ROOT');
    expect(told(honest, shared({ source: itemOf(3).open(40, 70) }))).toBe('WITNESS_ROOT');
    expect(told(honest, shared({ output: output.open(50, 64) }))).toBe('WITNESS_NOT_OPENED');
    expect(told(honest, shared({ end: 57 }))).toBe('WITNESS_WINDOW');
    expect(told(honest, shared({ position: 80 }))).toBe('WITNESS_WINDOW');
    expect(told(honest, shared({ position: 49 }))).toBe('WITNESS_WINDOW');
    const bearing = informationIn(50, 80) >> 8;
    expect(told(honest, shared(), { matchBitsMin: bearing })).toBe('claim SHARED');
    expect(told(honest, shared(), { matchBitsMin: bearing + 1 })).toBe('WITNESS_INFORMATION');
    // What is echoed does not count.
    const partly = claimOf([{ start: 50, end: 60, place: 0 }], [match]);
    const outside = informationIn(60, 80) >> 8;
    expect(told(partly, shared({ position: 70 }), { matchBitsMin: outside })).toBe('claim SHARED');
    expect(told(partly, shared({ position: 70 }), { matchBitsMin: outside + 1 })).toBe('WITNESS_INFORMATION');
  });

  test('is for receipts of rules that know shared runs, and no longer than they are', () => {
    expect(told(honest, shared(), { rules: rulesOf(1) })).toBe('WITNESS_KIND');
    const parameters = { matchTokensMin: 8, matchTokensMax: 30, promptMin: 8 };
    expect(told(honest, shared(), { parameters })).toBe('claim SHARED');
    expect(told(honest, shared(), { parameters: { ...parameters, matchTokensMax: 29 } })).toBe(
      'WITNESS_WINDOW',
    );
  });

  test('falls by a token that differs from the second contribution: INVALID', () => {
    const invalid = (at: number, place: number): Witness => ({
      type: 'invalid',
      value: {
        part: 'shared',
        index: 0,
        at,
        text: output.open(55 + at, 56 + at),
        source: itemOf(5).open(place, place + 1),
      },
    });
    expect(told(shown, invalid(3, 48))).toBe('WITNESS_HOLDS');
    const moved = { ...shown, shared: [{ ...run, pos: 46 }] };
    expect(told(moved, invalid(3, 49))).toBe('claim INVALID_SHARED');
    expect(told(honest, invalid(3, 48))).toBe('WITNESS_INDEX');
    expect(told(shown, invalid(20, 65))).toBe('WITNESS_INDEX');
  });
});

describe('commons', () => {
  const commons = new Set([5]);

  test('come before all contributions in version 2, and by their id in version 1', () => {
    expect(judged(honest, better({ contribution: 5 }), { commons })).toBe('claim BETTER_EARLIER');
    expect(judged(honest, better({ contribution: 5 }), { commons, rules: rulesOf(1) })).toBe('WITNESS_LATER');
    const theirs = claimOf([echo], [{ ...match, contribution: 5 }]);
    expect(judged(theirs, better(), { commons })).toBe('WITNESS_LATER');
    expect(judged(theirs, better(), { commons, rules: rulesOf(1) })).toBe('claim BETTER_EARLIER');
  });
});

describe('BETTER', () => {
  const late = claimOf([echo], [{ ...match, contribution: 5 }]);
  const none = claimOf([echo], []);

  test('refutes a position that is claimed for a later contribution, or for none', () => {
    expect(judged(late, better())).toBe('claim BETTER_EARLIER');
    expect(judged(none, better())).toBe('claim BETTER_UNCLAIMED');
    expect(judged(none, better({ contribution: 5 }))).toBe('claim BETTER_UNCLAIMED');
  });

  test('refutes nothing by the same contribution or a later one', () => {
    expect(judged(honest, better())).toBe('WITNESS_LATER');
    expect(judged(honest, better({ contribution: 5 }))).toBe('WITNESS_LATER');
    expect(judged(late, better({ contribution: 5 }))).toBe('WITNESS_LATER');
  });

  test('goes by the least that is claimed over the position, of whatever covers it', () => {
    const both = claimOf(
      [],
      [
        { ...match, end: 70 },
        { ...match, start: 60, pos: 50, contribution: 7 },
      ],
    );
    expect(judged(both, better({ contribution: 5, position: 65 }))).toBe('WITNESS_LATER');
    expect(judged(both, better({ contribution: 5, position: 70 }))).toBe('claim BETTER_EARLIER');
    const reversed = { ...both, matches: both.matches.toReversed() };
    expect(judged(reversed, better({ contribution: 5, position: 65 }))).toBe('WITNESS_LATER');
  });

  test('needs the least of tokens that a match has, and takes just those', () => {
    const any = { matchBitsMin: 0 };
    expect(judged(none, better({ start: 60, end: 68, pos: 50 }), any)).toBe('claim BETTER_UNCLAIMED');
    expect(judged(none, better({ start: 60, end: 67, pos: 50 }), any)).toBe('WITNESS_WINDOW');
    expect(judged(none, better({ start: 60, end: 60, pos: 50, position: 60 }), any)).toBe('WITNESS_WINDOW');
    expect(judged(none, better({ start: 60, end: 50, pos: 50, output: output.open(50, 60) }), any)).toBe(
      'WITNESS_WINDOW',
    );
    const parameters = { matchTokensMin: 8, matchTokensMax: 12, promptMin: 8 };
    expect(judged(none, better({ start: 60, end: 72, pos: 50 }), { parameters })).toBe(
      'claim BETTER_UNCLAIMED',
    );
    expect(judged(none, better({ start: 60, end: 73, pos: 50 }), { parameters })).toBe('WITNESS_WINDOW');
  });

  test('needs the least of information, outside of what is claimed to be echoed, and takes just that', () => {
    const within = claimOf([{ start: 55, end: 70, place: 0 }], []);
    for (const [claim, information] of [
      [none, informationIn(50, 80)],
      [within, informationIn(50, 55) + informationIn(70, 80)],
    ] as const) {
      const whole = Math.floor(information / 256);
      expect(judged(claim, better(), { matchBitsMin: whole })).toBe('claim BETTER_UNCLAIMED');
      expect(judged(claim, better(), { matchBitsMin: whole + 1 })).toBe('WITNESS_INFORMATION');
    }
  });

  test('is about a position of the window that is not echoed', () => {
    expect(judged(none, better({ position: 79 }))).toBe('claim BETTER_UNCLAIMED');
    expect(judged(none, better({ position: 80 }))).toBe('WITNESS_WINDOW');
    expect(judged(none, better({ position: 49 }))).toBe('WITNESS_WINDOW');
    const within = claimOf([{ start: 55, end: 70, place: 0 }], []);
    expect(judged(within, better({ position: 55 }))).toBe('WITNESS_ECHOED');
    expect(judged(within, better({ position: 70 }))).toBe('claim BETTER_UNCLAIMED');
  });

  test('shows every token of the window, on both sides, and the same ones', () => {
    expect(judged(none, better({ output: output.open(50, 64) }))).toBe('WITNESS_NOT_OPENED');
    expect(judged(none, better({ source: itemOf(3).open(64, 70) }))).toBe('WITNESS_NOT_OPENED');
    expect(judged(none, better({ pos: 41, source: itemOf(3).open(40, 71) }))).toBe('WITNESS_DIFFERS');
    expect(judged(none, better({ start: 50, end: 81 }))).toBe('WITNESS_DIFFERS');
    // The last item ends with the words: nothing stands past its end.
    const past = better({ contribution: 7, start: 50, end: 81, source: itemOf(7).open(40, 70) });
    const source = committed;
    expect(judged(none, past, { source })).toBe('WITNESS_NOT_OPENED');
  });

  test('is of a contribution that the claim may draw on, and of the item that is named', () => {
    expect(judged(none, better({ contribution: 7, source: itemOf(7).open(40, 70) }))).toBe(
      'WITNESS_INELIGIBLE',
    );
    expect(judged(none, better({ source: itemOf(5).open(40, 70) }))).toBe('WITNESS_ROOT');
    expect(judged(none, better({ item: 0 }))).toBe('WITNESS_OPENING');
    expect(judged(none, better({ source: output.open(50, 80) }))).toBe('WITNESS_OPENING');
    expect(judged(none, better({ output: itemOf(3).open(40, 70) }))).toBe('WITNESS_OPENING');
    expect(judged(none, better({ output: prompt.open(0, 30) }))).toBe('WITNESS_ROOT');
  });

  test('of a receipt opens no passages', () => {
    const passages = { count: 0, first: 0, passages: [], branch: [] };
    expect(judged(none, better({ sourcePassages: passages }))).toBe('WITNESS_PASSAGES');
  });

  test('is no evidence if what it brings up is malformed, or miscounted', () => {
    const evil = spoiltItem(`${wordsOf(40, 'a')} ${held}`, () => ({ tokens: 200 }));
    const source = () => ({ contribution: 3, root: evil.root, items: 1, passages: undefined });
    expect(judged(none, better({ item: 0, source: evil.open(40, 70) }), { source })).toBe(
      'WITNESS_MALFORMED',
    );
    const long = spoiltItem(`${wordsOf(40, 'a')} ${held}`, () => ({ promptTokens: 71 }));
    const other = () => ({ contribution: 3, root: long.root, items: 1, passages: undefined });
    expect(judged(none, better({ item: 0, source: long.open(40, 70) }), { source: other })).toBe(
      'WITNESS_MALFORMED',
    );
    const two = (contribution: ContributionId) => ({ ...committed(contribution), items: 3 });
    expect(judged(none, better(), { source: two })).toBe('WITNESS_MALFORMED');
  });
});

describe('INVALID', () => {
  const invalid = (part: 'match' | 'echo', at: number, change: object = {}): Witness => {
    const run = part === 'match' ? { start: 50, place: 40 } : { start: 100, place: 60 };
    return {
      type: 'invalid',
      value: {
        part,
        index: 0,
        at,
        text: output.open(run.start + at, run.start + at + 1),
        source:
          part === 'match'
            ? itemOf(3).open(run.place + at, run.place + at + 1)
            : prompt.open(run.place + at, run.place + at + 1),
        ...change,
      },
    };
  };

  test('refutes a run that differs from its source somewhere', () => {
    const longer = claimOf([{ ...echo, end: 113 }], [{ ...match, end: 81 }]);
    expect(judged(longer, invalid('match', 30))).toBe('claim INVALID_MATCH');
    expect(judged(longer, invalid('echo', 12))).toBe('claim INVALID_ECHO');
    expect(judged(longer, invalid('match', 29))).toBe('WITNESS_HOLDS');
    expect(judged(longer, invalid('echo', 11))).toBe('WITNESS_HOLDS');
  });

  test('says nothing of what is past the run, or of a run that is not there', () => {
    expect(judged(honest, invalid('match', 30))).toBe('WITNESS_INDEX');
    expect(judged(honest, invalid('match', 0, { index: 1 }))).toBe('WITNESS_INDEX');
    expect(judged(honest, invalid('echo', 0, { index: 1 }))).toBe('WITNESS_INDEX');
    for (let at = 0; at < 30; at++) expect(judged(honest, invalid('match', at))).toBe('WITNESS_HOLDS');
  });

  test('refutes a match that runs past the end of its item, which is all that is opened', () => {
    // Item 1 of contribution 7 ends with the words.
    const source = committed;
    const past = claimOf([echo], [{ ...match, contribution: 7, end: 81 }]);
    const head = { text: output.open(0, 0), source: itemOf(7).open(0, 0) };
    expect(judged(past, invalid('match', 30, head), { source })).toBe('claim INVALID_MATCH');
    expect(judged(past, invalid('match', 29, head), { source })).toBe('WITNESS_NOT_OPENED');
    expect(judged(past, invalid('match', 29, { ...head, source: itemOf(7).open(69, 70) }), { source })).toBe(
      'WITNESS_NOT_OPENED',
    );
  });

  test('refutes a match with an item that its contribution has not', () => {
    const contribution = contributions.get(3) ?? expect.fail('no contribution 3');
    const cited = claimOf([echo], [{ ...match, item: 2 }]);
    const source = (contribution: ContributionId) => ({ ...committed(contribution), items: 3 });
    expect(judged(cited, invalid('match', 0, { source: proveNoItem(contribution, 2) }), { source })).toBe(
      'claim INVALID_MATCH',
    );
    expect(judged(honest, invalid('match', 0, { source: proveNoItem(contribution, 2) }), { source })).toBe(
      'WITNESS_OPENING',
    );
  });

  test('refutes a match with a malformed item, which nobody can have had whole', () => {
    const evil = spoiltItem(`${wordsOf(40, 'a')} ${held}`, (chunks) => ({
      chunks: chunks.map((chunk) => ({ ...chunk, tokens: chunk.tokens.subarray(0, -1) })),
    }));
    const source = () => ({ contribution: 3, root: evil.root, items: 1, passages: undefined });
    const cited = claimOf([echo], [{ ...match, item: 0 }]);
    expect(judged(cited, invalid('match', 0, { source: evil.open(40, 41) }), { source })).toBe(
      'claim INVALID_MATCH',
    );
  });

  test('does not punish an honest match for how many items its contribution says it has', () => {
    const source = (contribution: ContributionId) => ({ ...committed(contribution), items: 9 });
    for (let at = 0; at < 30; at++)
      expect(judged(honest, invalid('match', at), { source })).toBe('WITNESS_HOLDS');
  });
});

describe('ECHO', () => {
  const none = claimOf([], [match]);
  const echoOf = (change: Partial<EchoWitness> = {}): Witness => {
    const { start = 100, end = 112, place = 60 } = change;
    return {
      type: 'echo',
      value: {
        position: start,
        start,
        end,
        place,
        output: output.open(start, end),
        prompt: prompt.open(place, place + Math.max(0, end - start)),
        ...change,
      },
    };
  };

  test('refutes a position of the prompt that is left out, over the border of a chunk', () => {
    expect(judged(none, echoOf())).toBe('claim ECHO');
    expect(judged(none, echoOf({ start: 104, end: 112, place: 64 }))).toBe('claim ECHO');
    expect(judged(none, echoOf({ start: 100, end: 108 }))).toBe('claim ECHO');
    expect(judged(claimOf([{ ...echo, start: 101, place: 61 }], [match]), echoOf())).toBe('claim ECHO');
  });

  test('refutes nothing that is claimed, too short, different or not opened', () => {
    expect(judged(honest, echoOf())).toBe('WITNESS_ECHOED');
    expect(judged(none, echoOf({ start: 100, end: 107 }))).toBe('WITNESS_WINDOW');
    expect(judged(none, echoOf({ position: 112 }))).toBe('WITNESS_WINDOW');
    expect(judged(none, echoOf({ start: 101, end: 113, place: 61 }))).toBe('WITNESS_DIFFERS');
    expect(judged(none, echoOf({ output: output.open(0, 1) }))).toBe('WITNESS_NOT_OPENED');
    expect(judged(none, echoOf({ prompt: prompt.open(64, 70) }))).toBe('WITNESS_NOT_OPENED');
  });
});

describe('INFO', () => {
  const borders = bordersOf(honest, bits.length);
  const info = (border: number, change: object = {}): Witness => {
    const at = borders[border] ?? 0;
    const chunk = at - (at % 64);
    const opened =
      at === bits.length ? output.open(0, 0) : output.open(Math.max(0, chunk - rules.context), at + 1);
    return { type: 'info', value: { border, output: opened, passages: undefined, ...change } };
  };

  test('refutes every wrong sum, and no right one', () => {
    for (let border = 0; border < borders.length; border++) {
      expect(judged(honest, info(border))).toBe('WITNESS_HOLDS');
      for (const by of [1, -1, 4000]) {
        const wrong = { ...honest, info: honest.info.map((sum, i) => (i === border ? sum + by : sum)) };
        expect(judged(wrong, info(border))).toBe('claim INFO');
      }
    }
    expect(judged(honest, info(borders.length))).toBe('WITNESS_INDEX');
  });

  test('needs the chunk that the border is in, and takes one at its edge', () => {
    expect(judged(honest, info(0, { output: output.open(64, 70) }))).toBe('WITNESS_NOT_OPENED');
    const edge = claimOf([], [{ ...match, start: 64, pos: 54 }]);
    const witness: Witness = {
      type: 'info',
      value: { border: 0, output: output.open(64, 65), passages: undefined },
    };
    expect(judged(edge, witness)).toBe('WITNESS_HOLDS');
    expect(judged({ ...edge, info: [1, ...edge.info.slice(1)] }, witness)).toBe('claim INFO');
    // The chunk before does not hold its first position.
    const before: Witness = {
      type: 'info',
      value: { border: 0, output: output.open(0, 64), passages: undefined },
    };
    expect(judged(edge, before)).toBe('WITNESS_NOT_OPENED');
  });

  test('of an empty output has nothing to refute', () => {
    const empty = textOf('', OUTPUT_TOKENS_MAX);
    const change = { output: empty.committed };
    const witness: Witness = {
      type: 'info',
      value: { border: 0, output: empty.open(0, 0), passages: undefined },
    };
    expect(judged({ x: [], matches: [], shared: [], info: [0] }, witness, change)).toBe('WITNESS_HOLDS');
    expect(judged({ x: [], matches: [], shared: [], info: [1] }, witness, change)).toBe('claim INFO');
  });

  test('does not rely on a malformed output: that refutes the receipt', () => {
    const short = spoiltText(outputText, OUTPUT_TOKENS_MAX, ([first, ...rest]) => ({
      chunks: first === undefined ? [] : [{ ...first, tokens: first.tokens.subarray(0, 12) }, ...rest],
    }));
    const change = { output: short.committed };
    expect(judged(honest, info(0, { output: short.open(50, 51) }), change)).toBe('WITNESS_MALFORMED');
    const declared = { output: { ...output.committed, tokens: 141 } };
    expect(judged(honest, info(0), declared)).toBe('WITNESS_MALFORMED');
  });
});

/**
 * Output tokens 60 to 64 stand again as tokens 64 to 68, at the start of a chunk, and the words after them in
 * contribution 3 as well. So the first four tokens of the match bear nothing in version 2.
 */
describe.each(RULES_VERSIONS)('what a token of version %i bears', (version) => {
  const again = wordsOf(4, 'rep');
  const words = `${again} ${wordsOf(30, 'new')}`;
  const text = `${wordsOf(60, 'out')} ${again} ${words} ${wordsOf(40, 'end')}`;
  const repeating = textOf(text, OUTPUT_TOKENS_MAX, version);
  const source = contributionOf([`${wordsOf(9, 'a')} ${words}`]);
  const bitsHere = bitsOf(text, version);
  const sum = (start: number, end: number): number =>
    bitsHere.subarray(start, end).reduce((all, each) => all + each, 0);
  const isNew = version === 2;
  const judgedHere = (claim: Claim, witness: Witness, matchBitsMin = 96): string =>
    judged(claim, witness, {
      output: repeating.committed,
      rules: rulesOf(version),
      matchBitsMin,
      source: () => ({ contribution: 3, root: source.root, items: 1, passages: undefined }),
    });
  const claimed = (matches: readonly Match[]): Claim => ({
    x: [],
    matches,
    shared: [],
    info: bordersOf({ x: [], matches, shared: [] }, bitsHere.length).map((border) => sum(0, border)),
  });
  const betterFrom = (opened: number): Witness => ({
    type: 'better',
    value: {
      position: 80,
      start: 64,
      end: 98,
      contribution: 3,
      item: 0,
      pos: 9,
      output: repeating.open(opened, 98),
      source: source.item(0).open(9, 43),
      outputPassages: undefined,
      sourcePassages: undefined,
    },
  });

  test('is known only with the tokens before it, where it depends on those', () => {
    expect(Array.from(bitsHere.subarray(64, 68), (bits) => bits === 0)).toEqual(new Array(4).fill(isNew));
    expect(judgedHere(claimed([]), betterFrom(57))).toBe('claim BETTER_UNCLAIMED');
    expect(judgedHere(claimed([]), betterFrom(64))).toBe(
      isNew ? 'WITNESS_NOT_OPENED' : 'claim BETTER_UNCLAIMED',
    );
  });

  test('counts towards a better match with what repeats, and no bit more', () => {
    const whole = Math.floor(sum(64, 98) / 256);
    expect(judgedHere(claimed([]), betterFrom(57), whole)).toBe('claim BETTER_UNCLAIMED');
    expect(judgedHere(claimed([]), betterFrom(57), whole + 1)).toBe('WITNESS_INFORMATION');
    // It would be more if nobody looked at what is before.
    const alone = bitsOf(words, version).reduce((all, each) => all + each, 0);
    expect(alone > sum(64, 98)).toBe(isNew);
  });

  test('decides about the sum before a border, whose chunk is opened with the end of the one before', () => {
    const honestHere = claimed([{ start: 66, end: 98, contribution: 3, item: 0, pos: 11 }]);
    const infoFrom = (border: number, opened: number, end: number): Witness => ({
      type: 'info',
      value: { border, output: repeating.open(opened, end), passages: undefined },
    });
    const short = isNew ? 'WITNESS_NOT_OPENED' : 'WITNESS_HOLDS';
    for (const [border, at] of [
      [0, 66],
      [1, 98],
    ] as const) {
      expect(judgedHere(honestHere, infoFrom(border, 57, at + 1))).toBe('WITNESS_HOLDS');
      expect(judgedHere(honestHere, infoFrom(border, 64, at + 1))).toBe(short);
      const wrong = { ...honestHere, info: honestHere.info.map((each, i) => each + (i === border ? 1 : 0)) };
      expect(judgedHere(wrong, infoFrom(border, 57, at + 1))).toBe('claim INFO');
      expect(judgedHere(wrong, infoFrom(border, 64, at + 1))).toBe(
        isNew ? 'WITNESS_NOT_OPENED' : 'claim INFO',
      );
    }
    // A claim by the other version's rules is wrong by this one's.
    const other = bitsOf(text, version === 1 ? 2 : 1);
    const otherwise = {
      ...honestHere,
      info: bordersOf(honestHere, other.length).map((border) =>
        other.subarray(0, border).reduce((all, each) => all + each, 0),
      ),
    };
    expect(judgedHere(otherwise, infoFrom(0, 57, 67))).toBe('claim INFO');
  });

  test('is not looked at for a border at the start of a chunk', () => {
    const edge = claimed([{ start: 64, end: 98, contribution: 3, item: 0, pos: 9 }]);
    const witness: Witness = {
      type: 'info',
      value: { border: 0, output: repeating.open(64, 65), passages: undefined },
    };
    expect(judgedHere(edge, witness)).toBe('WITNESS_HOLDS');
    expect(judgedHere({ ...edge, info: [1, ...edge.info.slice(1)] }, witness)).toBe('claim INFO');
  });
});

describe('a witness against a claim', () => {
  test('is of no other kind', () => {
    const malformed: Witness = { type: 'malformed', value: { text: 'output', opening: output.open(0, 0) } };
    expect(judged(honest, malformed)).toBe('WITNESS_KIND');
    const demand: Witness = {
      type: 'demand',
      value: { text: 'output', contribution: 0, item: 0, first: 0, count: 3 },
    };
    expect(judged(honest, demand)).toBe('WITNESS_KIND');
    const passages = { count: 0, first: 0, passages: [], branch: [] };
    expect(
      judged(honest, { type: 'inert', value: { part: 'match', index: 0, at: 0, side: 'output', passages } }),
    ).toBe('WITNESS_KIND');
  });
});
