/**
 * The loop of a service that runs beside a node. It takes in the events of all heights in order, and once it has caught up
 * it does its own work. What it has seen and sent is on the disk before it continues, so that it can be stopped at any
 * point, in any way.
 */
import Type, { type Static } from 'typebox';
import type { EventType } from '../../../state/events.ts';
import type { BackOff } from '../../client/back-off.ts';
import { isAway, whenAnswered } from '../../client/back-off.ts';
import { type FollowedHeights, followEvents } from '../../client/event-follower.ts';
import { type Outbox, type OutboxEntry, type Outcome, openOutbox } from '../../client/outbox.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import type { Wallet } from '../../client/wallet.ts';
import { toHex } from '../../lib/bytes.ts';
import { toFault } from '../../lib/errors.ts';
import { type Report, type Teller, tellerOf } from './report.ts';
import type { StateFile } from './state-file.ts';

export const OutboxEntrySchema = Type.Object({
  key: Type.String(),
  id: Type.String(),
  transaction: Type.String(),
  validUntil: Type.String(),
});

/** What every service remembers; its own things stand beside. */
export const ServiceStateSchema = Type.Object({
  /** The last height whose events it has taken in, decimal. */
  height: Type.String({ pattern: '^[0-9]+$' }),
  outbox: Type.Array(OutboxEntrySchema),
});
export type ServiceState = Static<typeof ServiceStateSchema>;

export type ServiceContext = {
  readonly client: RpcClient;
  readonly wallet: Wallet;
  readonly tell: Teller;
  readonly outbox: Outbox;
  readonly signal: AbortSignal;
};

export type Service<M> = {
  /** The types of the events that it takes in. */
  readonly events: readonly EventType[];
  /** Takes in the events of the next heights; nothing slow. */
  readonly see: (heights: FollowedHeights) => void;
  /** What has become of something it has sent. */
  readonly learn: (outcome: Outcome) => void;
  /** Does what there is to do at this height. It is done again with the next block, whatever it throws. */
  readonly work: (height: bigint) => Promise<void>;
  /** What of it must outlive the process. */
  readonly memory: () => M;
};

export type ServiceOptions<M> = {
  readonly client: RpcClient;
  readonly wallet: Wallet;
  /** False for one that sends nothing: its wallet is nobody's. */
  readonly signs: boolean;
  readonly file: StateFile<ServiceState & { readonly memory: M }>;
  /** The first height to look at if there is no state file yet. */
  readonly from: bigint;
  readonly report: Report;
  readonly signal: AbortSignal;
};

/**
 * Runs until the signal, and then returns.
 * @throws CodedError `CHAIN_CHANGED`, and what the disk refuses: nothing that a node away or a transaction refused brings
 */
export const runService = async <M>(
  options: ServiceOptions<M>,
  make: (context: ServiceContext, memory: M | undefined) => Service<M>,
): Promise<void> => {
  const { client, wallet, signs, file, report, signal } = options;
  const tell = tellerOf(report);
  const stored = file.value();
  let height = stored === undefined ? options.from - 1n : BigInt(stored.height);
  let entries: readonly OutboxEntry[] = stored?.outbox ?? [];
  const save = (): void =>
    file.write({ height: height.toString(), outbox: [...entries], memory: service.memory() });
  const outbox = openOutbox(client, wallet, {
    entries,
    save: (all) => {
      entries = all;
      save();
    },
  });
  const service = make({ client, wallet, tell, outbox, signal }, stored?.memory);

  const backOff: BackOff = {
    signal,
    onAway: ({ code, message }, pauseMs) => tell.warn('away', 'the node is away', { code, message, pauseMs }),
    onBack: () => tell.info('back', 'the node is back'),
  };
  /** The loop goes on over whatever one round of work runs into: the next block brings another. */
  const attempt = async (what: () => Promise<void>): Promise<void> => {
    try {
      await whenAnswered(what, backOff);
    } catch (error) {
      if (signal.aborted) throw error;
      tell.fault('failed', 'this round was not completed', toFault(error));
    }
  };

  tell.info('started', 'started', {
    node: client.url,
    account: signs ? toHex(wallet.address) : null,
    ...(signs ? {} : { dryRun: true }),
    from: (height + 1n).toString(),
    waiting: entries.length,
  });
  try {
    const filter = { types: [...service.events] };
    for await (const heights of followEvents(client, { ...backOff, from: height + 1n, filter })) {
      service.see(heights);
      height = heights.height;
      save();
      if (height < heights.last) continue;
      await attempt(async () => {
        for (const outcome of await outbox.settle()) {
          service.learn(outcome);
          // Puts down both at once: that it is done, and what was learnt by it.
          outbox.forget(outcome.key);
        }
        await service.work(height);
      });
    }
  } catch (error) {
    if (!signal.aborted || isAway(error)) throw error;
  } finally {
    tell.info('stopped', 'stopped', { height: height.toString() });
  }
};
