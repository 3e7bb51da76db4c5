/** Runs attacks against two of four real nodes, one after the other, and judges what honest users saw meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createRpcClient } from '../../src/client/rpc-client.ts';
import { toFault } from '../../src/lib/errors.ts';
import type { Attack } from './attack.ts';
import { type Measured, measure } from './measure.ts';
import { type HostileNetwork, startHostileNetwork, watchNodes } from './network.ts';
import { startAttack } from './start-attack.ts';

/** What the nodes must still do under an attack, measured against the same nodes before it. */
export const BOUNDS = {
  /** An honest call may take this many times as long as without an attack, ... */
  slower: 10,
  /** ... and in any case this long, milliseconds. */
  honestP99Ms: 750,
  /** The share of calls that may stay without an answer. */
  unanswered: 0.02,
  /** The share of looks at `/health` that may find something else than that all is well. */
  unhealthy: 0.1,
  /** The share of the blocks without an attack that must come. */
  blocks: 0.5,
  /** Resident memory that an attack may add to the most that a node took before it, MB, ... */
  addedMB: 256,
  /** ... and that all attacks together may add: little is given back to the system between one and the next. */
  addedInAllMB: 384,
} as const;

export type AttackReport = {
  readonly name: string;
  /** What the attacker has sent. */
  readonly bytes: number;
  /** Null if a node ended. */
  readonly honestP99Ms: number | null;
  readonly blocks: number;
  /** Null where the system does not say. */
  readonly peakRssMB: number | null;
  readonly ok: boolean;
  /** What did not hold, in words. */
  readonly broken: readonly string[];
};

export type HostileReport = {
  readonly ok: boolean;
  readonly seconds: number;
  /** The same figures without an attack. */
  readonly quiet: Figures;
  /** In the order in which they ran. */
  readonly attacks: readonly AttackReport[];
  /** The names of those that were not run, because a node had ended or the chain stood still. */
  readonly notRun: readonly string[];
};

/** What was measured, without a judgement. */
export type Figures = Omit<AttackReport, 'name' | 'bytes' | 'ok' | 'broken'>;

const figures = ({ honestP99Ms, blocks, peakRssMB }: Measured): Figures => ({
  honestP99Ms: Math.round(honestP99Ms),
  blocks,
  peakRssMB: peakRssMB === undefined ? null : Math.round(peakRssMB),
});

/** @param mostMB - the most memory that a node has taken before the attack */
const judge = (quiet: Measured, mostMB: number, seen: Measured): readonly string[] => {
  const broken: string[] = [];
  const most = Math.max(BOUNDS.honestP99Ms, BOUNDS.slower * quiet.honestP99Ms);
  if (seen.honestP99Ms > most)
    broken.push(
      `an honest call (${seen.slowest}) took ${Math.round(seen.honestP99Ms)} ms (p99), at most ${Math.round(most)} are allowed`,
    );
  const { calls, looks } = seen;
  if (seen.unhealthy > BOUNDS.unhealthy * looks)
    broken.push(`/health was not well ${seen.unhealthy} times of ${looks}`);
  if (seen.unanswered > BOUNDS.unanswered * calls)
    broken.push(`${seen.unanswered} honest calls got no answer`);
  const fewest = BOUNDS.blocks * (quiet.blocks / quiet.seconds) * seen.seconds;
  if (seen.blocks < fewest)
    broken.push(`${seen.blocks} blocks came, at least ${Math.ceil(fewest)} were to come`);
  const quietMB = quiet.peakRssMB ?? 0;
  const mostAllowedMB = Math.min(mostMB + BOUNDS.addedMB, quietMB + BOUNDS.addedInAllMB);
  if (seen.peakRssMB !== undefined && seen.peakRssMB > mostAllowedMB)
    broken.push(
      `a node took ${Math.round(seen.peakRssMB)} MB, ${Math.round(mostMB)} before the attack and ${Math.round(quietMB)} before all of them`,
    );
  return broken;
};

/** The time after which a node that has decided no block never will. */
const HANG_MS = 600_000;
/** The blocks that every node has to decide after an attack. */
const BLOCKS_AFTER = 2n;
const LOOK_EVERY_MS = 200;

