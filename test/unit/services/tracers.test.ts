/** Tracers of models: they know from the chain who brought each contribution, and when. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { toHeight } from '../../../src/lib/brands.ts';
import { OF_CHAIN } from '../../../src/lib/ids.ts';
import { openTextIndex } from '../../../src/services/corpus/text-index.ts';
import { openTracers } from '../../../src/services/corpus/tracers.ts';
import { ScriptedChain } from './support/scripted-chain.ts';
import { account, ScriptedData, tokensOf, words } from './support/scripted-data.ts';

const SOURCE = words('alpha', 30);

/**
 * Opens tracers over the texts of a chain. All is closed and deleted with the test.
 * @returns traces an output to what version 1 of model 1 draws on
 */
const traceOver = async (chain: ScriptedChain, data: ScriptedData, isOnDisk: boolean) => {
  const folder = mkdtempSync(join(tmpdir(), 'openledger-tracers-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const textCache = data.waitingCache();
  const given = { client: chain.client, textCache, restoring: textCache };
  const options = { folder, memoryLimit: 1 << 28 };
  const index = isOnDisk ? await openTextIndex(given, options, () => expect.unreachable()) : undefined;
  onTestFinished(() => index?.close());
  const tracers = openTracers(chain.client, textCache, index);
  return async (output: string, asOf?: bigint) => {
    const tracer = await tracers.tracer(1, 1, asOf === undefined ? undefined : toHeight(asOf));
    return tracer?.trace({ output: tokensOf(output), prompt: tokensOf('') });
  };
};

test.each([
  ['in memory', false],
  ['on the disk', true],
])('what two brought independently is traced as shared, with an index %s', async (_where, isOnDisk) => {
  const chain = new ScriptedChain({ calibrationDraws: 8 });
  const data = new ScriptedData(chain);
  data.contribute(1, [SOURCE]);
  data.contribute(2, [SOURCE]);
  let commit = '5';
  const listed = () =>
    [...data.contributions.values()].map(({ contribution, root }) => ({
      contribution,
      datanet: 1,
      root,
      brought: {
        owner: account(contribution),
        commit: contribution === 1 ? '3' : commit,
        reveal: contribution === 1 ? '5' : '9',
      },
    }));
  chain.answer('model_getContributions', () => ({
    next: null,
    contributions: listed().map((each) => ({ ...each, commons: false })),
  }));
  chain.answer('model_getDrawOrder', () => ({
    total: 2,
    contributions: listed().map(({ root: _root, ...each }, acceptance) => ({
      ...each,
      acceptance,
      dataTokens: '30',
      voidedAt: null,
    })),
  }));
  const trace = await traceOver(chain, data, isOnDisk);
  expect((await trace(SOURCE))?.attribution).toMatchObject({
    covered: 0,
    sharedSpans: [{ start: 0, end: 30 }],
  });
  commit = '6';
  // On a chain it never changes when a contribution was brought, so everything is opened again.
  const traceLate = await traceOver(chain, data, isOnDisk);
  expect((await traceLate(SOURCE))?.attribution).toMatchObject({ shared: 0, scores: [{ contribution: 1 }] });
});

test.each([
  ['of the chain', 'in memory', OF_CHAIN, OF_CHAIN, false],
  ['of the chain', 'on the disk', OF_CHAIN, OF_CHAIN, true],
  ['that a Datanet was created with', 'in memory', 3, 1, false],
  ['that a Datanet was created with', 'on the disk', 3, 1, true],
])('the commons %s owns its words until it is void, with an index %s', async (...named) => {
  const [, , commons, datanet, isOnDisk] = named;
  const NOTICE = words('notice', 30);
  const chain = new ScriptedChain({ calibrationDraws: 8 });
  const data = new ScriptedData(chain);
  const first = data.contribute(1, [`${NOTICE} ${SOURCE}`]);
  const notice = data.contribute(2, [NOTICE]);
  let hasCommons = true;
  chain.answer('model_getContributions', () => {
    const one = { contribution: 1, datanet: 1, commons: false, root: first.root, brought: null };
    const founding = {
      contribution: commons,
      datanet,
      commons: true,
      root: notice.root,
      brought: null,
    };
    return { next: null, contributions: hasCommons ? [founding, one] : [one] };
  });
  const trace = await traceOver(chain, data, isOnDisk);
  const output = `${NOTICE} ${SOURCE}`;
  expect((await trace(output))?.attribution).toMatchObject({
    spans: [
      { contribution: commons, start: 0, end: 30 },
      { contribution: 1, start: 30, end: 60 },
    ],
    scores: [{ contribution: 1 }],
  });
  // It became void: the index holds it still.
  hasCommons = false;
  expect((await trace(output))?.attribution).toMatchObject({
    spans: [{ contribution: 1, start: 0, end: 60 }],
  });
});

test.each([
  ['in memory', false],
  ['on the disk', true],
])('picks follow what is declared, and what is struck since, with an index %s', async (_where, isOnDisk) => {
  const chain = new ScriptedChain({ calibrationDraws: 8 });
  const data = new ScriptedData(chain);
  const { root, declaration } = data.contribute(1, [SOURCE]);
  expect(declaration.novelRuns).toEqual([{ item: 0, start: 0, end: 30 }]);
  let struck: unknown = null;
  chain.answer('model_getContributions', () => ({
    next: null,
    contributions: [{ contribution: 1, datanet: 1, commons: false, root, brought: null, struck }],
  }));
  const trace = await traceOver(chain, data, isOnDisk);
  const picked = async () =>
    (await trace(SOURCE))?.sections.flatMap(({ picks }) => picks.map(({ phrases }) => phrases.length));
  expect(await picked()).toEqual([28]);
  struck = { all: null, novelRuns: [{ index: 0, height: '9' }] };
  expect(await picked()).toEqual([]);
  struck = { all: '9', novelRuns: [] };
  expect(await picked()).toEqual([]);
  struck = null;
  expect(await picked()).toEqual([28]);
});

test.each([
  ['in memory', false],
  ['on the disk', true],
])(
  'a version for whose spans nobody is paid is traced by its picks, with an index %s',
  async (_where, isOnDisk) => {
    const chain = new ScriptedChain({ calibrationDraws: 8 });
    const data = new ScriptedData(chain);
    data.contribute(1, [SOURCE]);
    const trace = await traceOver(chain, data, isOnDisk);
    data.calibration = { status: 'unattributed', matchBits: null, controlBps: null };
    const traced = await trace(SOURCE);
    expect(traced?.claim).toMatchObject({ x: [], matches: [], shared: [] });
    expect(traced?.attribution).toMatchObject({ covered: 0, spans: [] });
    expect(traced?.sections[0]?.picks).toMatchObject([{ contribution: 1, item: 0, chunk: 0 }]);
    data.calibration = { status: 'pending', matchBits: null, controlBps: null };
    expect(await trace(SOURCE)).toBeUndefined();
  },
);

/** The contributions of the picks of an output. */
const pickedBy = (trace: Awaited<ReturnType<Awaited<ReturnType<typeof traceOver>>>>): readonly number[] =>
  trace?.sections.flatMap(({ picks }) => picks.map(({ contribution }) => contribution)) ?? [];

test.each([
  ['in memory', 'traced to before', false, true],
  ['on the disk', 'traced to before', true, true],
  ['in memory', 'void before it was read', false, false],
  ['on the disk', 'void before it was read', true, false],
])('an index %s has what was eligible at a height: what was %s', async (...named) => {
  const [, , isOnDisk, isTracedBefore] = named;
  const chain = new ScriptedChain({ calibrationDraws: 8 });
  const data = new ScriptedData(chain);
  const first = data.contribute(1, [SOURCE]);
  data.contribute(2, [SOURCE], () => ({ copied: [], novelRuns: [{ item: 0, start: 0, end: 30 }] }));
  chain.blocks(5);
  const trace = await traceOver(chain, data, isOnDisk);
  if (isTracedBefore) expect(pickedBy(await trace(SOURCE))).toEqual([1]);
  data.voids(first);
  const voidedAt = BigInt(chain.height);
  for (const asOf of [undefined, voidedAt]) {
    expect(pickedBy(await trace(SOURCE, asOf))).toEqual([2]);
    expect((await trace(SOURCE, asOf))?.attribution).toMatchObject({ spans: [{ contribution: 2 }] });
  }
  expect(pickedBy(await trace(SOURCE, voidedAt - 1n))).toEqual([1]);
  expect((await trace(SOURCE, voidedAt - 1n))?.attribution).toMatchObject({ spans: [{ contribution: 1 }] });
});

test.each([
  ['in memory', false],
  ['on the disk', true],
])('a run counts as of a height before it was struck, with an index %s', async (_where, isOnDisk) => {
  const chain = new ScriptedChain({ calibrationDraws: 8 });
  const data = new ScriptedData(chain);
  const made = data.contribute(1, [SOURCE]);
  chain.blocks(5);
  const trace = await traceOver(chain, data, isOnDisk);
  data.strikes(made);
  const struckAt = BigInt(chain.height);
  for (const asOf of [undefined, struckAt]) expect(pickedBy(await trace(SOURCE, asOf))).toEqual([]);
  expect(pickedBy(await trace(SOURCE, struckAt - 1n))).toEqual([1]);
  // A run that was struck before its contribution became void does not count again.
  const before = made.strikes;
  data.voids(made);
  made.strikes = { all: made.voidedAt, novelRuns: before?.novelRuns ?? [] };
  expect(pickedBy(await trace(SOURCE, struckAt))).toEqual([]);
  expect(pickedBy(await trace(SOURCE, struckAt - 1n))).toEqual([1]);
});
