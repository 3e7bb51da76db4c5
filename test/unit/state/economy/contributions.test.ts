import { describe, expect, it } from 'vitest';
import type { ContributionId } from '../../../../src/lib/ids.ts';
import { type Json, list } from '../../../../src/lib/ssz.ts';
import type { CopiedRun } from '../../../../state/attribution/declaration.ts';
import { sketchOf } from '../../../../state/attribution/sketch.ts';
import { VersionLeafType } from '../../../../state/modules/data/datanets.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { getContribution } from '../../../../state/queries/contributions.ts';
import { getDatanet, getVersion, listDatanets } from '../../../../state/queries/datanets.ts';
import { contributionCommit } from '../../../../state/tx/contribution-commit.ts';
import { contributionReview } from '../../../../state/tx/contribution-review.ts';
import { dataContribution } from '../../../../state/tx/data-contribution.ts';
import { datanetCreate } from '../../../../state/tx/datanet-create.ts';
import {
  alice,
  bob,
  commitAs,
  contribute,
  createDatanet,
  creator,
  datanetTerms,
  everyone,
  reveal,
  review,
  reviewers,
  submit,
} from './scenes.ts';
import { actor, bytes32, World } from './world.ts';

const [first, second, third] = reviewers;

/** Without the fees that were burned on the way. */
const bondOf = (world: World, contribution: ContributionId): bigint => {
  const info = getContribution(world.view, contribution);
  return info?.type === 'contribution' ? info.standing.bond : -1n;
};
const stageOf = (world: World, contribution: ContributionId): string => {
  const info = getContribution(world.view, contribution);
  return info?.type === 'contribution' ? info.standing.stage : 'none';
};