/** Waits until every node has decided two more blocks. @throws if a node ends meanwhile, or stands still */
const goesOn = async (network: HostileNetwork): Promise<void> => {
  const watch = watchNodes(network);
  const signal = AbortSignal.any([watch.gone, AbortSignal.timeout(HANG_MS)]);
  try {
    for (const { rpc } of network.stage.nodes) {
      const client = createRpcClient(rpc, { signal });
      const { height } = await client.call('node_status');
      while ((await client.call('node_status')).height < height + BLOCKS_AFTER)
        await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
  } catch (error) {
    watch.gone.throwIfAborted();
    throw signal.aborted ? new Error('a node decided no two more blocks after the attack') : error;
  } finally {
    watch.end();
  }
};

/**
 * Runs one attack for a time. Its end is waited for, and then every node has to decide two more blocks.
 * @throws if a node ends, and what the attacker threw
 */
export const attackOnce = async (
  network: HostileNetwork,
  { name }: Attack,
  seconds: number,
): Promise<{ readonly bytes: number; readonly seen: Measured }> => {
  const running = await startAttack(name, network.stage);
  const measured = measure(network, seconds);
  // Both are waited for, whichever fails first.
  const [seen, bytes] = await Promise.allSettled([measured, measured.then(running.stop, running.stop)]);
  if (seen.status === 'rejected') throw seen.reason;
  if (bytes.status === 'rejected') throw bytes.reason;
  await goesOn(network);
  return { bytes: bytes.value, seen: seen.value };
};

export type HostileOptions = {
  readonly attacks: readonly Attack[];
  /** How long each attack lasts, and the time before the first. */
  readonly seconds: number;
  /** Is told what happens next. */
  readonly onProgress: (text: string) => void;
  /** Is given what was measured without an attack, before the first one begins. */
  readonly onQuiet: (quiet: Figures) => void;
  /** Is given what became of an attack, before the next one begins. */
  readonly onReport: (report: AttackReport) => void;
};

/**
 * Runs the attacks one after the other. Once a node has ended or stands still it runs no more of them: every attack after it
 * would be held to what that one did.
 * @throws that a devnet did not start
 */
export const runHostile = async (options: HostileOptions): Promise<HostileReport> => {
  const { attacks, seconds, onProgress, onQuiet, onReport } = options;
  onProgress('starting four nodes');
  const network = await startHostileNetwork();
  try {
    onProgress(`${seconds} s without an attack`);
    const quiet = await measure(network, seconds);
    onQuiet(figures(quiet));
    const reports: AttackReport[] = [];
    let mostMB = quiet.peakRssMB ?? 0;
    for (const attack of attacks) {
      onProgress(`${attack.name}: ${attack.what}`);
      const { report, canGoOn } = await judged(network, attack, seconds, (seen) =>
        judge(quiet, mostMB, seen),
      );
      mostMB = Math.max(mostMB, report.peakRssMB ?? 0);
      reports.push(report);
      onReport(report);
      if (!canGoOn) break;
    }
    const notRun = attacks.slice(reports.length).map(({ name }) => name);
    const ok = notRun.length === 0 && reports.every((report) => report.ok);
    return { ok, seconds, quiet: figures(quiet), attacks: reports, notRun };
  } finally {
    await network.stop();
  }
};

const judged = async (
  network: HostileNetwork,
  attack: Attack,
  seconds: number,
  brokenIn: (seen: Measured) => readonly string[],
): Promise<{ readonly report: AttackReport; readonly canGoOn: boolean }> => {
  const { name } = attack;
  try {
    const { bytes, seen } = await attackOnce(network, attack, seconds);
    const broken = brokenIn(seen);
    return { report: { name, bytes, ...figures(seen), ok: broken.length === 0, broken }, canGoOn: true };
  } catch (error) {
    const none = { bytes: 0, honestP99Ms: null, blocks: 0, peakRssMB: null };
    const report = { name, ...none, ok: false, broken: [toFault(error).message] };
    // An attack that failed by itself keeps no other one from running.
    const canGoOn = await goesOn(network).then(
      () => true,
      () => false,
    );
    return { report, canGoOn };
  }
};
