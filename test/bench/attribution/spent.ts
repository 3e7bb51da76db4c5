/** What work costs this process: time on the wall, time of the processor, memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { invariant } from '../../../src/lib/errors.ts';

/** Of all threads together, as the system counts. */
export type Spent = { readonly ms: number; readonly cpuMs: number };

export const spentOn = async (work: () => Promise<void>): Promise<Spent> => {
  const cpu = process.cpuUsage();
  const since = performance.now();
  await work();
  const ms = performance.now() - since;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1e3 };
};

export const total = (all: readonly Spent[]): Spent => ({
  ms: all.reduce((sum, { ms }) => sum + ms, 0),
  cpuMs: all.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
});

/** Collects all garbage, and gives what is freed in the background the time to be. */
export const settle = async (): Promise<void> => {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  invariant(typeof gc === 'function', 'V8 collects garbage when told to');
  for (let round = 0; round < 2; round++) {
    Reflect.apply(gc, undefined, []);
    await sleep(200);
  }
};
