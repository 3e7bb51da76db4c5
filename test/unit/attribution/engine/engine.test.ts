import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import {
  AttributionEngine,
  type EngineOptions,
  type Wanted,
} from '../../../../src/attribution/engine/engine.ts';
import { COMMONS } from '../../../../src/attribution/engine/segment.ts';
import type { Texts } from '../../../../src/attribution/engine/segment-builder.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { DEFAULT_PARAMETERS } from '../../../../state/attribution/parameters.ts';
import { freshFolder, textsOf, wordsOf } from './support.ts';

const engines: AttributionEngine[] = [];

afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

const open = async (
  folder: string,
  over: Partial<EngineOptions> = {},
): Promise<{ engine: AttributionEngine; codes: string[] }> => {
  const { engine, faults } = unwrap(await AttributionEngine.open({ folder, memoryLimit: 1 << 28, ...over }));
  engines.push(engine);
  return { engine, codes: faults.map(({ code }) => code) };
};

const ownersOf = async (
  engine: AttributionEngine,
  output: string,
  count: number,
): Promise<readonly (readonly [number, number, number])[]> => {
  const { attribution } = unwrap(
    await engine.trace({
      output,
      prompt: '',
      rules: DEFAULT_PARAMETERS,
      scope: { datanets: new Map([[3, count]]) },
    }),
  );
  return attribution.spans.map(({ start, end, contribution }) => [start, end, contribution] as const);
};

const ACCEPTED: readonly Texts[] = Array.from({ length: 9 }, (_, index) =>
  textsOf(100 - 7 * index, index, [wordsOf(30, index), `${wordsOf(20, 50)} ${wordsOf(5, index)}`]),
);

