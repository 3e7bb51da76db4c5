/** How a lie ends, as the node tells it. */
import { expect, test } from 'vitest';
import type { Ground } from '../../../../src/cli/liar/ground.ts';
import { outcomeOf } from '../../../../src/cli/liar/outcome.ts';
import type { ToldLie } from '../../../../src/cli/liar/settle-falsely.ts';
import type { RpcClient } from '../../../../src/client/rpc-client.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import { sha256 } from '../../../../src/lib/hash.ts';

const batch = sha256(Uint8Array.of(1));
const settlement = sha256(Uint8Array.of(2));
const told = { receipt: `${toHex(batch)}/0`, settlement: toHex(settlement) } as ToldLie;

/** What a node answers that was asked once. The second question about the receipt ends the wait. */
const groundWith = (
  answers: Readonly<Record<string, unknown>>,
): Pick<Ground, 'client' | 'progress' | 'signal'> => {
  const controller = new AbortController();
  let asked = 0;
  const call = async (method: string): Promise<unknown> => {
    if (method === 'receipt_get' && ++asked > 1) controller.abort(new Error('it still waits'));
    return answers[method];
  };
  return {
    client: { call: call as RpcClient['call'] } as RpcClient,
    progress: () => undefined,
    signal: controller.signal,
  };
};
const settled = (status: string) => ({ status, settlement: { id: settlement } });
const reopened = {
  events: [{ type: 'receiptReopened', data: { settlement, reward: 1n, burned: 1n } }],
  next: null,
};
const challengedBy = (state: string) => ({
  total: 1,
  challenges: [{ id: batch, state, target: { type: 'receipt', value: { batch, index: 0, settlement } } }],
});

test.each([
  ['final if nobody has challenged it', { receipt_get: settled('final') }, 'final'],
  [
    'unanswered if its text was demanded and nobody answered',
    {
      receipt_get: { status: 'open', settlement: null },
      events_query: reopened,
      attribution_getChallenges: challengedBy('unanswered'),
    },
    'unanswered',
  ],
])('a lie is %s', async (_, answers, outcome) => {
  expect(await outcomeOf(groundWith(answers) as Ground, told, 'the watcher')).toBe(outcome);
});

test.each([
  ['while it may be challenged', { receipt_get: settled('settled') }],
  [
    'until the challenge that was upheld is known',
    {
      receipt_get: { status: 'open', settlement: null },
      events_query: reopened,
      attribution_getChallenges: challengedBy('open'),
    },
  ],
])('is waited for %s', async (_, answers) => {
  await expect(outcomeOf(groundWith(answers) as Ground, told, 'the watcher')).rejects.toThrow(
    'it still waits',
  );
});
