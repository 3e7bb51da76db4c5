import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorpusIndex } from '../../../src/attribution/corpus-index.ts';
import { Holders } from '../../../src/attribution/engine/holders.ts';
import { COMMONS, commonsAt } from '../../../src/attribution/engine/segment.ts';
import type { FirstHolders, Place } from '../../../src/attribution/first-holders.ts';
import { NOWHERE, type WindowList, WindowScan } from '../../../src/attribution/suffix-automaton.ts';
import { type Address, toHeight } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import type { Brought } from '../../../state/attribution/shared.ts';
import { oracleTokens } from '../../oracle/oracle.ts';
import { anyLongList, anyPatience, manyNumbers, type TextCase, textCase } from './cases.ts';
import { KEY, segmentOf, segmentsOf, textsOf, wordsOf } from './engine/support.ts';
import { tokensOf } from './support.ts';

type Contribution = {
  readonly texts: readonly string[];
  readonly tokens: readonly (readonly string[])[];
  readonly commons: boolean;
  /** Undefined if nothing is known of it. */
  readonly brought: Brought | undefined;
  readonly datanet: number;
  readonly cut: number;
  readonly eligible: boolean;
};

type World = {
  readonly given: TextCase;
  /** Random numbers by contribution, some of each kind. */
  readonly owners: readonly number[];
  readonly gaps: readonly number[];
  readonly delays: readonly number[];
  readonly kinds: readonly number[];
  readonly cuts: readonly number[];
  readonly shapes: readonly (readonly [ahead: number, tokens: number])[];
  readonly merged: boolean;
  readonly patience: number;
  /** The postings that a list of a segment may have without being long. */
  readonly longList: number;
};

const MANY = 24;

const worldOf = (size: number): fc.Arbitrary<World> =>
  fc.record({
    given: textCase(size),
    owners: manyNumbers(MANY, 2),
    gaps: manyNumbers(MANY, 2),
    delays: manyNumbers(MANY, 4),
    kinds: manyNumbers(MANY, 15),
    cuts: manyNumbers(MANY, 5),
    shapes: fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 8, max: 20 })), { minLength: 1, maxLength: 20 }),
    merged: fc.boolean(),
    patience: anyPatience,
    longList: anyLongList,
  });

const addressOf = (owner: number): Address => new Uint8Array(20).fill(owner + 1) as Address;

const contributionsOf = ({ given, owners, gaps, delays, kinds, cuts }: World): readonly Contribution[] => {
  // Contributions are copied, so that there are clones of each owner, and of one owner several.
  const corpus = [...given.corpus, ...given.corpus.toReversed(), ...given.corpus.slice(0, 2)].slice(0, MANY);
  let height = 5;
  return corpus.map((texts, i) => {
    height += gaps[i] ?? 0;
    const kind = kinds[i] ?? 0;
    const commons = kind === 0;
    return {
      texts,
      tokens: texts.map((text) => oracleTokens(text, given.version)),
      commons,
      brought:
        commons || kind === 1
          ? undefined
          : {
              owner: addressOf(owners[i] ?? 0),
              commit: toHeight(BigInt(height)),
              reveal: toHeight(BigInt(height + (delays[i] ?? 0))),
            },
      datanet: (cuts[i] ?? 0) % 2,
      cut: (cuts[i] ?? 0) >> 1,
      eligible: kind !== 2,
    };
  });
};

const windowsOf = ({ shapes, given }: World): { readonly list: WindowList; readonly words: string[][] } => {
  const output = oracleTokens(given.output, given.version);
  let start = 0;
  let end = 0;
  const windows: [number, number][] = [];
  for (const [ahead, tokens] of shapes) {
    start += ahead % 4;
    end = Math.max(end, start + tokens);
    if (end <= output.length) windows.push([start, end]);
  }
  return {
    list: {
      starts: Uint32Array.from(windows, ([from]) => from),
      ends: Uint32Array.from(windows, ([, to]) => to),
      count: windows.length,
    },
    words: windows.map(([from, to]) => output.slice(from, to)),
  };
};

const placeIn = (
  { tokens }: Contribution,
  contribution: number,
  window: readonly string[],
): Place | undefined => {
  for (const [item, text] of tokens.entries())
    for (let pos = 0; pos + window.length <= text.length; pos++)
      if (window.every((token, k) => text[pos + k] === token)) return { contribution, item, pos };
  return undefined;
};

