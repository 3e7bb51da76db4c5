/**
 * The loop of a service that runs beside a node. It takes in the events of all heights in order, and once it has caught up
 * it does its own work, in rounds: one for each height, and more while work is due without a new one. No round waits for
 * anything but the answers of its node, so that the next events are taken in soon. What it has seen and sent is on the disk
 * before it continues, so that it can be stopped at any point, in any way.
 */
import Type, { type Static } from 'typebox';
import type { EventType } from '../../../state/events.ts';
import { type FollowedHeights, followEvents } from '../../client/event-follower.ts';
import { type Outbox, type OutboxEntry, type Outcome, openOutbox } from '../../client/outbox.ts';
import { isAway, isPassing } from '../../client/refusals.ts';
import { type RetryOptions, whenAnswered } from '../../client/retry.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import type { Wallet } from '../../client/wallet.ts';
import { type Height, toHeight } from '../../lib/brands.ts';
import { toHex } from '../../lib/bytes.ts';
import { toFault } from '../../lib/errors.ts';
import { type Log, logTo, type Report } from './report.ts';
import { refusalsTo, watchBlocks } from './standstill.ts';
import type { StateFile } from './state-file.ts';

export const OutboxEntrySchema = Type.Object({
  key: Type.String(),
  id: Type.String(),
  transaction: Type.String(),
  validUntil: Type.String(),
});

/** The state that every service stores. Each service stores its own memory beside it. */
export const ServiceStateSchema = Type.Object({
  /** The last height whose events it has taken in, decimal. */
  height: Type.String({ pattern: '^[0-9]+$' }),
  outbox: Type.Array(OutboxEntrySchema),
});
export type ServiceState = Static<typeof ServiceStateSchema>;

export type ServiceContext = {
  readonly client: RpcClient;
  readonly wallet: Wallet;
  readonly log: Log;
  readonly outbox: Outbox;
  /** What was on its way when the service was started. */
  readonly waiting: readonly OutboxEntry[];
  readonly signal: AbortSignal;
};

export type Service<M> = {
  /** The types of the events that it takes in. */
  readonly events: readonly EventType[];
  /** Takes in the events of the next heights. It must return quickly. */
  readonly see: (heights: FollowedHeights) => void;
  /** Takes in what became of a transaction that it has sent. */
  readonly learn: (outcome: Outcome) => void;
  /**
   * Does the work of this height, as far as it can without waiting. If it throws, it is called again at the next height.
   * Otherwise it may also be called again at the same height.
   */
  readonly work: (height: Height) => Promise<void>;
  /** Whether more work is due at the height of the last round: texts have arrived, or the round has left some of it. */
  readonly isDue: () => boolean;
  /** Returns what must outlive the process. */
  readonly memory: () => M;
};

export type ServiceOptions<M> = {
  readonly client: RpcClient;
  readonly wallet: Wallet;
  /** False for a service that sends nothing: then its wallet has a random key without funds. */
  readonly signs: boolean;
  readonly file: StateFile<ServiceState & { readonly memory: M }>;
  /** The first height to look at if there is no state file yet. */
  readonly from: Height;
  readonly report: Report;
  /** The time between two looks at whether the node has new blocks, in milliseconds. */
  readonly lookMs?: number;
  readonly signal: AbortSignal;
};

/**
 * Runs a service until the signal, then returns. Neither an unreachable node nor a refused transaction ends it, nor an
 * answer that says nothing about what was read, whatever its code.
 * @throws CodedError `CHAIN_CHANGED`, `FILE_UNWRITABLE`
 */
export const runService = async <M>(
  options: ServiceOptions<M>,
  make: (context: ServiceContext, memory: M | undefined) => Service<M>,
): Promise<void> => {
  const { client, wallet, signs, file, report, lookMs, signal } = options;
  const log = logTo(report);
  const stored = file.value();
  let height = stored === undefined ? options.from - 1n : BigInt(stored.height);
  let entries: readonly OutboxEntry[] = stored?.outbox ?? [];
  const write = (outbox: readonly OutboxEntry[]): void =>
    file.write({ height: height.toString(), outbox: [...outbox], memory: service.memory() });
  const save = (): void => write(entries);
  const saveEntries = (all: readonly OutboxEntry[]): void => {
    write(all);
    entries = all;
  };
  const outbox = openOutbox(client, wallet, { entries, save: saveEntries }, signal);
  const service = make({ client, wallet, log, outbox, waiting: entries, signal }, stored?.memory);

  const logRefusals = refusalsTo(log, outbox);
  const ended = new AbortController();

  const retry: RetryOptions = {
    signal,
    onAway: ({ code, message, data }, pauseMs) =>
      log.warn('away', 'waiting for the node', {
        code,
        ...(typeof data?.nodeCode === 'string' ? { nodeCode: data.nodeCode } : {}),
        message,
        pauseMs,
      }),
    onBack: () => log.info('back', 'the node answers again'),
  };
  /** Runs one round of work. A fault is logged and does not end the loop: the next height brings another round. */
  const attempt = async (what: () => Promise<void>): Promise<void> => {
    try {
      await whenAnswered(what, retry);
    } catch (error) {
      if (signal.aborted) throw error;
      log.fault('failed', 'this round was not completed', toFault(error));
    }
  };

  log.info('started', 'started', {
    node: client.url,
    account: signs ? toHex(wallet.address) : null,
    ...(signs ? {} : { dryRun: true }),
    from: (height + 1n).toString(),
    waiting: entries.length,
  });
  // It ends with the signals only, and is not waited for: the node may not answer it.
  watchBlocks(client, log, AbortSignal.any([signal, ended.signal]), lookMs).catch(() => undefined);
  try {
    const filter = { types: [...service.events] };
    let endedAt = 0;
    let roundMs = 0;
    // While texts arrive one by one, half of the time is left to their arrival.
    const isDue = (): boolean => performance.now() >= endedAt + roundMs && service.isDue();
    const options = { ...retry, from: toHeight(height + 1n), filter, isDue, repeatAfter: isPassing };
    for await (const heights of followEvents(client, options)) {
      service.see(heights);
      height = heights.height;
      save();
      if (height < heights.last) continue;
      const beganAt = performance.now();
      await attempt(async () => {
        for (const outcome of await outbox.settle()) {
          service.learn(outcome);
          // This saves two facts at once: the entry is done, and what the service has learnt from it.
          outbox.forget(outcome.key);
        }
        await service.work(toHeight(height));
      });
      logRefusals(entries);
      endedAt = performance.now();
      roundMs = endedAt - beganAt;
    }
  } catch (error) {
    if (!signal.aborted || isAway(error)) throw error;
  } finally {
    ended.abort();
    log.info('stopped', 'stopped', { height: height.toString() });
  }
};
