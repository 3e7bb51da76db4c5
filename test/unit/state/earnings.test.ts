/** The earnings of one height with thousands of payments, held against the rules of the state, payment by payment. */

import { expect, it } from 'vitest';
import { type Address, type Root, toHeight } from '../../../src/lib/brands.ts';
import type { ContributionId, DatanetId } from '../../../src/lib/ids.ts';
import { numberEvents } from '../../../state/events/block-events.ts';
import type { Event } from '../../../state/events.ts';
import { addCommit, setAccepted } from '../../../state/modules/data/contributions.ts';
import {
  type NoveltyShare,
  novelTokensLeft,
  paidByNovelty,
  payVersion,
  strikeNovelTokens,
} from '../../../state/modules/data/novelty-shares.ts';
import {
  accountEarnings,
  contributionEarnings,
  type EarningsPage,
  type EarningsPosition,
  type EarningsQuery,
} from '../../../state/store/earnings.ts';
import { indexPuts } from '../../../state/store/event-index.ts';
import { openHistory } from '../../../state/store/history.ts';
import { type Overlay, overlay } from '../../../state/view.ts';
import { memoryDatabase } from './memory-database.ts';

const owner = new Uint8Array(20).fill(7) as Address;
const root = new Uint8Array(32) as Root;
const DATANETS = [1, 2];
const PER_DATANET = 4;

type Contribution = NoveltyShare & { readonly contribution: ContributionId; readonly datanet: DatanetId };
/** An entry of one contribution, as `contribution track amount at height/index`. */
type Line = string;

const lineOf = (
  contribution: ContributionId,
  track: string,
  amount: bigint,
  height: bigint,
  index: number,
): Line => `${contribution} ${track} ${amount} at ${height}/${index}`;

/** Numbers that look random and are the same in every run. */
const scripted = (): ((below: number) => number) => {
  let seed = 12_345;
  return (below) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
};

/** A chain of payments and strikes that are made by the rules of the state, and what each of them credited. */
const playHeights = async (payments: readonly number[]) => {
  const random = scripted();
  const state = new Map<string, Uint8Array>();
  const database = memoryDatabase();
  const lines: Line[] = [];
  const blockView = (): Overlay =>
    overlay(
      { get: (key) => state.get(key) },
      {
        get: (key) => state.get(key),
        set: (key, value) => state.set(key, value),
        delete: (key) => state.delete(key),
      },
    );

  const first = blockView();
  const contributions = DATANETS.flatMap((datanet) =>
    Array.from({ length: PER_DATANET }, (_, acceptance): Contribution => {
      const contribution = addCommit(first, { datanet, owner, commitment: root, height: toHeight(1n) }, 0n);
      const novelTokens = BigInt(1_000 + random(5_000));
      setAccepted(first, contribution, {
        datanet,
        acceptance,
        commons: false,
        height: toHeight(1n),
        owner,
        items: 1,
        tokens: 10_000n,
        novelTokens,
        voided: undefined,
      });
      return { contribution, datanet, acceptance, novelTokens };
    }),
  );
  first.commit();

  let height = 0n;
  for (const count of payments) {
    height += 1n;
    const view = blockView();
    const events: Event[] = [];
    const pay = (datanet: DatanetId): void => {
      const paid = contributions.filter((each) => each.datanet === datanet).slice(0, 1 + random(PER_DATANET));
      const novelTokens = paid.reduce((sum, share) => sum + novelTokensLeft(view, datanet, share), 0n);
      const amount = random(3) === 0 ? BigInt(random(3_000)) : BigInt(random(1_000_000)) * 10n ** 12n;
      const before = paid.map((share) => paidByNovelty(view, datanet, share));
      const version = { count: paid.length, novelTokens };
      const perToken = payVersion(view, datanet, version, amount);
      for (const [i, share] of paid.entries()) {
        const credited = paidByNovelty(view, datanet, share) - (before[i] ?? 0n);
        if (credited > 0n)
          lines.push(lineOf(share.contribution, 'remainder', credited, height, events.length));
      }
      const data = { datanet, model: 1, epoch: toHeight(height), version: 1, ...version, amount, perToken };
      events.push({ type: 'remainderPaid', data });
    };
    const strike = (struck: Contribution): void => {
      const { contribution, datanet } = struck;
      const tokens = BigInt(1 + random(9));
      const forfeited = strikeNovelTokens(view, datanet, struck, tokens, 0n);
      const left = novelTokensLeft(view, datanet, struck);
      if (forfeited > 0n) lines.push(lineOf(contribution, 'forfeited', forfeited, height, events.length));
      events.push({ type: 'noveltyStruck', data: { contribution, datanet, owner, tokens, left, forfeited } });
    };
    for (let i = 0; i < count; i++) {
      if (random(40) === 0) strike(contributions[random(contributions.length)] ?? never());
      pay(DATANETS[random(2)] ?? 1);
    }
    const numbered = numberEvents({ transactions: [], end: events });
    await database.write(indexPuts(toHeight(height), [], numbered, view.writes));
    view.commit();
  }
  const history = openHistory(database, () => height);
  return { history, view: { get: (key: string) => state.get(key) }, height, contributions, lines };
};

const never = (): never => {
  throw new Error('it is there');
};

const readAll = async (
  read: (query: EarningsQuery) => Promise<EarningsPage | undefined>,
  limit: number,
): Promise<readonly Line[]> => {
  const lines: Line[] = [];
  let from: EarningsPosition | undefined = { height: toHeight(0n), index: 0, entry: 0 };
  while (from !== undefined) {
    const page: EarningsPage = (await read({ from, limit })) ?? never();
    for (const { contribution, track, amount, position } of page.entries)
      lines.push(lineOf(contribution ?? 0, track, amount, position.height, position.index));
    from = page.next;
  }
  return lines;
};

it('lists what each of thousands of payments at one height credited, between strikes', async () => {
  const { history, view, height, contributions, lines } = await playHeights([50, 2_000, 50]);
  expect(lines.length).toBeGreaterThan(4_000);
  for (const { contribution } of contributions)
    expect(
      await readAll(
        (query) => contributionEarnings(history, view, contribution, query, toHeight(height)),
        999,
      ),
    ).toEqual(lines.filter((line) => line.startsWith(`${contribution} `)));
  // Entries of one event are in the order of the contributions, as they are in the script.
  expect(
    await readAll((query) => accountEarnings(history, view, owner, query, toHeight(height)), 700),
  ).toEqual(lines);
});
