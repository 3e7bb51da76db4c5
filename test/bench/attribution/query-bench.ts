/** Tracing outputs: one after the other, and as many at a time as there are threads. */
import { createHash } from 'node:crypto';
import pMap from 'p-map';
import type { TraceRules } from '../../../src/attribution/tracer.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import { percentile } from '../percentile.ts';
import type { Engine } from './engine.ts';
import { type Spent, spentOn } from './spent.ts';

export type Queried = {
  readonly outputs: number;
  /** On average. */
  readonly outputTokens: number;
  readonly coverageBps: number;
  /** From the text of an output to its claim and attribution, one at a time. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuP50Ms: number;
  readonly cpuP99Ms: number;
  /** The same for answers that are made to be slow. */
  readonly hostileP50Ms: number;
  readonly hostileP99Ms: number;
  readonly hostileCpuP99Ms: number;
  /** The picks of an output and of a hostile answer, one at a time, without the spans; undefined if it knows no phrases. */
  readonly picks: Picked | undefined;
  /** With every thread at work. */
  readonly outputsPerSecond: number;
  /** A digest of what each output was attributed to, and after those, each hostile answer. */
  readonly answers: readonly string[];
};

export type Picked = {
  /** On average. */
  readonly picks: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuP50Ms: number;
  readonly cpuP99Ms: number;
  readonly hostileP50Ms: number;
  readonly hostileP99Ms: number;
  readonly hostileCpuP99Ms: number;
};

const NO_COMMONS: ReadonlySet<number> = new Set();

const pickAll = async (
  { sections }: Engine,
  { warming, outputs, hostile }: Outputs,
  rules: TraceRules,
): Promise<Picked | undefined> => {
  if (sections === undefined) return undefined;
  let picks = 0;
  const each = async (texts: readonly string[]): Promise<readonly Spent[]> => {
    const spent: Spent[] = [];
    for (const output of texts)
      spent.push(
        await spentOn(async () => {
          const found = await sections({ output, prompt: '' }, rules);
          picks += found.reduce((sum, section) => sum + section.picks.length, 0);
        }),
      );
    return spent;
  };
  await each(warming);
  picks = 0;
  const usual = await each(outputs);
  const found = picks;
  const slow = await each(hostile);
  const of = (spent: readonly Spent[], what: 'ms' | 'cpuMs', part: number): number =>
    percentile(
      spent.map((one) => one[what]),
      part,
    );
  return {
    picks: found / outputs.length,
    p50Ms: of(usual, 'ms', 0.5),
    p99Ms: of(usual, 'ms', 0.99),
    cpuP50Ms: of(usual, 'cpuMs', 0.5),
    cpuP99Ms: of(usual, 'cpuMs', 0.99),
    hostileP50Ms: of(slow, 'ms', 0.5),
    hostileP99Ms: of(slow, 'ms', 0.99),
    hostileCpuP99Ms: of(slow, 'cpuMs', 0.99),
  };
};

/** The texts that are traced. None that is measured is among those that are traced before. */
type Outputs = {
  readonly warming: readonly string[];
  readonly outputs: readonly string[];
  readonly hostile: readonly string[];
};

export const query = async (
  engine: Engine,
  { warming, outputs, hostile }: Outputs,
  rules: TraceRules,
  threads: number,
): Promise<Queried> => {
  const traceOf = (output: string) => engine.trace({ output, prompt: '' }, rules, NO_COMMONS);
  for (const output of warming) await traceOf(output);
  const spent: Spent[] = [];
  const answers: string[] = [];
  let [tokens, coverage] = [0, 0];
  for (const output of outputs) {
    spent.push(
      await spentOn(async () => {
        const { attribution } = await traceOf(output);
        coverage += attribution.coverageBps;
        answers.push(JSON.stringify(attribution));
      }),
    );
    tokens += unwrap(rulesOf(rules.version).tokenizeText(output)).count;
  }
  const hostileSpent: Spent[] = [];
  for (const output of hostile)
    hostileSpent.push(
      await spentOn(async () => {
        answers.push(JSON.stringify((await traceOf(output)).attribution));
      }),
    );
  // Two for each thread, so that none waits for the next.
  const traceOnly = async (output: string): Promise<void> => {
    await traceOf(output);
  };
  const all = await spentOn(async () => {
    await pMap(outputs, traceOnly, { concurrency: threads === 1 ? 1 : 2 * threads });
  });
  const wall = spent.map(({ ms }) => ms);
  const cpu = spent.map(({ cpuMs }) => cpuMs);
  return {
    outputs: outputs.length,
    outputTokens: tokens / outputs.length,
    coverageBps: coverage / outputs.length,
    p50Ms: percentile(wall, 0.5),
    p99Ms: percentile(wall, 0.99),
    cpuP50Ms: percentile(cpu, 0.5),
    cpuP99Ms: percentile(cpu, 0.99),
    hostileP50Ms: percentile(
      hostileSpent.map(({ ms }) => ms),
      0.5,
    ),
    hostileP99Ms: percentile(
      hostileSpent.map(({ ms }) => ms),
      0.99,
    ),
    hostileCpuP99Ms: percentile(
      hostileSpent.map(({ cpuMs }) => cpuMs),
      0.99,
    ),
    picks: await pickAll(engine, { warming, outputs, hostile }, rules),
    outputsPerSecond: outputs.length / (all.ms / 1e3),
    answers: answers.map((answer) => createHash('sha256').update(answer).digest('hex').slice(0, 16)),
  };
};
