/** Hands transactions to the checking thread in batches, and its verdicts back. */
import { Worker } from 'node:worker_threads';
import type { Root } from '../src/lib/brands.ts';
import { CodedError, fault, type Result, toFault } from '../src/lib/errors.ts';
import type { TransactionRules } from '../state/tx/transaction.ts';

/** What the main thread needs of a verified transaction, besides its bytes. */
export type CheckedFacts = { readonly id: Root; readonly gas: bigint };
export type Checked = Result<CheckedFacts>;

export type VerifyRequest = { readonly job: number; readonly transactions: readonly Uint8Array[] };
export type VerifyAnswer = { readonly job: number; readonly checked: readonly Checked[] };

export type VerifyPool = {
  readonly check: (transactions: readonly Uint8Array[]) => Promise<readonly Checked[]>;
  readonly close: () => Promise<void>;
};

const SCRIPT = new URL(`./verify-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

/** What it holds is one batch at a time. */
const HEAP = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 64 };

type Waiting = {
  readonly resolve: (checked: readonly Checked[]) => void;
  readonly reject: (reason: CodedError) => void;
};

/** @param onFailed - the thread has died: nothing can be checked any more */
export const createVerifyPool = (
  rules: TransactionRules,
  onFailed: (reason: CodedError) => void,
): VerifyPool => {
  const worker = new Worker(SCRIPT, { workerData: rules, resourceLimits: HEAP });
  const waiting = new Map<number, Waiting>();
  let jobs = 0;
  let failed: CodedError | undefined;

  const failAll = (reason: CodedError): void => {
    failed = reason;
    for (const { reject } of waiting.values()) reject(reason);
    waiting.clear();
  };
  worker.on('message', ({ job, checked }: VerifyAnswer) => {
    waiting.get(job)?.resolve(checked);
    waiting.delete(job);
  });
  worker.on('error', (error) => {
    const reason = new CodedError(toFault(error, 'VERIFIER_FAILED'), { cause: error });
    failAll(reason);
    onFailed(reason);
  });

  return {
    check: (transactions) =>
      new Promise((resolve, reject) => {
        if (failed !== undefined) throw failed;
        jobs += 1;
        waiting.set(jobs, { resolve, reject });
        const request: VerifyRequest = { job: jobs, transactions };
        worker.postMessage(request);
      }),
    close: async () => {
      await worker.terminate();
      failAll(new CodedError(fault('VERIFIER_STOPPED', 'the node is stopping')));
    },
  };
};
