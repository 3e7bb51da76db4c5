/**
 * Reads what a Datanet holds, and what an account has committed, from a view that is no older than what was read before. One
 * URL may stand for several nodes at different heights. What an older one says lacks the texts that were revealed since, and
 * a text that is declared without them can cost its bond.
 */
import type { MethodName, ResultOf } from '../../rpc/schemas/registry.ts';
import type { Call, RpcClient } from '../client/rpc-client.ts';
import { sleep } from '../client/sleep.ts';
import { type Result, unwrap } from '../lib/errors.ts';

const POLL_MS = 200;
/** How long a node that is behind is waited for. Windows to reveal are longer. */
const PATIENCE_MS = 30_000;

/** What bonds depend on. A contribution by its id is read as it is: where a node lacks it, that is seen. */
const READ: ReadonlySet<MethodName> = new Set(['datanet_get', 'contribution_listRevealed', 'events_query']);

/**
 * Returns a client that answers these methods, and `node_status`, at the highest height that it has seen or a later one. It
 * asks again while a node is behind. If all are after 30 s, it goes on from there, and says so: otherwise one false height
 * would keep what is committed from being revealed.
 */
export const steadyClient = (client: RpcClient, progress: (text: string) => void): RpcClient => {
  let highest = 0n;

  const steadily = async <T>(
    read: () => Promise<{ readonly height: bigint; readonly value: T }>,
  ): Promise<T> => {
    const began = performance.now();
    for (;;) {
      const { height, value } = await read();
      const isLate = performance.now() - began > PATIENCE_MS;
      if (height < highest && isLate)
        progress(`${client.url} is at height ${height}, and was at ${highest} before; going on from there`);
      if (height >= highest || isLate) {
        highest = height;
        return value;
      }
      await sleep(POLL_MS);
    }
  };

  /** Both calls of a batch go to one node. What one that is behind refuses, another may answer. */
  const readAt = async <N extends MethodName>(method: N, params: unknown) => {
    const [status, answer] = await client.batch([
      { method: 'node_status', params: {} },
      { method, params } as Call,
    ]);
    return { height: unwrap(status).height, value: answer as Result<ResultOf<N>> };
  };

  const call: RpcClient['call'] = async (method, ...params) => {
    if (method === 'node_status')
      return steadily(async () => {
        const value = await client.call(method, ...params);
        return { height: (value as ResultOf<'node_status'>).height, value };
      });
    return READ.has(method)
      ? unwrap(await steadily(() => readAt(method, params[0] ?? {})))
      : client.call(method, ...params);
  };
  return { ...client, call };
};
