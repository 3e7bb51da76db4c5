/** Calls into a worker thread: every job is answered once, by a value or a fault, whatever becomes of the thread. */
import { parentPort, Worker } from 'node:worker_threads';
import { failWith, invariant, isFaultOf, toFault } from '../../lib/errors.ts';
import { ENGINE_ERRORS, type Fault, fail, fault, type Result, toFaultOr } from '../errors.ts';

type Call<Job> = { readonly id: number; readonly job: Job };
type Answer<Value> = { readonly id: number; readonly result: Result<Value> };

/** A thread that answers jobs, one after another. */
export class Thread<Job, Value> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (result: Result<Value>) => void>();
  #calls = 0;
  /** The fault for which no job is answered any more. */
  #ended: Fault | undefined;

  constructor(module: URL) {
    this.#worker = new Worker(module);
    this.#worker.on('message', ({ id, result }: Answer<Value>) => {
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#worker.unref();
    });
    this.#worker.on('error', (error) =>
      this.#end(fault('INDEX_WORKER_DIED', `a worker thread died: ${toFault(error).message}`)),
    );
    this.#worker.on('exit', () => this.#end(fault('INDEX_CLOSED', 'the index is closed')));
    // An idle thread holds no process.
    this.#worker.unref();
  }

  /**
   * Faults: those of the job; `INDEX_WORKER_DIED`, if the thread did; `INDEX_CLOSED`.
   *
   * @param handed - memory of the job that the thread is given, and that is gone here
   */
  call(job: Job, handed: readonly ArrayBuffer[] = []): Promise<Result<Value>> {
    if (this.#ended !== undefined) return Promise.resolve(failWith(this.#ended));
    return new Promise((resolve) => {
      const id = this.#calls++;
      this.#waiting.set(id, resolve);
      this.#worker.ref();
      const call: Call<Job> = { id, job };
      this.#worker.postMessage(call, handed);
    });
  }

  async close(): Promise<void> {
    this.#end(fault('INDEX_CLOSED', 'the index is closed'));
    await this.#worker.terminate();
  }

  #end(reason: Fault): void {
    this.#ended ??= reason;
    for (const resolve of this.#waiting.values()) resolve(failWith(this.#ended));
    this.#waiting.clear();
  }
}

/** Runs in the thread: answers every job by `perform`. An exception becomes a fault of the job. */
export const answerJobs = <Job, Value>(perform: (job: Job) => Result<Value>): void => {
  const port = parentPort;
  invariant(port !== null, 'jobs are answered in a worker thread');
  port.on('message', ({ id, job }: Call<Job>) => {
    let result: Result<Value>;
    try {
      result = perform(job);
    } catch (error) {
      const thrown = toFaultOr(error, 'INDEX_FAILED');
      result = isFaultOf(ENGINE_ERRORS, thrown)
        ? failWith(thrown)
        : fail('INDEX_FAILED', thrown.message, { reason: thrown.code });
    }
    const answer: Answer<Value> = { id, result };
    port.postMessage(answer);
  });
};
