/** Whose words a proposed commons takes, by the declarations of the contributions that it cites. */
import { expect, test } from 'vitest';
import { takenBy, takenLines } from '../../../src/cli/review/taken.ts';
import type { RpcClient } from '../../../src/client/rpc-client.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import type { CopiedRun } from '../../../state/attribution/declaration.ts';

const owner = (contribution: number): Uint8Array => new Uint8Array(20).fill(contribution);

const run = (
  [item, start, end]: readonly [item: number, start: number, end: number],
  [contribution, sourceItem, sourcePos]: readonly [contribution: number, item: number, pos: number],
): CopiedRun => ({ item, start, end, contribution, sourceItem, sourcePos });

/** A node that has these declarations, and counts those that it is asked for. Contribution 1 is a commons. */
const nodeWith = (copied: ReadonlyMap<number, readonly CopiedRun[]>) => {
  const asked: number[] = [];
  const attempt = (contribution: number) => {
    asked.push(contribution);
    const runs = copied.get(contribution);
    if (runs === undefined)
      return { ok: false, fault: { code: 'CONTRIBUTION_NOT_REVEALED', message: 'not revealed', data: {} } };
    const cited = new Set(runs.map((each) => each.contribution));
    const sources = [...cited].map((each) => ({
      contribution: each,
      owner: each === 1 ? null : owner(each),
      tokens: 0n,
    }));
    return { ok: true, value: { copied: runs, sources } };
  };
  const client: RpcClient = {
    call: async (_method: string, params: { contribution: number }) =>
      unwrap(attempt(params.contribution) as never),
    batch: async (calls: readonly { params: { contribution: number } }[]) =>
      calls.map(({ params }) => attempt(params.contribution)),
  } as never;
  return { client, asked };
};

test('a copy that the proposer cites is followed to the contribution that it was copied from', async () => {
  const { client } = nodeWith(
    new Map([
      [2, []],
      [3, [run([0, 5, 45], [2, 0, 100])]],
      [4, [run([0, 0, 30], [3, 0, 10]), run([0, 20, 60], [3, 0, 30])]],
      [9, [run([0, 0, 60], [4, 0, 0])]],
    ]),
  );
  // Of 4, tokens 0 to 30 stand in 3 from 10 on, and 30 to 60 from 40 on: 5 of those from 40 to 70 stand in 2.
  expect(await takenBy(client, 9)).toEqual([
    { contribution: 2, owner: owner(2), tokens: 35n },
    { contribution: 3, owner: owner(3), tokens: 25n },
  ]);
});

test('a token that two runs of a holder cover counts once, and the proposal is no holder', async () => {
  const { client } = nodeWith(
    new Map([
      [2, []],
      [9, [run([0, 0, 30], [2, 0, 0]), run([0, 20, 60], [2, 1, 0]), run([1, 0, 20], [9, 0, 5])]],
    ]),
  );
  expect(await takenBy(client, 9)).toEqual([{ contribution: 2, owner: owner(2), tokens: 80n }]);
});

test('a source without a declaration ends the way, and a commons has no owner', async () => {
  const { client } = nodeWith(
    new Map([
      [2, [run([0, 0, 20], [1, 0, 0])]],
      [9, [run([0, 0, 20], [2, 0, 0]), run([0, 20, 40], [7, 0, 0])]],
    ]),
  );
  expect(await takenBy(client, 9)).toEqual([
    { contribution: 1, owner: null, tokens: 20n },
    { contribution: 7, owner: owner(7), tokens: 20n },
  ]);
});

test('no more than 64 declarations are read, those of the longest citations first', async () => {
  const many = Array.from({ length: 100 }, (_, i) => run([i, 0, i === 99 ? 30 : 20], [100 + i, 0, 0]));
  const { client, asked } = nodeWith(
    new Map([
      [199, [run([0, 0, 30], [2, 0, 0])]],
      [300, many],
    ]),
  );
  const taken = await takenBy(client, 300);
  expect(asked).toHaveLength(64);
  expect(taken[0]).toEqual({ contribution: 2, owner: owner(2), tokens: 30n });
  expect(taken).toHaveLength(100);
});

test('declarations that cite each other, as only a false node has them, end too', async () => {
  const { client } = nodeWith(
    new Map([
      [2, [run([0, 0, 20], [3, 0, 0])]],
      [3, [run([0, 0, 20], [2, 0, 0])]],
      [9, [run([0, 0, 20], [2, 0, 0])]],
    ]),
  );
  expect((await takenBy(client, 9)).map(({ tokens }) => tokens)).toEqual([20n]);
});

test('the lines say that declarations name one holder, and which command finds all', () => {
  const taken = [{ contribution: 2, owner: owner(2) as never, tokens: 35n }];
  const lines = takenLines(9, taken, { label: () => 'cleo' });
  expect(lines).toContain('  it takes 35 tokens from contribution 2 of cleo');
  expect(lines.at(-1)).toContain('as declared; "openledger review 9 --accept --dry-run" finds all');
});