describe('datanetCreate', () => {
  it('refuses terms that contradict themselves', () => {
    const world = new World(everyone);
    const commons = { root: bytes32('notice'), items: 1, tokens: 40n, bytes: 200n };
    const refused: readonly [string, Parameters<typeof datanetTerms>[0]][] = [
      ['DATANET_NAME', { name: '' }],
      ['DATANET_NAME', { domain: '' }],
      ['DATANET_NAME', { licence: '' }],
      ['DATANET_SCHEMA', { schema: { fields: [], promptFields: 0 } }],
      ['DATANET_SCHEMA', { schema: { fields: ['a', 'a'], promptFields: 0 } }],
      ['DATANET_SCHEMA', { schema: { fields: ['a', ''], promptFields: 0 } }],
      ['DATANET_SCHEMA', { schema: { fields: ['a'], promptFields: 2 } }],
      ['DATANET_COMMONS', { commons: { ...commons, items: 0 } }],
      ['DATANET_COMMONS', { commons: { ...commons, items: 65_537 } }],
      ['DATANET_COMMONS', { commons: { ...commons, tokens: 65_537n, bytes: 100_000n } }],
      ['DATANET_COMMONS', { commons: { ...commons, bytes: 39n } }],
      ['DATANET_COMMONS', { commons: { ...commons, bytes: (1n << 20n) + 1n } }],
      ['DATANET_MATCH_BITS', { matchBitsFloor: 513 }],
      ['DATANET_CONTRIBUTORS', { contributors: [alice.address] }],
      ['DATANET_CONTRIBUTORS', { access: 'permissioned' }],
      ['DATANET_CONTRIBUTORS', { access: 'permissioned', contributors: [alice.address, alice.address] }],
      ['DATANET_REVIEWERS', { reviewers: [first.address, second.address, first.address] }],
      ['DATANET_QUORUM', { quorum: 1 }],
      ['DATANET_QUORUM', { quorum: 4 }],
    ];
    for (const [code, change] of refused)
      expect(
        world.refusal(creator, datanetCreate, datanetTerms(change)),
        JSON.stringify(change, (_, v) => (typeof v === 'bigint' ? String(v) : v)),
      ).toBe(`invalid: ${code}`);
  });

  it('asks no less bond for a byte than the chain does', () => {
    const world = new World(everyone, (params) => ({
      ...params,
      contribution: { ...params.contribution, bondPerByteMin: 7n },
    }));
    expect(world.refusal(creator, datanetCreate, datanetTerms({ bondPerByte: 6n }))).toBe(
      'invalid: DATANET_BOND',
    );
    expect(world.refusal(creator, datanetCreate, datanetTerms({ bondPerByte: 7n }))).toBe('success');
  });

  it('takes null for no commons in JSON, and no list', () => {
    const terms = datanetTerms({});
    const json = datanetCreate.payload.toJson(terms);
    expect(json).toMatchObject({ commons: null });
    expect(datanetCreate.payload.fromJson(json)).toEqual({ ok: true, value: terms });
    const listed = JSON.stringify(json).replace('"commons":null', '"commons":[]');
    expect(datanetCreate.payload.fromJson(JSON.parse(listed) as Json)).toMatchObject({
      fault: { message: expect.stringContaining('commons') },
    });
  });

  it('gives the commons a contribution below all contributors', () => {
    const world = new World(everyone);
    const commons = { root: bytes32('notice'), items: 1, tokens: 40n, bytes: 200n };
    const datanet = createDatanet(world, { commons });
    const contribution = commitAs(world, alice, datanet, 'first');
    const info = getDatanet(world.view, datanet);
    expect(info?.commonsContribution).toBe(contribution - 1);
    expect(getContribution(world.view, contribution - 1)).toEqual({
      type: 'commons',
      contribution: contribution - 1,
      datanet,
      content: commons,
      voided: undefined,
    });
    expect(world.refusal(creator, dataContribution, reveal(contribution - 1, datanet, 'notice'))).toBe(
      'CONTRIBUTION_UNKNOWN',
    );
  });

  it('numbers Datanets from 1 and lists them in pages', () => {
    const world = new World(everyone);
    for (const name of ['a', 'b', 'c']) createDatanet(world, { name });
    expect(listDatanets(world.view, 0, 2).map(({ id, terms }) => [id, terms.name])).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
    expect(listDatanets(world.view, 2, 2).map(({ id }) => id)).toEqual([3]);
    expect(getDatanet(world.view, 4)).toBeUndefined();
  });
});

describe('contributionCommit', () => {
  it('takes a bond and the next place in line of the whole chain', () => {
    const world = new World(everyone);
    const one = createDatanet(world);
    const other = createDatanet(world);
    const contributions = [
      commitAs(world, alice, one, 'a'),
      commitAs(world, bob, other, 'b'),
      commitAs(world, alice, one, 'c'),
    ];
    expect(contributions).toEqual([1, 2, 3]);
    expect(potTotal(world.view, 'contributionBonds')).toBe(300n);
  });

  it('refuses an unknown Datanet, one who is not admitted, and one who cannot pay the bond', () => {
    const poor = actor('poor');
    const world = new World([...everyone, poor], (params) => ({
      ...params,
      contribution: { ...params.contribution, commitBond: 2_000_000n * 10n ** 18n },
    }));
    const closed = createDatanet(world, { access: 'permissioned', contributors: [alice.address] });
    const commitment = bytes32('anything');
    expect(world.refusal(alice, contributionCommit, { datanet: 9, commitment })).toBe('DATANET_UNKNOWN');
    expect(world.refusal(bob, contributionCommit, { datanet: closed, commitment })).toBe(
      'DATANET_NOT_CONTRIBUTOR',
    );
    expect(world.refusal(alice, contributionCommit, { datanet: closed, commitment })).toBe('BALANCE_TOO_LOW');
  });

  it('loses its bond to the treasury at the end of the last block in which it could be revealed', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    const contribution = commitAs(world, alice, datanet, 'never');
    const treasury = potTotal(world.view, 'treasury');
    const last = world.height + 10n;
    world.until(last - 1n);
    expect(stageOf(world, contribution)).toBe('committed');
    world.until(last);
    expect(stageOf(world, contribution)).toBe('expired');
    expect(potTotal(world.view, 'contributionBonds')).toBe(0n);
    expect(potTotal(world.view, 'treasury')).toBe(treasury + 100n);
    expect(totalsOf(world.view).forfeitedBonds).toBe(100n);
    expect(world.refusal(alice, dataContribution, reveal(contribution, datanet, 'never'))).toBe(
      'CONTRIBUTION_EXPIRED',
    );
  });

  it('may be revealed in the very last block', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    const contribution = commitAs(world, alice, datanet, 'late');
    world.until(world.height + 9n);
    world.run(alice, dataContribution, reveal(contribution, datanet, 'late'));
    expect(stageOf(world, contribution)).toBe('review');
  });
});

