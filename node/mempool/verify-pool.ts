/**
 * Hands transactions to the checking thread in batches, and its verdicts back. Those of a block go first: whatever users
 * and peers send, a vote waits for no more than the batches that the thread has already.
 */
import { Worker } from 'node:worker_threads';
import type { Root } from '../../src/lib/brands.ts';
import { CodedError } from '../../src/lib/errors.ts';
import type { TransactionRules } from '../../state/tx/transaction.ts';
import { fault, type Result, toFaultOr } from './errors.ts';

/** The facts of a verified transaction that the main thread needs besides its bytes. */
export type CheckedFacts = { readonly id: Root; readonly gas: bigint };
export type Checked = Result<CheckedFacts>;

export type VerifyRequest = { readonly job: number; readonly transactions: readonly Uint8Array[] };
export type VerifyAnswer = { readonly job: number; readonly checked: readonly Checked[] };

/** The purpose for which a transaction is checked. */
export type Purpose = 'block' | 'mempool';

export type VerifyPool = {
  readonly check: (transactions: readonly Uint8Array[], purpose: Purpose) => Promise<readonly Checked[]>;
  readonly close: () => Promise<void>;
};

const SCRIPT = new URL(`./verify-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

/** The heap limits of the thread, which holds one batch at a time. */
const HEAP = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 64 };

/** Batches that the thread has at a time: enough to go on with while this thread is busy. */
const POSTED_MAX = 8;

type Waiting = {
  readonly transactions: readonly Uint8Array[];
  readonly resolve: (checked: readonly Checked[]) => void;
  readonly reject: (reason: CodedError) => void;
};

/** @param onFailed - the thread has died: nothing can be checked any more */
export const createVerifyPool = (
  rules: TransactionRules,
  onFailed: (reason: CodedError) => void,
): VerifyPool => {
  const worker = new Worker(SCRIPT, { workerData: rules, resourceLimits: HEAP });
  const queues: Readonly<Record<Purpose, Waiting[]>> = { block: [], mempool: [] };
  const posted = new Map<number, Waiting>();
  let jobs = 0;
  let failed: CodedError | undefined;

  const failAll = (reason: CodedError): void => {
    failed = reason;
    const all = [...posted.values(), ...queues.block.splice(0), ...queues.mempool.splice(0)];
    posted.clear();
    for (const { reject } of all) reject(reason);
  };
  const postNext = (): void => {
    while (posted.size < POSTED_MAX) {
      const next = queues.block.shift() ?? queues.mempool.shift();
      if (next === undefined) return;
      jobs += 1;
      posted.set(jobs, next);
      const request: VerifyRequest = { job: jobs, transactions: next.transactions };
      worker.postMessage(request);
    }
  };
  worker.on('message', ({ job, checked }: VerifyAnswer) => {
    posted.get(job)?.resolve(checked);
    posted.delete(job);
    postNext();
  });
  worker.on('error', (error) => {
    const reason = new CodedError(toFaultOr(error, 'VERIFIER_FAILED'), { cause: error });
    failAll(reason);
    onFailed(reason);
  });

  return {
    check: (transactions, purpose) =>
      new Promise((resolve, reject) => {
        if (failed !== undefined) throw failed;
        queues[purpose].push({ transactions, resolve, reject });
        postNext();
      }),
    close: async () => {
      await worker.terminate();
      failAll(new CodedError(fault('VERIFIER_STOPPED', 'the node is stopping')));
    },
  };
};
