import { describe, expect, test } from 'vitest';
import { Thread } from '../../../../src/attribution/engine/calls.ts';

/** A thread whose answer to every job is what `body` says. */
const threadOf = (body: string): Thread<number, number> =>
  new Thread(
    new URL(
      `data:text/javascript,${encodeURIComponent(
        `import { parentPort } from 'node:worker_threads'; parentPort.on('message', ({ id, job }) => { ${body} });`,
      )}`,
    ),
  );

const ANSWER = 'parentPort.postMessage({ id, result: { ok: true, value: 2 * job } });';

describe('a thread', () => {
  test('answers every job, whatever the order', async () => {
    const thread = threadOf(`setTimeout(() => { ${ANSWER} }, 10 - job)`);
    const answers = await Promise.all([1, 5, 9].map((job) => thread.call(job)));
    expect(answers).toEqual([2, 10, 18].map((value) => ({ ok: true, value })));
    await thread.close();
  });

  test('answers what is asked of it by a fault once it has died, before and after', async () => {
    const thread = threadOf(`if (job === 3) throw new Error('out of luck'); ${ANSWER}`);
    expect(await thread.call(1)).toEqual({ ok: true, value: 2 });
    const [third, fourth] = await Promise.all([thread.call(3), thread.call(4)]);
    for (const answer of [third, fourth, await thread.call(5)])
      expect(answer).toMatchObject({ ok: false, fault: { code: 'INDEX_WORKER_DIED' } });
  });

  test('answers what it had not yet answered by a fault when it is closed', async () => {
    const thread = threadOf('');
    const asked = thread.call(1);
    await thread.close();
    expect(await asked).toMatchObject({ ok: false, fault: { code: 'INDEX_CLOSED' } });
    expect(await thread.call(2)).toMatchObject({ ok: false, fault: { code: 'INDEX_CLOSED' } });
  });
});
