/** Logs why nothing goes on: the node has no new blocks, or no node takes the transactions of a service. Each cause once. */
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import type { Outbox, OutboxEntry } from '../../client/outbox.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { sleep } from '../../client/sleep.ts';
import type { Log } from './report.ts';

type Status = ResultOf<'node_status'>;

/** A chain makes several blocks in this time. */
export const LOOK_MS = 10_000;

/** Why a node that has been asked before has no new blocks; undefined if it has some. */
const causeOf = (
  now: Status,
  before: Status | undefined,
): { reason: string; message: string } | undefined => {
  const { height, waiting } = now;
  if (waiting !== null) return waiting;
  if (height !== before?.height) return undefined;
  return { reason: 'none', message: `the chain stays at height ${height}, and the node does not say why` };
};

/**
 * Asks the node now and then whether it has new blocks, and logs why it has none. It asks beside the rounds of the service,
 * because without a new block there is none.
 * @throws the reason of the signal
 */
export const watchBlocks = async (
  client: RpcClient,
  log: Log,
  signal: AbortSignal,
  lookMs = LOOK_MS,
): Promise<never> => {
  let before: Status | undefined;
  let logged: string | undefined;
  for (;;) {
    await sleep(lookMs, signal);
    const asked = await client.attempt('node_status');
    signal.throwIfAborted();
    // The rounds say that the node is away.
    if (!asked.ok) continue;
    const cause = causeOf(asked.value, before);
    const { height } = asked.value;
    before = asked.value;
    if (cause?.reason === logged) continue;
    logged = cause?.reason;
    if (cause === undefined) log.info('blocks', 'the node has new blocks again', { height });
    else log.warn('noBlocks', 'waiting for blocks', { height, reason: cause.reason, message: cause.message });
  }
};

/** Returns a function that logs why transactions in the outbox are with no node. It logs a code again once all were taken. */
export const refusalsTo = (
  log: Log,
  outbox: Pick<Outbox, 'lastRefusal'>,
): ((entries: readonly OutboxEntry[]) => void) => {
  let logged: ReadonlySet<string> = new Set();
  return (entries) => {
    const refused = entries.flatMap(({ key, id }) => {
      const fault = outbox.lastRefusal(key);
      return fault === undefined ? [] : [{ id, fault }];
    });
    const byCode = Map.groupBy(refused, ({ fault }) => fault.code);
    for (const [code, [first, ...others]] of byCode)
      if (first !== undefined && !logged.has(code))
        log.fault('untaken', 'a node does not take a transaction yet: it is sent again', first.fault, {
          transaction: first.id,
          others: others.length,
        });
    logged = byCode.size === 0 ? new Set() : new Set([...logged, ...byCode.keys()]);
  };
};