describe('dataContribution', () => {
  it('refuses facts that cannot be', () => {
    const world = new World(everyone);
    const run = (item: number, start: number, end: number) => ({ item, start, end });
    const shape = (tokens: number, promptTokens = 0) => ({ tokens, promptTokens });
    const refused: readonly [string, Parameters<typeof reveal>[3]][] = [
      ['CONTRIBUTION_SHAPES', { shapes: [] }],
      ['CONTRIBUTION_SHAPES', { shapes: [shape(50), shape(50)] }],
      ['CONTRIBUTION_SHAPES', { shapes: [shape(99)] }],
      ['CONTRIBUTION_SKETCH', { sketch: sketchOf([]).slice(1) }],
      [
        'CONTRIBUTION_COPIED',
        { copied: [{ ...run(0, 0, 15), contribution: 1, sourceItem: 0, sourcePos: 0 }] },
      ],
      ['CONTRIBUTION_ITEMS', { items: 0, tokens: 0n, novelRuns: [] }],
      ['CONTRIBUTION_ITEMS', { items: 65_537, shapes: [] }],
      ['CONTRIBUTION_TOKENS', { tokens: 65_537n, bytes: 70_000n }],
      ['CONTRIBUTION_BYTES', { bytes: 99n }],
      ['CONTRIBUTION_BYTES', { bytes: (1n << 20n) + 1n }],
      ['CONTRIBUTION_PARENTS', { parents: [2, 1] }],
      ['CONTRIBUTION_PARENTS', { parents: [1, 1] }],
      ['CONTRIBUTION_PARENTS', { parents: [3] }],
      ['CONTRIBUTION_NOVEL_RUNS', { novelRuns: [run(0, 5, 5)] }],
      ['CONTRIBUTION_NOVEL_RUNS', { novelRuns: [run(1, 0, 5)] }],
      ['CONTRIBUTION_NOVEL_RUNS', { novelRuns: [run(0, 0, 65_537)] }],
      ['CONTRIBUTION_NOVEL_RUNS', { novelRuns: [run(0, 0, 10), run(0, 9, 20)] }],
      ['CONTRIBUTION_NOVEL_RUNS', { items: 2, novelRuns: [run(1, 0, 10), run(0, 0, 10)] }],
      ['CONTRIBUTION_NOVEL_RUNS', { items: 2, novelRuns: [run(0, 0, 60), run(1, 0, 60)] }],
    ];
    for (const [code, change] of refused)
      expect(world.refusal(alice, dataContribution, reveal(3, 1, 'x', change)), code).toBe(
        `invalid: ${code}`,
      );
  });

  it('refuses what is not the commit, or not yet', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    const other = createDatanet(world);
    const parent = commitAs(world, bob, datanet, 'parent');
    const contribution = commitAs(world, alice, datanet, 'mine');
    expect(world.refusal(alice, dataContribution, reveal(contribution, datanet, 'mine'))).toBe(
      'CONTRIBUTION_EARLY',
    );
    const refused = (change: Parameters<typeof reveal>[3], from = alice) =>
      world.refusal(from, dataContribution, reveal(contribution, datanet, 'mine', change));
    expect(refused({ contribution: contribution + 1 })).toBe('CONTRIBUTION_UNKNOWN');
    expect(refused({}, bob)).toBe('CONTRIBUTION_NOT_OWNER');
    expect(refused({ datanet: other })).toBe('CONTRIBUTION_DATANET');
    expect(refused({ salt: new Uint8Array(32) })).toBe('CONTRIBUTION_COMMITMENT');
    expect(refused({ root: bytes32('yours') })).toBe('CONTRIBUTION_COMMITMENT');
    expect(refused({ licence: 'GPL-3.0' })).toBe('CONTRIBUTION_LICENCE');
    expect(refused({ parents: [parent] })).toBe('CONTRIBUTION_PARENT_UNKNOWN');
    expect(refused({ rules: 1 })).toBe('CONTRIBUTION_RULES');
    expect(refused({ bytes: (1n << 19n) + 1n })).toBe('invalid: CONTRIBUTION_BYTES');
    expect(refused({ bytes: 1n << 19n })).toBe('success');
    expect(refused({})).toBe('CONTRIBUTION_REVEALED');
  });

  it('cites as copied only what was revealed in the Datanet, and holds as much', () => {
    const world = new World(everyone, (params) => ({
      ...params,
      contribution: { ...params.contribution, revealMax: 100 },
    }));
    const commons = { root: bytes32('notice'), items: 3, tokens: 30n, bytes: 200n };
    const datanet = createDatanet(world, { commons });
    const elsewhere = contribute(world, bob, createDatanet(world), 'elsewhere');
    const hidden = commitAs(world, bob, datanet, 'hidden');
    const open = submit(world, bob, datanet, 'open', { tokens: 50n, novelRuns: [] });
    const rejected = submit(world, bob, datanet, 'rejected');
    for (const reviewer of [first, second])
      world.run(reviewer, contributionReview, review(rejected, { verdict: 'reject' }));
    const accepted = contribute(world, bob, datanet, 'accepted');
    const contribution = commitAs(world, alice, datanet, 'mine');
    world.block();
    const run = (source: number, change: Partial<CopiedRun> = {}): CopiedRun => ({
      item: 1,
      start: 10,
      end: 30,
      contribution: source,
      sourceItem: 0,
      sourcePos: 0,
      ...change,
    });
    const refusal = (...copied: readonly CopiedRun[]) =>
      world.refusal(
        alice,
        dataContribution,
        reveal(contribution, datanet, 'mine', { items: 2, copied, novelRuns: [] }),
      );
    for (const bad of [
      run(0),
      run(hidden),
      run(elsewhere),
      run(rejected),
      run(open, { sourceItem: 1 }),
      run(open, { sourcePos: 31 }),
      run(accepted, { sourcePos: 81 }),
      run(1, { sourceItem: 3 }),
      run(1, { sourcePos: 11 }),
    ])
      expect(refusal(bad), JSON.stringify(bad)).toBe('CONTRIBUTION_COPIED_SOURCE');
    // Of the second item; the first is cited by itself.
    expect(
      refusal(
        run(1, { sourceItem: 2, sourcePos: 10, start: 0, end: 20 }),
        run(open, { start: 5, end: 25, sourcePos: 30 }),
        run(accepted, { start: 20, end: 40, sourcePos: 80 }),
        run(contribution, { start: 30, end: 50, sourcePos: 30 }),
      ),
    ).toBe('success');
  });

  it('refuses a bond that the contributor cannot pay', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world, { bondPerByte: 10n ** 24n });
    const contribution = commitAs(world, alice, datanet, 'dear');
    world.block();
    expect(world.refusal(alice, dataContribution, reveal(contribution, datanet, 'dear'))).toBe(
      'BALANCE_TOO_LOW',
    );
  });

  it('refuses an exact duplicate of an earlier contribution, under review or accepted, and only in its Datanet', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    const other = createDatanet(world);
    const digest = bytes32('the same text');
    const original = submit(world, alice, datanet, 'original', { digest });
    const copy = commitAs(world, bob, datanet, 'copy');
    world.block();
    const copied = reveal(copy, datanet, 'copy', { digest });
    expect(world.refusal(bob, dataContribution, copied)).toBe('CONTRIBUTION_DUPLICATE');
    for (const reviewer of [first, second]) world.run(reviewer, contributionReview, review(original));
    expect(world.refusal(bob, dataContribution, copied)).toBe('CONTRIBUTION_DUPLICATE');
    expect(stageOf(world, submit(world, bob, other, 'elsewhere', { digest }))).toBe('review');
  });

  it('lets the text be contributed again once a contribution of it was rejected', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    const digest = bytes32('the same text');
    const stolen = submit(world, bob, datanet, 'stolen', { digest });
    for (const reviewer of [first, second])
      world.run(reviewer, contributionReview, review(stolen, { verdict: 'reject' }));
    expect(stageOf(world, submit(world, alice, datanet, 'rightful', { digest }))).toBe('review');
  });

  it('does not let a later commit keep out an earlier one by declaring its digest first', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    const digest = bytes32('the same text');
    const early = commitAs(world, alice, datanet, 'early');
    const late = submit(world, bob, datanet, 'late', { digest });
    world.run(alice, dataContribution, reveal(early, datanet, 'early', { digest }));
    expect(stageOf(world, early)).toBe('review');
    for (const reviewer of [first, second])
      world.run(reviewer, contributionReview, review(late, { verdict: 'reject' }));
    const copy = commitAs(world, bob, datanet, 'copy');
    world.block();
    expect(world.refusal(bob, dataContribution, reveal(copy, datanet, 'copy', { digest }))).toBe(
      'CONTRIBUTION_DUPLICATE',
    );
  });

  it('still refuses a duplicate after an earlier commit has declared the text falsely and was rejected', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    const digest = bytes32('the same text');
    const earlier = commitAs(world, bob, datanet, 'junk');
    const rightful = submit(world, alice, datanet, 'rightful', { digest });
    for (const reviewer of [first, second]) world.run(reviewer, contributionReview, review(rightful));
    world.run(bob, dataContribution, reveal(earlier, datanet, 'junk', { digest }));
    for (const reviewer of [first, second])
      world.run(reviewer, contributionReview, review(earlier, { verdict: 'reject' }));
    const copy = commitAs(world, bob, datanet, 'copy');
    world.block();
    expect(world.refusal(bob, dataContribution, reveal(copy, datanet, 'copy', { digest }))).toBe(
      'CONTRIBUTION_DUPLICATE',
    );
  });
});

