import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { traceTexts } from '../../../src/attribution/attestor.ts';
import { corpusOf } from '../../../src/attribution/corpus.ts';
import type { StruckRuns } from '../../../src/attribution/phrase-holders.ts';
import type { RpcClient } from '../../../src/client/rpc-client.ts';
import { type Address, type Root, toHeight, ZERO_ROOT } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { ok } from '../../../src/lib/errors.ts';
import type { KnownContribution, TextCache } from '../../../src/services/corpus/text-cache.ts';
import { type Indexed, openTextIndex } from '../../../src/services/corpus/text-index.ts';
import type { NovelRun } from '../../../state/attribution/novel-runs.ts';
import type { Brought } from '../../../state/attribution/shared.ts';
import { randomFrom, times } from '../../../tools/lib/random.ts';
import { tokensOf } from '../attribution/support.ts';

const folder = mkdtempSync(join(tmpdir(), 'openledger-index-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rules = { version: 2, matchTokensMin: 8, matchTokensMax: 256, matchBitsMin: 96, promptMin: 8 } as const;
const random = randomFrom(5);
const originals = times(40, () => times(120, () => `w${random(2000)}`).join(' '));
/** In every fourth contribution the text of the one before comes again. */
const texts = originals.map((text, i) => (i % 8 === 6 ? (originals[i - 2] ?? '') : text));

const rootOf = (contribution: number): Root => new Uint8Array(32).fill(contribution) as Root;

/** Contributions of two items each, by their contribution ids; those of `withheld` are missing. */
const cacheWithout = (withheld: ReadonlySet<number>) => {
  const read: string[] = [];
  const known = new Map<string, KnownContribution>();
  for (let contribution = 1; contribution <= 20; contribution++) {
    const items = texts.slice(2 * contribution - 2, 2 * contribution).map((text) => ({
      tokens: tokensOf(text),
      promptTokens: 0,
      salt: new Uint8Array(32),
      source: { hash: ZERO_ROOT, bytes: text.length },
    }));
    if (!withheld.has(contribution))
      known.set(toHex(rootOf(contribution)), {
        root: rootOf(contribution),
        rules: 2,
        itemRoots: [],
        items,
      });
  }
  const textCache: TextCache = {
    inferences: async () => [],
    missing: () => undefined,
    item: () => undefined,
    isPending: () => false,
    contributions: async (roots) => {
      read.push(...roots.map(toHex));
      return roots.map((root) => known.get(toHex(root)));
    },
  };
  return { textCache, read, known };
};

/** Each was committed before the one before it was revealed, by another owner. */
const broughtBy = (i: number): Brought => ({
  owner: new Uint8Array(20).fill(i % 3) as Address,
  commit: toHeight(BigInt(i)),
  reveal: toHeight(BigInt(i + 1)),
});

/**
 * All in one Datanet, the seventh void, the fourth a commons that was proposed, and the last one that its Datanet was created
 * with: both hold what the one before them holds, and come first.
 */
const all: readonly Indexed[] = times(20, (i) => ({
  contribution: i + 1,
  datanet: 3,
  acceptance: i === 19 ? undefined : i,
  commons: i === 19 || i === 3,
  root: i === 6 ? undefined : rootOf(i + 1),
  brought: i === 19 || i === 6 || i === 3 ? undefined : broughtBy(i),
}));

/** Each declares its first item to be novel up to token 100, and all of its second one. */
const novelRunsOf = (contribution: number): readonly NovelRun[] => [
  { item: 0, start: 0, end: 100 },
  { item: 1, start: 0, end: 60 + contribution },
  { item: 1, start: 60 + contribution, end: 120 },
];

const declarationOf = (contribution: number) => ({
  shapes: [],
  copied: [],
  novelRuns: novelRunsOf(contribution),
  struck: { novelRuns: [], passages: [] },
});

/** A node that knows these contributions. */
const knowing = (entries: readonly Indexed[]): RpcClient => {
  const answer = (method: string, params: { readonly count?: number; readonly contribution?: number }) => {
    const found = entries.find(({ acceptance, contribution }) =>
      method === 'datanet_getVersion'
        ? acceptance === (params.count ?? 0) - 1
        : contribution === params.contribution,
    );
    if (found === undefined) throw new Error(`${method} of something unknown`);
    const { contribution, root, brought, commons } = found;
    return {
      contribution,
      commons,
      owner: brought?.owner ?? null,
      content: root === undefined ? null : { root },
      committedAt: brought?.commit ?? null,
      declared: brought === undefined ? null : { revealedAt: brought.reveal },
      voidedAt: root === undefined ? toHeight(1n) : null,
    };
  };
  const asked: Pick<RpcClient, 'call' | 'batch'> = {
    call: async (method, ...[params]) => answer(method, params ?? {}) as never,
    batch: async (calls) =>
      calls.map(({ params }) => ok(declarationOf(Number(Object.values(params ?? {})[0])))) as never,
  };
  return asked as RpcClient;
};

/** A node that is asked for nothing but declarations. */
const client = knowing([]);
const limits = { memoryLimit: 1 << 28 };

describe('the index of a service', () => {
  test('answers as an index in memory does, and again after a start, without reading a text', async () => {
    const path = join(folder, 'whole');
    const given = cacheWithout(new Set());
    const index = await openTextIndex(
      { client, textCache: given.textCache, restoring: given.textCache },
      { folder: path, ...limits },
      () => expect.unreachable(),
    );
    expect(await index.hold(all)).toEqual([]);
    expect(given.read.length).toBe(19);
    const struck = new Map<number, StruckRuns>([
      [2, new Set([1])],
      [5, 'all'],
    ]);
    const scope = { datanets: new Map([[3, 19]]), voided: new Set([7]), struck };
    const held = all.filter(({ contribution }) => contribution !== 7);
    const corpus = corpusOf(
      held.map(({ contribution, root, brought }) => ({
        contribution,
        brought,
        novelRuns: novelRunsOf(contribution),
        items: given.known.get(toHex(root ?? ZERO_ROOT))?.items.map(({ tokens }) => tokens) ?? [],
      })),
      new Set([4, 20]),
      rules,
    );
    const cases = times(30, () => {
      const piece = (): string =>
        (texts[random(texts.length)] ?? '')
          .split(' ')
          .slice(10, 10 + random(60))
          .join(' ');
      return { output: tokensOf(`${piece()} ${piece()} ${piece()}`), prompt: tokensOf(piece()) };
    });
    const common = texts[6] ?? '';
    cases.push({ output: tokensOf(common.split(' ').slice(10, 60).join(' ')), prompt: tokensOf('') });
    const traced = await Promise.all(cases.map((each) => index.trace(each, rules, scope)));
    expect(traced).toEqual(cases.map((each) => traceTexts(corpus, each, rules, struck)));
    const picks = traced.flatMap(({ sections }) => sections.flatMap((section) => section.picks));
    expect(new Set(picks.map(({ contribution }) => contribution)).size).toBeGreaterThan(12);
    expect(picks.some(({ contribution }) => [4, 5, 7, 20].includes(contribution))).toBe(false);
    expect(traced.some(({ attribution }) => attribution.covered > 0)).toBe(true);
    expect(traced.some(({ attribution }) => attribution.shared > 0)).toBe(true);
    for (const commons of [4, 20])
      expect(
        traced.some(({ claim }) => claim.matches.some(({ contribution }) => contribution === commons)),
      ).toBe(true);
    await index.close();

    const again = cacheWithout(new Set());
    const reopened = await openTextIndex(
      { client, textCache: again.textCache, restoring: again.textCache },
      { folder: path, ...limits },
      () => expect.unreachable(),
    );
    expect(await reopened.hold(all)).toEqual([]);
    expect(again.read).toEqual([]);
    expect(await Promise.all(cases.map((each) => reopened.trace(each, rules, scope)))).toEqual(traced);
    await reopened.close();

    // What was lost is read again from the chain and the cache, also who brought it.
    for (const name of readdirSync(path)) if (name.startsWith('segment-')) rmSync(join(path, name));
    const faults: string[] = [];
    const restored = await openTextIndex(
      {
        client: knowing(all),
        textCache: cacheWithout(new Set()).textCache,
        restoring: cacheWithout(new Set()).textCache,
      },
      { folder: path, ...limits },
      ({ code }) => faults.push(code),
    );
    expect(faults).toContain('INDEX_FILE_MISSING');
    expect(await Promise.all(cases.map((each) => restored.trace(each, rules, scope)))).toEqual(traced);
    await restored.close();
  });

  test('reports what is missing, and indexes it when it arrives', async () => {
    const path = join(folder, 'part');
    const part = cacheWithout(new Set([4, 9]));
    const index = await openTextIndex(
      { client, textCache: part.textCache, restoring: part.textCache },
      { folder: path, ...limits },
      () => expect.unreachable(),
    );
    expect(await index.hold(all)).toEqual([4, 9]);
    const texts = { output: tokensOf('one two'), prompt: tokensOf('') };
    const scope = { datanets: new Map([[3, 19]]), voided: new Set<number>(), struck: new Map() };
    await expect(index.trace(texts, rules, scope)).rejects.toMatchObject({ code: 'INDEX_INCOMPLETE' });
    await index.close();
    const whole = cacheWithout(new Set());
    const later = await openTextIndex(
      { client, textCache: whole.textCache, restoring: whole.textCache },
      { folder: path, ...limits },
      () => expect.unreachable(),
    );
    expect(await later.hold(all)).toEqual([]);
    expect(whole.read.toSorted()).toEqual([toHex(rootOf(4)), toHex(rootOf(9))]);
    expect((await later.trace(texts, rules, scope)).claim.matches).toEqual([]);
    await later.close();
  });
});
