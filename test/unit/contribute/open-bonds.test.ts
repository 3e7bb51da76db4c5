/** A run that ends before what it has committed is revealed. */
import { describe, expect, test } from 'vitest';
import { memoryJournal, type RpcClient } from '../../../src/index.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { openStage, row } from './stage.ts';

const { client, give, commits, genesis } = await openStage();
const { revealMax } = genesis.params.contribution;

describe('a run that ends while bonds are open says which, and until when', () => {
  const open = (text: string) => text.includes('start it again with the same arguments');

  test('if its node is of another chain by then', async () => {
    const said: string[] = [];
    const journal = memoryJournal();
    let committedAt = 0n;
    const own: RpcClient = {
      ...client,
      batch: async (calls) => {
        const answers = await client.batch(calls);
        for (const [i, { method }] of calls.entries()) {
          const answer = answers[i];
          if (method === 'contribution_get' && answer?.ok === true) {
            committedAt = Reflect.get(answer.value, 'committedAt') as bigint;
            Object.assign(answer.value, { commitment: sha256(new Uint8Array(1)) });
          }
        }
        return answers;
      },
    };
    const before = commits();
    const run = give({ client: own, rows: [row('ended')], journal, progress: (text) => said.push(text) });
    await expect(run).rejects.toMatchObject({ code: 'CHAIN_CHANGED' });
    expect(said.filter(open)).toEqual([
      `these contributions are committed and lose their bonds if they are not revealed: ${before} (by height ${committedAt + BigInt(revealMax)}); start it again with the same arguments to go on with them`,
    ]);
  });

  test('if it is stopped', async () => {
    const said: string[] = [];
    const journal = memoryJournal();
    const controller = new AbortController();
    const run = give({
      rows: [row('halted')],
      journal: {
        ...journal,
        write: (text) => {
          journal.write(text);
          if (text.includes('"commit/0"')) controller.abort(new Error('stopped'));
        },
      },
      signal: controller.signal,
      progress: (text) => said.push(text),
    });
    await expect(run).rejects.toThrow('stopped');
    expect(said.filter(open)).toMatchObject([
      expect.stringMatching(/^these commits were sent and may be executed: 0x[0-9a-f]{64}; start it again/),
    ]);
  });

  test('and nothing of that if no bond is open', async () => {
    const said: string[] = [];
    const signal = AbortSignal.abort(new Error('stopped'));
    const run = give({ rows: [row('unbegun')], signal, progress: (text) => said.push(text) });
    await expect(run).rejects.toThrow('stopped');
    expect(said.filter(open)).toEqual([]);
  });
});
