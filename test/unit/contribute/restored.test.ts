/** Contributions whose journal was restored from a copy, and nodes that are behind: no bond is lost by either. */
import { describe, expect, test } from 'vitest';
import { toRpcFault } from '../../../src/client/codes.ts';
import {
  type ContributionRow,
  type JournalStore,
  memoryJournal,
  type RpcClient,
} from '../../../src/index.ts';
import { failWith } from '../../../src/lib/errors.ts';
import { openStage, row } from './stage.ts';

const { chain, client, give, commits } = await openStage();

describe('a journal that was restored from a copy', () => {
  /** Contributes until something stands in the journal. @returns the journal with the state that it had at first */
  const restored = async (what: RegExp, rows: readonly ContributionRow[]): Promise<JournalStore> => {
    const kept = memoryJournal();
    const controller = new AbortController();
    let first: string | undefined;
    const journal = {
      ...kept,
      write: (text: string): void => {
        first ??= text;
        kept.write(text);
        if (what.test(text)) controller.abort(new Error('stopped'));
      },
    };
    const run = give({ rows, itemsMax: 1, journal, signal: controller.signal });
    await expect(run).rejects.toThrow('stopped');
    kept.write(first ?? '');
    return journal;
  };

  test.each([
    ['committed', /"contribution":[0-9]/, true],
    ['committed, though other commits are allowed', /"contribution":[0-9]/, false],
    ['revealed and not uploaded', /"revealed":"0x/, false],
  ])('goes on with what it had %s', async (name, what, isStrict) => {
    const rows = [row(`${name} first`), row(`${name} second`)];
    const before = commits();
    const journal = await restored(what, rows);
    const committed = commits() - before;
    const made = await give({ rows, itemsMax: 1, journal, withUnknownCommits: !isStrict });
    expect(made.map(({ revealed, refused }) => [typeof revealed, refused])).toEqual([
      ['string', undefined],
      ['string', undefined],
    ]);
    // Each row was committed once.
    expect([committed > 0, commits() - before]).toEqual([true, rows.length]);
    // Its text is with the node: the salts are those of the first commit.
    for (const { contribution = 0 } of made) {
      const { content } = await client.call('contribution_get', { contribution });
      const found = await client.attempt('content_get', { root: content?.root ?? '0x' });
      expect(found.ok).toBe(true);
    }
  });
});

test('a node that is behind does not end a run whose commits it does not have yet', async () => {
  let behind = 1;
  const own: RpcClient = {
    ...client,
    batch: async (calls) => {
      const answers = await client.batch(calls);
      for (const [i, { method }] of calls.entries()) {
        if (method !== 'contribution_get' || behind === 0) continue;
        behind -= 1;
        const fault = { code: 'CONTRIBUTION_NOT_FOUND', message: 'there is none' };
        Reflect.set(answers, i, failWith(toRpcFault(method, fault)));
      }
      return answers;
    },
  };
  const said: string[] = [];
  const before = commits();
  const [made] = await give({ client: own, rows: [row('ahead')], progress: (text) => said.push(text) });
  expect(made).toMatchObject({ revealed: expect.stringMatching(/^0x/) as unknown, refused: undefined });
  expect(commits()).toBe(before + 1);
  expect(said.join('\n')).toMatch(/is committed, and http:.* does not have it yet: CONTRIBUTION_NOT_FOUND/);
});

test('a commit that expires while no node has it was never refused: it is committed again', async () => {
  let isLost = false;
  const own: RpcClient = {
    ...client,
    batch: async (calls) => {
      const answers = await client.batch(calls);
      const at = calls.findIndex(({ method }) => method === 'contribution_get');
      if (at === -1 || isLost) return answers;
      isLost = true;
      for (let blocks = 0; blocks < 200; blocks++) chain.seal();
      const fault = { code: 'CONTRIBUTION_NOT_FOUND', message: 'there is none' };
      Reflect.set(answers, at, failWith(toRpcFault('contribution_get', fault)));
      return answers;
    },
  };
  const said: string[] = [];
  const before = commits();
  const [made] = await give({ client: own, rows: [row('expired')], progress: (text) => said.push(text) });
  expect(made).toMatchObject({ revealed: expect.stringMatching(/^0x/) as unknown, refused: undefined });
  expect(commits()).toBe(before + 2);
  expect(said.join('\n')).toContain('its bond is lost: it is committed again');
});
