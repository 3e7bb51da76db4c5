/** Runs attacks against two of four real nodes, one after the other, and judges what honest users saw meanwhile. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { toFault } from '../../src/lib/errors.ts';
import { grows } from '../e2e/processes.ts';
import type { Attack } from './attack.ts';
import type { AttackMessage, AttackOrder } from './attacker.ts';
import { type Measured, measure } from './measure.ts';
import { type HostileNetwork, startHostileNetwork } from './network.ts';

const ATTACKER = fileURLToPath(new URL('attacker.ts', import.meta.url));

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
  /** Resident memory that an attack may add to a node, MB. */
  addedMB: 256,
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
  readonly quiet: Omit<AttackReport, 'name' | 'bytes' | 'ok' | 'broken'>;
  readonly attacks: readonly AttackReport[];
};

type RunningAttack = {
  /** Ends it, and resolves with the bytes that it sent. */
  readonly stop: () => Promise<number>;
};

/** Resolves once the attack has begun. @throws what the attacker's process threw */
const startAttack = (name: string, network: HostileNetwork): Promise<RunningAttack> => {
  const child = fork(ATTACKER, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let settle: (bytes: number) => void = () => undefined;
  let refuse: (error: Error) => void = () => undefined;
  const ended = new Promise<number>((resolve, reject) => {
    settle = resolve;
    refuse = reject;
  });
  ended.catch(() => undefined);
  const stop = async (): Promise<number> => {
    if (child.connected) child.send('stop');
    return await ended;
  };
  return new Promise((resolve, reject) => {
    child.on('message', (message: AttackMessage) => {
      if (message.type === 'started') resolve({ stop });
      else if (message.type === 'ended') settle(message.bytes);
      else refuse(new Error(`the attack ${name} failed: ${message.error}`));
    });
    child.once('exit', (code) => {
      const error = new Error(`the attacker of ${name} ended with ${code}`);
      refuse(error);
      reject(error);
    });
    child.send({ name, stage: network.stage } satisfies AttackOrder);
  });
};

const figures = ({ honestP99Ms, blocks, peakRssMB }: Measured): HostileReport['quiet'] => ({
  honestP99Ms: Math.round(honestP99Ms),
  blocks,
  peakRssMB: peakRssMB === undefined ? null : Math.round(peakRssMB),
});

const judge = (quiet: Measured, seen: Measured): readonly string[] => {
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
  if (seen.peakRssMB !== undefined && seen.peakRssMB > (quiet.peakRssMB ?? 0) + BOUNDS.addedMB)
    broken.push(
      `a node took ${Math.round(seen.peakRssMB)} MB, ${Math.round(quiet.peakRssMB ?? 0)} without an attack`,
    );
  return broken;
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
  const running = await startAttack(name, network);
  const measured = measure(network, seconds);
  // Both are waited for, whichever fails first.
  const [seen, bytes] = await Promise.allSettled([measured, measured.then(running.stop, running.stop)]);
  if (seen.status === 'rejected') throw seen.reason;
  if (bytes.status === 'rejected') throw bytes.reason;
  for (let i = 0; i < network.stage.nodes.length; i++) await grows(network.devnet.client(i), 2n);
  return { bytes: bytes.value, seen: seen.value };
};

export type HostileOptions = {
  readonly attacks: readonly Attack[];
  /** How long each attack lasts, and the time before the first. */
  readonly seconds: number;
  readonly progress: (text: string) => void;
};

/** @throws that a devnet did not start. A node that ends is in the report, which ends with it. */
export const runHostile = async ({ attacks, seconds, progress }: HostileOptions): Promise<HostileReport> => {
  progress(`starting four nodes`);
  const network = await startHostileNetwork();
  try {
    progress(`${seconds} s without an attack`);
    const quiet = await measure(network, seconds);
    const reports: AttackReport[] = [];
    for (const attack of attacks) {
      const { name, what } = attack;
      progress(`${name}: ${what}`);
      try {
        const { bytes, seen } = await attackOnce(network, attack, seconds);
        const broken = judge(quiet, seen);
        reports.push({ name, bytes, ...figures(seen), ok: broken.length === 0, broken });
      } catch (error) {
        const none = { bytes: 0, honestP99Ms: null, blocks: 0, peakRssMB: null };
        reports.push({ name, ...none, ok: false, broken: [toFault(error).message] });
        // What ended a node would be held against every attack after it.
        break;
      }
    }
    const ok = reports.length === attacks.length && reports.every((report) => report.ok);
    return { ok, seconds, quiet: figures(quiet), attacks: reports };
  } finally {
    await network.stop();
  }
};
