import { describe, expect, test } from 'vitest';
import type { NodeBackend } from '../../../rpc/backend.ts';
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { sketchOf } from '../../../state/attribution/sketch.ts';
import { fallDeclaration } from '../../../state/modules/disputes/declarations.ts';
import { contributionReview } from '../../../state/tx/contribution-review.ts';
import { dataContribution } from '../../../state/tx/data-contribution.ts';
import { tokensOf } from '../attribution/support.ts';
import { IndexedWorld } from '../state/economy/indexed-world.ts';
import {
  alice,
  bob,
  commitAs,
  contribute,
  createDatanet,
  everyone,
  payer,
  reveal,
  review,
  reviewers,
  submit,
} from '../state/economy/scenes.ts';
import { bytes32 } from '../state/economy/world.ts';
import { testServer } from './server.ts';

const world = new IndexedWorld(everyone, (params) => ({
  ...params,
  contribution: { ...params.contribution, revealMax: 100 },
}));
const datanet = createDatanet(world);
const words = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => `w${from + i}`).join(' ');
const sketch = (...texts: readonly string[]) => sketchOf(texts.map((text) => tokensOf(text)));

const first = contribute(world, alice, datanet, 'first', { sketch: sketch(words(0, 400)) });
const open = commitAs(world, alice, datanet, 'open');
const run = { item: 0, start: 10, end: 40, contribution: first, sourceItem: 0, sourcePos: 5 };
const second = contribute(world, bob, datanet, 'second', {
  shapes: [{ tokens: 100, promptTokens: 4 }],
  copied: [run],
  novelRuns: [
    { item: 0, start: 0, end: 10 },
    { item: 0, start: 40, end: 100 },
  ],
  sketch: sketch(words(0, 380), words(900, 20)),
});
const third = submit(world, bob, datanet, 'third', { sketch: sketch(words(5_000, 400)) });
const rejected = submit(world, bob, datanet, 'rejected', { sketch: sketch(words(0, 400)) });
for (const reviewer of reviewers.slice(0, 2))
  world.run(reviewer, contributionReview, review(rejected, { verdict: 'reject' }));
// Revealed last, though it comes before them in line.
world.run(alice, dataContribution, reveal(open, datanet, 'open'));
for (const fall of [
  { type: 'novelRun', reason: 'HARVEST', index: 1, tokens: 60, source: undefined },
  { type: 'passage', reason: 'PASSAGE', index: 2, source: 99 },
] as const)
  fallDeclaration(
    { view: world.state, block: world.context, emit: () => undefined },
    second,
    fall,
    payer.address,
  );

const small = testServer();

const serve = (change: Partial<NodeBackend> = {}) =>
  testServer({
    node: {
      ...small.node,
      read: (query) => query({ height: world.height, view: world.view }),
      txState: async (id) =>
        world.isExecuted(id) ? { status: 'included', row: world.row(id) } : { status: 'unknown' },
      history: world.history,
      ...change,
    },
  });
const server = serve();

const similarTo = async (contribution: ContributionId, change: object = {}) =>
  (await server.call('contribution_getSimilar', {
    contribution,
    ...change,
  })) as ResultOf<'contribution_getSimilar'>;
const revealed = async (change: object = {}) =>
  (await server.call('contribution_listRevealed', {
    datanet,
    ...change,
  })) as ResultOf<'contribution_listRevealed'>;