describe('contributionReview', () => {
  it('is refused to anyone who may not judge', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    const contribution = commitAs(world, first, datanet, 'own');
    expect(world.refusal(second, contributionReview, review(contribution))).toBe('REVIEW_STAGE');
    world.block();
    world.run(first, dataContribution, reveal(contribution, datanet, 'own'));
    const quality = { authenticity: 101, ownership: 0, quality: 0, uniqueness: 0 };
    expect(world.refusal(second, contributionReview, review(contribution, { quality }))).toBe(
      'invalid: REVIEW_QUALITY',
    );
    expect(world.refusal(second, contributionReview, review(contribution + 1))).toBe('CONTRIBUTION_UNKNOWN');
    expect(world.refusal(alice, contributionReview, review(contribution))).toBe('REVIEW_NOT_REVIEWER');
    expect(world.refusal(first, contributionReview, review(contribution))).toBe('REVIEW_OWN');
    world.run(second, contributionReview, review(contribution));
    expect(world.refusal(second, contributionReview, review(contribution))).toBe('REVIEW_TWICE');
    world.run(third, contributionReview, review(contribution));
    expect(stageOf(world, contribution)).toBe('accepted');
  });

  it('accepts at the quorum, gives the place in the version and keeps the bond for a while', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    const contribution = submit(world, alice, datanet, 'good');
    expect(bondOf(world, contribution)).toBe(500n);
    world.run(first, contributionReview, review(contribution, { verdict: 'reject' }));
    world.run(second, contributionReview, review(contribution));
    expect(stageOf(world, contribution)).toBe('review');
    const before = world.balance(alice);
    world.run(third, contributionReview, review(contribution));
    expect(stageOf(world, contribution)).toBe('accepted');
    expect(world.balance(alice)).toBe(before);
    expect(bondOf(world, contribution)).toBe(500n);
    expect(world.refusal(first, contributionReview, review(contribution))).toBe('REVIEW_TWICE');
  });

  it('keeps the bond of what is rejected', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    const contribution = submit(world, alice, datanet, 'bad');
    const before = world.balance(alice);
    const treasury = potTotal(world.view, 'treasury');
    for (const reviewer of [first, second])
      world.run(reviewer, contributionReview, review(contribution, { verdict: 'reject' }));
    expect(stageOf(world, contribution)).toBe('rejected');
    expect(world.balance(alice)).toBe(before);
    expect(potTotal(world.view, 'treasury')).toBe(treasury + 500n);
    expect(world.refusal(third, contributionReview, review(contribution))).toBe('REVIEW_STAGE');
    expect(getDatanet(world.view, datanet)?.version.count).toBe(0);
  });

  it('returns the bond of what no quorum decides', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    // Of three reviewers one is the contributor: of the two left, one is for and one against.
    const contribution = submit(world, first, datanet, 'contested');
    world.run(second, contributionReview, review(contribution));
    const before = world.balance(first);
    world.run(third, contributionReview, review(contribution, { verdict: 'reject' }));
    expect(stageOf(world, contribution)).toBe('undecided');
    expect(world.balance(first)).toBe(before + 500n);
    expect(potTotal(world.view, 'contributionBonds')).toBe(0n);
  });

  it('makes versions whose root is that of the SSZ list of their leaves, in the order of acceptance', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    const leaves: { contribution: ContributionId; root: ReturnType<typeof bytes32> }[] = [];
    const oracle = list(VersionLeafType, 1 << 20);
    expect(getDatanet(world.view, datanet)?.version).toEqual({ count: 0, root: oracle.root([]) });
    const late = submit(world, bob, datanet, 'late');
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const contribution = contribute(world, alice, datanet, name);
      leaves.push({ contribution, root: bytes32(name) });
      expect(getVersion(world.view, datanet, leaves.length)?.root).toEqual(oracle.root(leaves));
    }
    for (const reviewer of [first, second]) world.run(reviewer, contributionReview, review(late));
    leaves.push({ contribution: late, root: bytes32('late') });
    const info = getDatanet(world.view, datanet);
    expect(info?.version).toEqual({ count: 6, root: oracle.root(leaves) });
    expect(info?.growth).toEqual({
      items: 6n,
      tokens: 600n,
      bytes: 2400n,
      novelTokens: 600n,
      dataTokens: 600n,
    });
    expect(getVersion(world.view, datanet, 7)).toBeUndefined();
  });

  it('is refused where the Datanet holds as many contributions as its tree has leaves', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    const key = `datanets/${'1'.padStart(20, '0')}/growth`;
    contribute(world, alice, datanet, 'a');
    const contribution = submit(world, bob, datanet, 'last');
    // The count of its accepted contributions leads the encoding, behind one offset.
    const growth = world.state.get(key)?.slice() ?? new Uint8Array();
    const at = new DataView(growth.buffer).getUint32(0, true);
    new DataView(growth.buffer).setUint32(at, 1 << 20, true);
    world.state.set(key, growth);
    world.run(first, contributionReview, review(contribution));
    expect(world.refusal(second, contributionReview, review(contribution))).toBe('DATANET_FULL');
  });
});
