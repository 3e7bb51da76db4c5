/**
 * Hands transactions to the checking thread in batches, and its verdicts back. Those of a block go first: whatever users
 * and peers send, a vote waits for no more than what the thread has already. The others are taken from a queue that their
 * sources share fairly by what the checks cost.
 */
import { Worker } from 'node:worker_threads';
import { CodedError } from '../../src/lib/errors.ts';
import { FairQueue, type QueueBounds } from '../../src/lib/fair-queue.ts';
import type { SignedFacts, TransactionRules } from '../../state/tx/transaction.ts';
import { type Fault, fault, toFaultOr } from './errors.ts';

/** What the thread says of a transaction. `signed` tells whether what it refuses is signed by the sender that it names. */
export type Checked =
  | { readonly ok: true; readonly value: SignedFacts }
  | { readonly ok: false; readonly fault: Fault; readonly signed: boolean };

export type VerifyRequest = { readonly job: number; readonly transactions: readonly Uint8Array[] };
export type VerifyAnswer = { readonly job: number; readonly checked: readonly Checked[] };

export type VerifyPool = {
  /** Checks a transaction of a block that is proposed or decided. */
  readonly checkOfBlock: (transaction: Uint8Array) => Promise<Checked>;
  /**
   * Checks a transaction that asks for a place in the mempool, and costs so many units of `checkCost`. Fault `MEMPOOL_BUSY`: its
   * source has too many waiting here.
   */
  readonly checkFrom: (source: string, transaction: Uint8Array, units: number) => Promise<Checked>;
  readonly close: () => Promise<void>;
};

const SCRIPT = new URL(`./verify-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

/** The heap limits of the thread, which holds one batch at a time. */
const HEAP = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 64 };

/** The limits of one message to the thread. The units are of `checkCost`: large transactions go alone. */
const BATCH = { entries: 64, units: 192 << 10 };
/** What the thread has at a time: enough to go on with while this thread is busy, and some 20 ms of work at most. */
const POSTED = { batches: 4, units: 512 << 10 };
/** What waits of all sources together. The units are those of half a second of checking; when it is full, the largest loses. */
const WAITING: QueueBounds = { entries: 16_384, bytes: 12 << 20 };

type Waiting = {
  readonly transaction: Uint8Array;
  readonly units: number;
  readonly resolve: (checked: Checked) => void;
  readonly reject: (reason: CodedError) => void;
};
type Posted = { readonly batch: readonly Waiting[]; readonly units: number };

/** @param onFailed - the thread has died: nothing can be checked any more */
export const createVerifyPool = (
  rules: TransactionRules,
  onFailed: (reason: CodedError) => void,
): VerifyPool => {
  const worker = new Worker(SCRIPT, { workerData: rules, resourceLimits: HEAP });
  const ofBlocks: Waiting[] = [];
  const others = new FairQueue<Waiting>(WAITING);
  const posted = new Map<number, Posted>();
  let postedUnits = 0;
  let jobs = 0;
  let isScheduled = false;
  let failed: CodedError | undefined;

  const failAll = (reason: CodedError): void => {
    failed = reason;
    const all = [...[...posted.values()].flatMap(({ batch }) => batch), ...ofBlocks.splice(0)];
    for (let next = others.shift(); next !== undefined; next = others.shift()) all.push(next);
    posted.clear();
    for (const { reject } of all) reject(reason);
  };

  const nextBatch = (): Posted => {
    const batch: Waiting[] = [];
    let units = 0;
    while (batch.length < BATCH.entries && units < BATCH.units) {
      const next = ofBlocks.shift() ?? others.shift();
      if (next === undefined) break;
      batch.push(next);
      units += next.units;
    }
    return { batch, units };
  };

  const post = (): void => {
    isScheduled = false;
    while (posted.size < POSTED.batches && postedUnits < POSTED.units) {
      const next = nextBatch();
      if (next.batch.length === 0) return;
      jobs += 1;
      posted.set(jobs, next);
      postedUnits += next.units;
      const request: VerifyRequest = {
        job: jobs,
        transactions: next.batch.map(({ transaction }) => transaction),
      };
      worker.postMessage(request);
    }
  };
  /** Posts at the end of the turn, so that what one turn asks for shares a batch. */
  const schedule = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(post);
  };

  worker.on('message', ({ job, checked }: VerifyAnswer) => {
    const answered = posted.get(job);
    posted.delete(job);
    postedUnits -= answered?.units ?? 0;
    for (const [i, { resolve }] of answered?.batch.entries() ?? [])
      resolve(checked[i] ?? { ok: false, fault: fault('VERIFIER_FAILED', 'no answer'), signed: false });
    post();
  });
  worker.on('error', (error) => {
    const reason = new CodedError(toFaultOr(error, 'VERIFIER_FAILED'), { cause: error });
    failAll(reason);
    onFailed(reason);
  });

  const ask = (transaction: Uint8Array, units: number, enter: (waiting: Waiting) => void): Promise<Checked> =>
    new Promise((resolve, reject) => {
      if (failed !== undefined) throw failed;
      enter({ transaction, units, resolve, reject });
      schedule();
    });

  const dropped: Checked = {
    ok: false,
    fault: fault('MEMPOOL_BUSY', 'too many transactions from the same place wait for their check'),
    signed: false,
  };

  return {
    checkOfBlock: (transaction) => ask(transaction, transaction.length, (waiting) => ofBlocks.push(waiting)),
    checkFrom: (source, transaction, units) =>
      ask(transaction, units, (waiting) => {
        for (const { resolve } of others.push(source, waiting, waiting.units)) resolve(dropped);
      }),
    close: async () => {
      await worker.terminate();
      failAll(new CodedError(fault('VERIFIER_STOPPED', 'the node is stopping')));
    },
  };
};
