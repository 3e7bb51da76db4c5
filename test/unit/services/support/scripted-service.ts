/** Runs a service against a scripted chain, height by height, and keeps what it logs. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type OutboxEntry, openOutbox } from '../../../../src/client/outbox.ts';
import { toWire } from '../../../../src/client/rpc-client.ts';
import { createWallet, type Wallet } from '../../../../src/client/wallet.ts';
import { toHeight } from '../../../../src/lib/brands.ts';
import { type Fact, logTo } from '../../../../src/services/run/report.ts';
import type { Service, ServiceContext } from '../../../../src/services/run/service.ts';
import type { ScriptedChain, SentTransaction } from './scripted-chain.ts';

export const KEY = new Uint8Array(32).fill(1);

/** How often a service works at one height at most: each time, some of its requests have ended. */
const WORKS_MAX = 20;
/** The time after which one round of work never ends. */
const ROUND_MS = 30_000;

/** @throws if the work waits for what does not come, such as a text that a node never ends its search for */
const inTime = async (work: Promise<void>): Promise<void> => {
  const timer = new AbortController();
  const late = sleep(ROUND_MS, 'late', { signal: timer.signal }).catch(() => 'ended');
  const ended = await Promise.race([work, late]);
  timer.abort();
  if (ended === 'late')
    throw new Error(
      `a round of the service has not ended after ${ROUND_MS / 1000} s: no round may wait for a text`,
    );
};

/** What outlives the process of a service. */
export type Kept<M> = { readonly memory: M | undefined; readonly outbox: readonly OutboxEntry[] };

export type ScriptedService<M> = {
  readonly service: Service<M>;
  readonly wallet: Wallet;
  /** All facts that it has logged. */
  readonly facts: Fact[];
  /** The names of the events that it has logged, without repetitions in a row. */
  readonly events: () => readonly string[];
  /**
   * Lets it take in what happened since the last round and work until nothing is due at this height, as the loop of a
   * service does. @returns what it has
   * sent in this round
   */
  readonly round: () => Promise<readonly SentTransaction[]>;
  /** Returns what is on its disk. */
  readonly kept: () => Kept<M>;
  readonly stop: () => void;
};

export const runScripted = async <M>(
  chain: ScriptedChain,
  make: (context: ServiceContext) => Service<M>,
  outboxBefore: readonly OutboxEntry[] = [],
  /** The first height whose events it takes in. */
  from = 0,
): Promise<ScriptedService<M>> => {
  const { client } = chain;
  const wallet = await createWallet(client, KEY);
  const facts: Fact[] = [];
  const stopping = new AbortController();
  let entries = outboxBefore;
  const outbox = openOutbox(client, wallet, {
    entries,
    save: (all) => {
      entries = all;
    },
  });
  // As they stand in its log: bytes and amounts as text.
  const log = logTo((fact) =>
    facts.push({ ...fact, fields: JSON.parse(JSON.stringify(fact.fields, toWire)) as Fact['fields'] }),
  );
  const service = make({
    client,
    wallet,
    log,
    outbox,
    waiting: outboxBefore,
    signal: stopping.signal,
  });
  let next = from;
  return {
    service,
    wallet,
    facts,
    events: () => facts.map(({ event }) => event).filter((event, i, all) => event !== all[i - 1]),
    round: async () => {
      const { events } = await client.call('events_query', {
        types: [...service.events],
        from: `${next}/0`,
        limit: 1000,
      });
      const height = toHeight(BigInt(chain.height));
      service.see({ height, last: height, events });
      next = chain.height + 1;
      for (const outcome of await outbox.settle()) {
        service.learn(outcome);
        outbox.forget(outcome.key);
      }
      const before = chain.sent.length;
      let works = 0;
      do {
        works += 1;
        if (works > WORKS_MAX) throw new Error('the service never comes to an end with this height');
        await inTime(service.work(height));
        await Promise.all(chain.background.map((each) => each.idle()));
      } while (service.isDue());
      return chain.sent.slice(before);
    },
    kept: () => ({ memory: JSON.parse(JSON.stringify(service.memory())) as M, outbox: entries }),
    stop: () => stopping.abort(new Error('stopped')),
  };
};