type Pair = { readonly first: Place | undefined; readonly other: Place | undefined };

/** By looking at everything. */
const pairByHand = (window: readonly string[], contributions: readonly Contribution[]): Pair => {
  const held = contributions.flatMap((each, id) => {
    const place = each.eligible ? placeIn(each, id, window) : undefined;
    return place === undefined ? [] : [{ ...each, place }];
  });
  const first = held.find(({ commons }) => commons) ?? held[0];
  const brought = first?.brought;
  if (first === undefined || brought === undefined) return { first: first?.place, other: undefined };
  const other = held.find((each) => each.brought !== undefined && !equal(each.brought.owner, brought.owner));
  const isIndependent = (other?.brought?.commit ?? 0n) <= brought.reveal;
  return { first: first.place, other: isIndependent ? other?.place : undefined };
};

const pairsIn = <Q>(
  index: FirstHolders<Q>,
  { given }: World,
  { list, words }: ReturnType<typeof windowsOf>,
): Pair[] => {
  const query = index.prepare(tokensOf(given.output, given.version));
  const firsts = index.firsts(query, list);
  const others = index.others(query, list, firsts);
  const located = (place: number | undefined): Place | undefined =>
    place === undefined || place === NOWHERE ? undefined : index.locate(place);
  return words.map((word, i) => {
    const other = others[i] ?? NOWHERE;
    if (other !== NOWHERE)
      expect(index.extent(query, list.starts[i] ?? 0, other, word.length)).toBe(word.length);
    return { first: located(firsts[i]), other: located(other) };
  });
};

/** In memory everything is in its order, commons first. */
const inMemory = (
  contributions: readonly Contribution[],
  version: TextCase['version'],
  patience: number,
): { readonly index: CorpusIndex; readonly places: ReadonlyMap<number, number> } => {
  const index = new CorpusIndex(8, 1024, patience);
  const places = new Map<number, number>();
  const order = [...contributions.keys()].filter((id) => contributions[id]?.eligible);
  for (const id of order.toSorted(
    (a, b) => Number(contributions[b]?.commons) - Number(contributions[a]?.commons) || a - b,
  ))
    for (const [item, text] of contributions[id]?.texts.entries() ?? [])
      places.set(id, index.append(id, item, tokensOf(text, version), contributions[id]?.brought));
  return { index, places };
};

/** Every second commons was proposed. */
const placeOf = ({ commons }: Contribution, id: number): number => {
  if (!commons) return id;
  return id % 2 === 0 ? COMMONS : commonsAt(id);
};

const onDisk = (
  contributions: readonly Contribution[],
  { given, merged, patience, longList }: World,
): Holders => {
  const placed = contributions.map((each, id) => ({
    ...textsOf(id, placeOf(each, id), each.texts, given.version),
    brought: each.brought,
    datanet: each.datanet,
    cut: each.cut,
  }));
  const voided = new Set(contributions.flatMap(({ eligible }, id) => (eligible ? [] : [id])));
  return new Holders(
    KEY,
    segmentsOf(placed, { merged, longList }),
    {
      datanets: new Map([
        [0, MANY],
        [1, MANY],
      ]),
      voided,
      commonsFirst: true,
    },
    patience,
  );
};

const expectBoth = (world: World): void => {
  const contributions = contributionsOf(world);
  const windows = windowsOf(world);
  const expected = windows.words.map((window) => pairByHand(window, contributions));
  expect(pairsIn(onDisk(contributions, world), world, windows)).toEqual(expected);
  const { index } = inMemory(contributions, world.given.version, world.patience);
  expect(pairsIn(index, world, windows)).toEqual(expected);
};

/** Hides each owner in turn, of an index from which some tokens were taken for good. */
const expectWithoutEach = (world: World): void => {
  const contributions = contributionsOf(world);
  const windows = windowsOf(world);
  const { index, places } = inMemory(contributions, world.given.version, world.patience);
  const masked = contributions.map((each, id) => {
    const place = places.get(id);
    const last = each.tokens.length - 1;
    if (place === undefined || id % 3 > 0 || (each.tokens[last]?.length ?? 0) === 0) return each;
    index.mask(place, 0, 1);
    const tokens = each.tokens.map((text, item) => (item === last ? ['\0', ...text.slice(1)] : text));
    return { ...each, tokens };
  });
  index.forgetMasked();
  const expectOf = (eligible: (each: Contribution) => boolean): void => {
    const left = masked.map((each) => ({ ...each, eligible: each.eligible && eligible(each) }));
    expect(pairsIn(index, world, windows)).toEqual(windows.words.map((window) => pairByHand(window, left)));
  };
  for (const [id, place] of places) {
    const owner = contributions[id]?.brought?.owner;
    if (owner === undefined) continue;
    const restore = index.hideOwner(place);
    expectOf(({ brought }) => brought === undefined || !equal(brought.owner, owner));
    restore();
  }
  expectOf(() => true);
};