describe('what a contribution has declared', () => {
  test('is returned as it was revealed, with the parts that were struck', async () => {
    expect(await server.call('contribution_getDeclaration', { contribution: second })).toEqual({
      role: 'data',
      sources: [{ contribution: first, owner: toHex(alice.address), tokens: '30' }],
      shapes: [{ tokens: 100, promptTokens: 4 }],
      copied: [run],
      novelRuns: [
        { item: 0, start: 0, end: 10 },
        { item: 0, start: 40, end: 100 },
      ],
      sketch: [...sketch(words(0, 380), words(900, 20))],
      struck: {
        novelRuns: [1],
        passages: [{ index: 2, height: world.height.toString() }],
      },
    });
    expect(await server.call('contribution_get', { contribution: second })).toMatchObject({
      declared: { novelTokens: '70', dataTokens: '66' },
      novelTokensLeft: '10',
      voidedAt: null,
    });
  });

  test('says whose words it takes: once for each contribution, not its own, and of a commons nobody’s', async () => {
    const home = createDatanet(world);
    const sources = [contribute(world, alice, home, 'a'), contribute(world, bob, home, 'b')];
    const cited = (item: number) =>
      sources.map((source, i) => ({
        item,
        start: 40 * i,
        end: 40 * (i + 1),
        contribution: source,
        sourceItem: 0,
        sourcePos: 0,
      }));
    const proposal = contribute(world, bob, home, 'proposal', {
      role: 'commons',
      tokens: 80n,
      copied: cited(0),
      novelRuns: [],
    });
    const copy = commitAs(world, alice, home, 'copy');
    world.block();
    const whole = { item: 0, start: 0, end: 30, contribution: proposal, sourceItem: 0, sourcePos: 0 };
    const own = { item: 1, start: 0, end: 20, contribution: copy, sourceItem: 0, sourcePos: 0 };
    // The last two overlap in ten tokens, and cite the same contribution.
    const overlapping = [0, 1].map((i) => ({
      item: 3,
      start: 20 * i,
      end: 20 * i + 30,
      contribution: proposal,
      sourceItem: 0,
      sourcePos: 30 * i,
    }));
    const copied = [whole, own, ...cited(2), ...overlapping];
    const declared = { items: 4, tokens: 400n, copied, novelRuns: [] };
    world.run(alice, dataContribution, reveal(copy, home, 'copy', declared));
    const sourcesOf = async (contribution: ContributionId): Promise<unknown> =>
      ((await server.call('contribution_getDeclaration', { contribution })) as { readonly sources: unknown })
        .sources;
    const taken = sources.map((contribution, i) => ({
      contribution,
      owner: toHex((i === 0 ? alice : bob).address),
      tokens: '40',
    }));
    expect(await sourcesOf(proposal)).toEqual(taken);
    expect(await sourcesOf(copy)).toEqual([...taken, { contribution: proposal, owner: null, tokens: '80' }]);
  });

  test('is missing before the reveal, and on a node without the block', async () => {
    const unrevealed = commitAs(world, alice, datanet, 'later');
    for (const contribution of [unrevealed, 999])
      for (const method of ['contribution_getDeclaration', 'contribution_getSimilar'])
        expect(await server.refusal(method, { contribution })).toMatchObject({
          data: { code: 'CONTRIBUTION_NOT_REVEALED' },
        });
    const young = serve({ txState: async () => ({ status: 'unknown' }) });
    expect(await young.refusal('contribution_getDeclaration', { contribution: second })).toMatchObject({
      data: { code: 'BLOCK_NOT_FOUND' },
    });
  });
});

describe('similar contributions', () => {
  test('are those under review or accepted that have most shingles in common, and not itself', async () => {
    const { similar, next } = await similarTo(second);
    expect(next).toBeNull();
    expect(similar.map(({ contribution }) => contribution)).toEqual([first]);
    expect(similar[0]?.similarityBps).toBeGreaterThan(8_000);
    expect(await similarTo(third)).toEqual({ similar: [], next: null });
  });

  test('may be asked for by how like they are, and from where on', async () => {
    expect((await similarTo(second, { leastBps: 10_000 })).similar).toEqual([]);
    expect((await similarTo(second, { from: 1 })).similar).toEqual([]);
    expect((await similarTo(second, { from: 99 })).similar).toEqual([]);
  });
});

describe('what was revealed in a Datanet', () => {
  test('is listed in the order of the reveals, with what became of it', async () => {
    const page = await revealed();
    expect(page.total).toBe(5);
    expect(page.contributions.map(({ contribution, stage }) => [contribution, stage])).toEqual([
      [first, 'accepted'],
      [second, 'accepted'],
      [third, 'review'],
      [rejected, 'rejected'],
      [open, 'review'],
    ]);
    const { declared } = (await server.call('contribution_get', {
      contribution: first,
    })) as ResultOf<'contribution_get'>;
    expect(page.contributions[0]).toEqual({
      contribution: first,
      stage: 'accepted',
      root: toHex(bytes32('first')),
      digest: declared?.digest,
      role: 'data',
      items: 1,
      tokens: '100',
    });
    const part = await revealed({ from: 1, limit: 2 });
    expect(part.contributions.map(({ contribution }) => contribution)).toEqual([second, third]);
    expect(await server.refusal('contribution_listRevealed', { datanet: 9 })).toMatchObject({
      data: { code: 'DATANET_NOT_FOUND' },
    });
  });
});