describe('the engine', () => {
  test('answers from what was added, also after a restart, and after merging', async () => {
    const folder = freshFolder();
    const first = await open(folder);
    for (const each of ACCEPTED) unwrap(await first.engine.add(3, [each]));
    await first.engine.settled();
    // Nine of the smallest class, merged four at a time as they came: two of four and one more.
    expect(first.engine.figures.segments).toBeLessThan(9);
    expect(first.engine.holdings(3)).toEqual({ accepted: [[0, 9]], commons: [] });
    for (const engine of [first.engine, undefined]) {
      if (engine === undefined) await first.engine.close();
      const asked = engine ?? (await open(folder)).engine;
      // The same words stand in all: the first of those eligible has the least contribution id, which is the last accepted.
      expect(await ownersOf(asked, wordsOf(20, 50), 9)).toEqual([[0, 20, 44]]);
      expect(await ownersOf(asked, wordsOf(20, 50), 1)).toEqual([[0, 20, 100]]);
      expect(await ownersOf(asked, wordsOf(30, 4), 9)).toEqual([[0, 30, 72]]);
      expect(await ownersOf(asked, wordsOf(30, 4), 4)).toEqual([]);
    }
  });

  test('pays a commons nothing, whatever the pin', async () => {
    const { engine } = await open(freshFolder());
    unwrap(await engine.add(3, [textsOf(1, COMMONS, [wordsOf(20, 1)]), textsOf(2, 0, [wordsOf(40, 1)])]));
    const { attribution } = unwrap(
      await engine.trace({
        output: wordsOf(40, 1),
        prompt: '',
        rules: DEFAULT_PARAMETERS,
        scope: { datanets: new Map([[3, 1]]) },
      }),
    );
    expect(attribution.spans.map(({ contribution }) => contribution)).toEqual([1, 2]);
    expect(attribution.scores.map(({ contribution }) => contribution)).toEqual([2]);
    expect(await ownersOf(engine, wordsOf(20, 1), 0)).toEqual([[0, 20, 1]]);
  });

  test('says so rather than answer from less than what is eligible', async () => {
    const { engine } = await open(freshFolder());
    unwrap(await engine.add(3, [textsOf(1, 0, ['a']), textsOf(2, 2, ['b'])]));
    const asked = await engine.trace({
      output: 'a',
      prompt: '',
      rules: DEFAULT_PARAMETERS,
      scope: { datanets: new Map([[3, 2]]) },
    });
    expect(asked).toMatchObject({ ok: false, fault: { code: 'INDEX_INCOMPLETE', data: { held: 1 } } });
  });

  test('makes a corrupt segment anew from its texts, or says what is lost', async () => {
    const folder = freshFolder();
    const first = await open(folder);
    unwrap(await first.engine.add(3, ACCEPTED.slice(0, 3)));
    unwrap(await first.engine.add(3, [textsOf(5, COMMONS, [wordsOf(12, 77)])]));
    unwrap(await first.engine.add(3, ACCEPTED.slice(3)));
    await first.engine.close();
    const damaged = join(folder, 'segment-1');
    const bytes = readFileSync(damaged);
    bytes[400] = (bytes[400] ?? 0) ^ 1;
    writeFileSync(damaged, bytes);
    writeFileSync(join(folder, 'segment-2'), readFileSync(join(folder, 'segment-2')).subarray(0, 1000));

    const without = await open(folder);
    expect(without.codes.toSorted()).toEqual(['INDEX_FILE_CORRUPT', 'INDEX_FILE_TRUNCATED']);
    expect(without.engine.lost.map(({ accepted, commons }) => [accepted, commons])).toEqual([
      [[], [5]],
      [[[3, 9]], []],
    ]);
    for (const count of [0, 3, 9])
      expect(
        await without.engine.trace({
          output: 'a',
          prompt: '',
          rules: DEFAULT_PARAMETERS,
          scope: { datanets: new Map([[3, count]]) },
        }),
      ).toMatchObject({ ok: false, fault: { code: 'INDEX_INCOMPLETE' } });
    await without.engine.close();

    const asked: Wanted[] = [];
    const restored = await open(folder, {
      texts: async (wanted) => {
        asked.push(wanted);
        return wanted.type === 'commons' ? textsOf(5, COMMONS, [wordsOf(12, 77)]) : ACCEPTED[wanted.index];
      },
    });
    expect(asked).toHaveLength(7);
    expect(restored.engine.lost).toEqual([]);
    expect(await ownersOf(restored.engine, wordsOf(30, 4), 9)).toEqual([[0, 30, 72]]);
    expect(await ownersOf(restored.engine, wordsOf(12, 77), 9)).toEqual([[0, 12, 5]]);
    await restored.engine.close();
    expect((await open(folder)).codes).toEqual([]);
  });

  test('erases texts from memory and from files, and goes on without them', async () => {
    const folder = freshFolder();
    const first = await open(folder);
    unwrap(await first.engine.add(3, ACCEPTED.slice(0, 5)));
    unwrap(await first.engine.add(3, ACCEPTED.slice(5)));
    const secret = 'secretword';
    unwrap(await first.engine.add(3, [textsOf(7, 9, [`${wordsOf(20, 50)} ${secret}`])]));
    const inFiles = (): boolean =>
      readdirSync(folder).some((file) => readFileSync(join(folder, file)).includes(secret));
    expect(inFiles()).toBe(true);
    expect(await ownersOf(first.engine, wordsOf(20, 50), 10)).toEqual([[0, 20, 7]]);
    unwrap(await first.engine.erase(3, new Set([7, 44, 1234])));
    expect(inFiles()).toBe(false);
    for (const engine of [first.engine, undefined]) {
      if (engine === undefined) await first.engine.close();
      const asked = engine ?? (await open(folder)).engine;
      expect(asked.holdings(3)).toEqual({ accepted: [[0, 10]], commons: [] });
      expect(await ownersOf(asked, wordsOf(20, 50), 10)).toEqual([[0, 20, 51]]);
      expect(await ownersOf(asked, wordsOf(30, 8), 10)).toEqual([]);
      expect(await ownersOf(asked, wordsOf(30, 7), 10)).toEqual([[0, 30, 51]]);
    }
  });

  test('leaves nothing of what is erased while it is being merged', async () => {
    const secret = 'secretword';
    for (const wait of [0, 1, 5, 20]) {
      const folder = freshFolder();
      const { engine } = await open(folder);
      for (let index = 0; index < 4; index++)
        unwrap(await engine.add(3, [textsOf(index, index, [`${secret} ${wordsOf(2000, index)}`])]));
      await new Promise((resolve) => setTimeout(resolve, wait));
      unwrap(await engine.erase(3, new Set([0, 1, 2, 3])));
      await engine.settled();
      for (const file of readdirSync(folder))
        expect(readFileSync(join(folder, file)).includes(secret)).toBe(false);
      expect(engine.figures.segments).toBe(1);
      expect(engine.holdings(3).accepted).toEqual([[0, 4]]);
      expect(await ownersOf(engine, wordsOf(30, 1), 4)).toEqual([]);
      await engine.close();
    }
  });

  test('leaves the work of adding and answering to other threads than its caller’s', async () => {
    const { engine } = await open(freshFolder());
    const texts = Array.from({ length: 200 }, (_, index) => textsOf(index, index, [wordsOf(4000, index)]));
    const before = process.cpuUsage();
    const ownBefore = process.threadCpuUsage();
    unwrap(await engine.add(3, texts));
    const asked = await Promise.all(
      Array.from({ length: 20 }, (_, i) => ownersOf(engine, wordsOf(2000, i), 200)),
    );
    expect(asked.map(([span]) => span?.[2])).toEqual(Array.from({ length: 20 }, (_, i) => i));
    // Processor time, which does not depend on what else the machine does.
    expect(process.threadCpuUsage(ownBefore).user).toBeLessThan(process.cpuUsage(before).user / 2);
  });

  test('refuses bad text, a contribution that is held, and more than its memory, and keeps all else', async () => {
    const folder = freshFolder();
    const { engine } = await open(folder, { memoryLimit: 3_000_000 });
    unwrap(await engine.add(3, ACCEPTED.slice(0, 1)));
    const bad = { ...textsOf(9, 1, []), items: [Uint8Array.of(0x61), Uint8Array.of(0x61, 0xff)] };
    expect(await engine.add(3, [bad])).toMatchObject({
      ok: false,
      fault: { code: 'TEXT_UTF8_INVALID', data: { contribution: 9, item: 1, offset: 1 } },
    });
    expect(await engine.add(3, ACCEPTED.slice(0, 2))).toMatchObject({
      ok: false,
      fault: { code: 'INDEX_CONTRIBUTION_HELD', data: { contribution: 100 } },
    });
    for (const [contribution, index] of [
      [60, 2],
      [61, 1],
    ] as const)
      expect(await engine.add(3, [textsOf(60, 1, ['a']), textsOf(contribution, index, ['b'])])).toMatchObject(
        {
          ok: false,
          fault: { code: 'INDEX_CONTRIBUTION_HELD', data: { contribution } },
        },
      );
    expect(await engine.add(3, [textsOf(50, 1, [wordsOf(400_000, 3)])])).toMatchObject({
      ok: false,
      fault: { code: 'INDEX_MEMORY_LIMIT' },
    });
    expect(
      await engine.trace({
        output: '\ud800',
        prompt: '',
        rules: DEFAULT_PARAMETERS,
        scope: { datanets: new Map() },
      }),
    ).toMatchObject({
      ok: false,
      fault: { code: 'TEXT_LONE_SURROGATE' },
    });
    expect(engine.holdings(3)).toEqual({ accepted: [[0, 1]], commons: [] });
    expect(await ownersOf(engine, wordsOf(30, 0), 1)).toEqual([[0, 30, 100]]);
    expect(readdirSync(folder).toSorted()).toEqual(['manifest', 'segment-0']);
  });

  test('is of no more use once closed, and says so', async () => {
    const { engine } = await open(freshFolder());
    await engine.close();
    expect(await engine.add(3, ACCEPTED)).toMatchObject({ ok: false, fault: { code: 'INDEX_CLOSED' } });
  });
});