describe('the first holder, and the first of another owner', () => {
  test('are found by both indexes as by looking at everything', () => {
    fc.assert(fc.property(worldOf(40), expectBoth), { numRuns: 2500 });
  });

  test('are found in longer texts', () => {
    fc.assert(fc.property(worldOf(150), expectBoth), { numRuns: 400 });
  });

  test('are found without the texts of an owner, and without what is masked', () => {
    fc.assert(fc.property(worldOf(40), expectWithoutEach), { numRuns: 300 });
  });
});

describe('what one owner repeats', () => {
  const phrase = wordsOf(20, 1);
  const [first, second, third] = [0, 1, 2].map((owner) => ({
    owner: addressOf(owner),
    commit: toHeight(1n),
    reveal: toHeight(9n),
  }));
  const words = phrase.split(' ');
  const halves = `${words.slice(0, 14).join(' ')} or ${words.slice(6).join(' ')}`;
  const repeats = `${phrase} `.repeat(2000);
  // The second contribution holds every run of the phrase, but not all of it; then its first owner repeats it, in one
  // text and in many.
  const texts = [
    phrase,
    halves,
    repeats,
    ...Array.from({ length: 400 }, (_, i) => `${phrase} v${i}`),
    phrase,
  ];
  const broughtBy = (id: number): Brought | undefined =>
    id === 1 ? second : id === texts.length - 1 ? third : first;
  const windows: WindowList = {
    starts: Uint32Array.of(0, 0, 4),
    ends: Uint32Array.of(8, 20, 20),
    count: 3,
  };

  const expectFew = <Q>(index: FirstHolders<Q> & { readonly looks: number }, isSum: boolean): void => {
    const query = index.prepare(tokensOf(phrase));
    const firsts = index.firsts(query, windows);
    const before = isSum ? index.looks : 0;
    const others = index.others(query, windows, firsts);
    expect(Array.from(firsts, (place) => index.locate(place).contribution)).toEqual([0, 0, 0]);
    expect(Array.from(others, (place) => index.locate(place).contribution)).toEqual([
      1,
      texts.length - 1,
      texts.length - 1,
    ]);
    // For each window some looks, one for each time that another owner's text comes between, and as many in vain as are
    // taken together.
    expect(index.looks - before).toBeLessThan(350);
  };

  test('is not walked by the index in memory', () => {
    const index = new CorpusIndex(8, 1024, Number.POSITIVE_INFINITY);
    for (const [id, text] of texts.entries()) index.append(id, 0, tokensOf(text), broughtBy(id));
    expectFew(index, false);
  });

  test.each(['hidden', 'masked'])('is not walked while it is %s', (how) => {
    const index = new CorpusIndex(8, 1024, Number.POSITIVE_INFINITY);
    const places = texts.map((text, id) => index.append(id, 0, tokensOf(text), broughtBy(id)));
    if (how === 'hidden') index.hideOwner(places[0] ?? 0);
    else {
      for (const [id, place] of places.entries())
        if (broughtBy(id) === first) index.mask(place, 0, tokensOf(texts[id] ?? '').count);
      index.forgetMasked();
    }
    const query = index.prepare(tokensOf(phrase));
    const firsts = index.firsts(query, windows);
    expect(index.looks).toBeLessThan(250);
    const others = index.others(query, windows, firsts);
    expect(index.looks).toBeLessThan(250);
    const last = texts.length - 1;
    expect(Array.from(firsts, (place) => index.locate(place).contribution)).toEqual([1, last, last]);
    expect([index.locate(others[0] ?? 0).contribution, ...others.subarray(1)]).toEqual([
      last,
      NOWHERE,
      NOWHERE,
    ]);
  });

  test.each([-1, Number.POSITIVE_INFINITY])(
    'is no second holder while it is masked, with patience %d',
    (patience) => {
      const index = new CorpusIndex(8, 1024, patience);
      const places = [first, second, third].map((brought, id) =>
        index.append(id, 0, tokensOf(phrase), brought),
      );
      const query = index.prepare(tokensOf(phrase));
      const window = { starts: Uint32Array.of(0), ends: Uint32Array.of(20), count: 1 };
      const holders = (): readonly number[] => {
        const firsts = index.firsts(query, window);
        const others = index.others(query, window, firsts);
        return [...firsts, ...others].map((place) =>
          place === NOWHERE ? -1 : index.locate(place).contribution,
        );
      };
      expect(holders()).toEqual([0, 1]);
      for (const [masked, left] of [
        [0, [1, 2]],
        [1, [0, 2]],
        [2, [0, 1]],
      ] as const) {
        const restore = index.mask(places[masked] ?? 0, 0, 20);
        expect(holders()).toEqual(left);
        restore();
      }
      // One token of it is enough.
      const restore = [0, 1].map((id) => index.mask(places[id] ?? 0, 10, 11));
      expect(holders()).toEqual([2, -1]);
      for (const each of restore) each();
      expect(holders()).toEqual([0, 1]);
    },
  );

  test('comes in the order of the commits, or the index refuses it', () => {
    const index = new CorpusIndex(8);
    const [early, late] = [0n, 9n].map((from) => ({
      owner: addressOf(Number(from)),
      commit: toHeight(from),
      reveal: toHeight(20n),
    }));
    index.append(1, 0, tokensOf('a text'));
    index.append(2, 0, tokensOf('a text'), late);
    index.append(3, 0, tokensOf('a text'));
    index.append(4, 0, tokensOf('a text'), late);
    expect(() => index.append(5, 0, tokensOf('a text'), early)).toThrow('in the order of their commits');
  });

  test('is not walked in the segments of the engine', () => {
    const segmentFrom = (from: number, to: number) =>
      segmentOf(
        0,
        texts.flatMap((text, id) =>
          id >= from && id < to ? [{ ...textsOf(id, id, [text]), brought: broughtBy(id) }] : [],
        ),
      );
    const segments = [segmentFrom(0, 1), segmentFrom(1, texts.length)];
    const scope = { datanets: new Map([[0, texts.length]]), commonsFirst: true };
    expectFew(new Holders(KEY, segments, scope, Number.POSITIVE_INFINITY), true);
  });

  test('is skipped together with texts of nobody, but not with those of others that are void', () => {
    const bringers = [
      first,
      ...Array(99).fill(first),
      ...Array(99).fill(undefined),
      ...Array(99).fill(second),
    ];
    const held = bringers.map((brought, id) => ({ ...textsOf(id, id, [`${phrase} v${id}`]), brought }));
    const isVoid = (id: number): boolean => bringers[id] === second && id < held.length - 1;
    const voided = new Set(held.keys().filter(isVoid));
    for (const segments of [
      [segmentOf(0, held)],
      [segmentOf(0, held.slice(0, 50)), segmentOf(0, held.slice(50))],
    ]) {
      const holders = new Holders(KEY, segments, { datanets: new Map([[0, held.length]]), voided });
      const query = holders.prepare(tokensOf(phrase));
      const others = holders.others(query, windows, holders.firsts(query, windows));
      const last = held.length - 1;
      expect(Array.from(others, (place) => holders.locate(place).contribution)).toEqual([last, last, last]);
    }
  });

  test('is offered to each window once by the automaton, however often it comes', () => {
    const ids = Int32Array.from({ length: 300 }, () => 1);
    const many = Uint32Array.from({ length: 280 }, (_, i) => i);
    const list = {
      starts: many,
      ends: many.map((start) => Math.min(300, start + 8 + (start >> 1))),
      count: 280,
    };
    const text = Uint32Array.from({ length: 50_000 }, (_, i) => (i % 150 === 149 ? 0 : 1));
    let offers = 0;
    let owner = 0;
    const settled = new Set<number>();
    const scan = new WindowScan(ids, list, (window) => {
      offers += 1;
      // The first owner is refused.
      if (owner === 0) return false;
      settled.add(window);
      return true;
    });
    for (owner of [0, 0, 1]) scan.scan(text, new Uint8Array(0), 0, text.length, owner);
    expect(settled.size).toBe(280);
    expect(offers).toBeLessThan(280 * 10);
  });
});
