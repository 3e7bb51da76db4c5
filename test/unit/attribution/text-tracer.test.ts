import { describe, expect, test } from 'vitest';
import { createTextTracer, loadInfoTable } from '../../../src/attribution/index.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { type Address, toHeight } from '../../../src/lib/brands.ts';
import { unwrap } from '../../../src/lib/errors.ts';

const TEXT = 'the glassblower kept eleven crooked pipes above the furnace that his grandmother had built';
const OTHER = 'on Sundays the ferry to the outer skerries leaves an hour later than the board claims it does';

describe('INFO-1', () => {
  test('of the package is loaded once, and is the table that a node reads', async () => {
    const table = await loadInfoTable();
    expect(table).toEqual(infoTable());
    expect(await loadInfoTable()).toBe(table);
  });

  test('is loaded from a file by its URL too', async () => {
    const file = new URL('../../../state/attribution/info-1.bin', import.meta.url);
    expect(await loadInfoTable(file)).toEqual(infoTable());
    expect(await loadInfoTable(file.href)).toEqual(infoTable());
  });

  test.each(['file:///nowhere/info-1.bin', 'info-1.bin', 'nonsense://x', ''])(
    'that is not at %j is a fault with the source',
    async (source) => {
      await expect(loadInfoTable(source)).rejects.toMatchObject({
        code: 'INFO1_UNAVAILABLE',
        fault: { data: { source } },
      });
    },
  );
});

describe('a tracer of texts', () => {
  const tracer = unwrap(
    createTextTracer(infoTable(), [
      { contribution: 9, items: [TEXT, OTHER] },
      { contribution: 4, items: [OTHER] },
      { contribution: 2, items: [TEXT], commons: true },
    ]),
  );

  test('finds the owner of what an output holds: the lowest id, in whatever order they come', () => {
    const { attribution } = unwrap(tracer.trace({ prompt: '', output: `He wrote: ${OTHER}.` }));
    expect(attribution.scores.map(({ contribution }) => contribution)).toEqual([4]);
    expect(attribution.coverageBps).toBeGreaterThan(5_000);
  });

  test('pays nothing for commons, and nothing for what stands in the prompt', () => {
    const commons = unwrap(tracer.trace({ prompt: '', output: TEXT })).attribution;
    expect([commons.scores, commons.spans.map(({ contribution }) => contribution)]).toEqual([[], [2]]);
    const echoed = unwrap(tracer.trace({ prompt: OTHER, output: OTHER })).attribution;
    expect([echoed.scores, echoed.covered]).toEqual([[], 0]);
  });

  const brought = (owner: number, from: bigint, to = from + 3n) => ({
    owner: new Uint8Array(20).fill(owner) as Address,
    commit: toHeight(from),
    reveal: toHeight(to),
  });

  test('pays nobody for what two owners brought before either could copy it', () => {
    const traceOf = (commit: bigint) => {
      const contributions = [
        { contribution: 4, items: [OTHER], brought: brought(1, 10n) },
        { contribution: 9, items: [OTHER], brought: brought(2, commit) },
      ];
      const made = unwrap(createTextTracer(infoTable(), contributions));
      return unwrap(made.trace({ prompt: '', output: OTHER })).attribution;
    };
    expect(traceOf(13n)).toMatchObject({ covered: 0, shared: traceOf(13n).total });
    expect(traceOf(14n)).toMatchObject({ covered: traceOf(14n).total, shared: 0 });
  });

  test('refuses ids that are not in the order of the commits, in whatever order they come', () => {
    const first = { contribution: 1, items: [OTHER], brought: brought(1, 50n, 60n) };
    const second = { contribution: 2, items: [OTHER], brought: brought(2, 90n) };
    const third = { contribution: 3, items: [OTHER], brought: brought(3, 55n) };
    expect(createTextTracer(infoTable(), [third, first, second])).toMatchObject({
      fault: {
        code: 'CORPUS_COMMITS',
        message: 'contribution 3 was committed at height 55, before contribution 2 at 90',
        data: { contribution: 3, commit: '55' },
      },
    });
    const renumbered = [{ ...third, contribution: 2 }, first, { ...second, contribution: 3 }];
    const traced = unwrap(
      unwrap(createTextTracer(infoTable(), renumbered)).trace({ prompt: '', output: OTHER }),
    );
    expect(traced.claim.shared.map(({ contribution }) => contribution)).toEqual([2]);
  });

  test('asks for no order of commons, nor of contributions of which nobody knows who brought them', () => {
    const contributions = [
      { contribution: 1, items: [OTHER], brought: brought(1, 50n, 60n) },
      { contribution: 2, items: [TEXT] },
      { contribution: 3, items: [OTHER], brought: brought(2, 50n) },
      { contribution: 4, items: ['nobody\u2019s'], commons: true, brought: brought(3, 1n) },
      { contribution: 5, items: ['everybody\u2019s'], commons: true, brought: brought(3, 99n) },
    ];
    const traced = unwrap(
      unwrap(createTextTracer(infoTable(), contributions)).trace({ prompt: '', output: OTHER }),
    );
    expect(traced.claim.shared.map(({ contribution }) => contribution)).toEqual([3]);
  });

  test('says what is wrong with who brought a text', () => {
    const wrong = { contribution: 4, items: [OTHER], brought: { owner: 'me', commit: 1n, reveal: 2 } };
    expect(() => createTextTracer(infoTable(), [wrong as never])).toThrow(
      /contributions\.0\.brought\.owner.*contributions\.0\.brought\.reveal/s,
    );
  });

  test.each<[unknown, string]>([
    [7, 'CORPUS_ROW'],
    [null, 'CORPUS_ROW'],
    [undefined, 'CORPUS_ROW'],
    [['text'], 'CORPUS_ROW'],
    ['half \ud800', 'TEXT_LONE_SURROGATE'],
  ])('refuses %j as a text, and names the place', (bad, code) => {
    const item = bad as string;
    expect(createTextTracer(infoTable(), [{ contribution: 5, items: ['fine', item] }])).toMatchObject({
      fault: { code, message: expect.stringContaining('contribution 5, item 1: ') },
    });
    expect(tracer.trace({ prompt: item, output: 'fine' })).toMatchObject({
      fault: { code, message: expect.stringContaining('prompt: ') },
    });
    expect(tracer.trace({ prompt: 'fine', output: item })).toMatchObject({
      fault: { code, message: expect.stringContaining('output: ') },
    });
  });
});

test('what an earlier text holds is not novel in a later one, so its phrases are of the first', () => {
  const more = 'a lamp that burns whale oil hangs in every window of the harbour office';
  const tracer = unwrap(
    createTextTracer(infoTable(), [
      { contribution: 7, items: [`${TEXT} ${more}`] },
      { contribution: 3, items: [TEXT] },
      { contribution: 1, items: ['he kept quiet about it'], commons: true },
    ]),
  );
  const output = `${TEXT}. And then: ${more}`;
  const { sections } = unwrap(tracer.trace({ prompt: '', output }));
  const [picks] = sections.map((section) => section.picks);
  expect(picks?.map(({ contribution, phrases }) => [contribution, phrases.length])).toEqual([
    [3, 12],
    [7, 12],
  ]);
});
