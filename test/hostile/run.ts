/** Runs attacks against two of four real nodes, one after the other, and judges what honest users saw meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createRpcClient } from '../../src/client/rpc-client.ts';
import { toFault } from '../../src/lib/errors.ts';
import type { Attack, Part } from './attack.ts';
import { judge } from './judge.ts';
import { type Measured, measure } from './measure.ts';
import { type HostileNetwork, startHostileNetwork, watchNodes } from './network.ts';
import { startAttack } from './start-attack.ts';

/** What was measured, without a judgement. */
export type Figures = {
  /** Null if a node ended. */
  readonly honestP99Ms: number | null;
  readonly blocks: number;
  /** Null where the system does not say. */
  readonly peakRssMB: number | null;
};

export type AttackReport = Figures & {
  readonly name: string;
  /** What the attacker has sent. */
  readonly bytes: number;
  /** What the attack is compared with; null if that is the time without an attack. */
  readonly control: Figures | null;
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

const figures = ({ honestP99Ms, blocks, peakRssMB }: Measured): Figures => ({
  honestP99Ms: Math.round(honestP99Ms),
  blocks,
  peakRssMB: peakRssMB === undefined ? null : Math.round(peakRssMB),
});

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
 * Runs one attack for a time, or its control. Its end is waited for, and then every node has to decide two more blocks.
 * @throws if a node ends, and what the attacker threw
 */
export const attackOnce = async (
  network: HostileNetwork,
  { name }: Attack,
  seconds: number,
  part: Part = 'attack',
): Promise<{ readonly bytes: number; readonly seen: Measured }> => {
  const running = await startAttack(name, part, network.stage);
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
  /** Is given what was measured under the control of an attack, before the attack begins. */
  readonly onControl: (name: string, control: Figures) => void;
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
      const { report, canGoOn } = await judged(network, attack, options, quiet, mostMB);
      mostMB = Math.max(mostMB, report.control?.peakRssMB ?? 0, report.peakRssMB ?? 0);
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
  { seconds, onProgress, onControl }: HostileOptions,
  quiet: Measured,
  mostMB: number,
): Promise<{ readonly report: AttackReport; readonly canGoOn: boolean }> => {
  const { name, what } = attack;
  let control: Measured | undefined;
  const ofControl = (): Figures | null => (control === undefined ? null : figures(control));
  try {
    if (attack.control !== undefined) {
      onProgress(`the control of ${name}: ${attack.control.what}`);
      control = (await attackOnce(network, attack, seconds, 'control')).seen;
      onControl(name, figures(control));
    }
    onProgress(`${name}: ${what}`);
    const { bytes, seen } = await attackOnce(network, attack, seconds);
    const broken = judge({ quiet, control, mostMB }, seen);
    const report = { name, bytes, ...figures(seen), control: ofControl(), ok: broken.length === 0, broken };
    return { report, canGoOn: true };
  } catch (error) {
    const none = { bytes: 0, honestP99Ms: null, blocks: 0, peakRssMB: null };
    const broken = [toFault(error).message];
    const report = { name, ...none, control: ofControl(), ok: false, broken };
    // An attack that failed by itself keeps no other one from running.
    const canGoOn = await goesOn(network).then(
      () => true,
      () => false,
    );
    return { report, canGoOn };
  }
};
