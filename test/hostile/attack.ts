/** What an attack is: something that a stranger does to running nodes, until it is told to stop. */

/** A node of the devnet as a stranger sees it. */
export interface Target {
  readonly p2p: { readonly host: string; readonly port: number; readonly multiaddr: string };
  /** `http://host:port`. */
  readonly rpc: string;
  /** Decimal. */
  readonly chainId: string;
  /** 32 bytes. */
  readonly genesisHash: Uint8Array;
}

/** What an attack may use. Nothing in it is secret: a stranger could know all of it. */
export interface Stage {
  /** The nodes to attack, at least one. */
  readonly targets: readonly Target[];
  /** All nodes of the devnet, those to attack included. */
  readonly nodes: readonly Target[];
  /** Private keys of accounts with money, 32 bytes each. */
  readonly keys: readonly Uint8Array[];
  /** The folder of the devnet. */
  readonly home: string;
}

/** The bytes that all of the attackers have sent, when the last has ended. */
export const sentByAll = async (attackers: Iterable<Promise<number>>): Promise<number> =>
  (await Promise.all(attackers)).reduce((sum, sent) => sum + sent, 0);

/**
 * Two addresses of this machine that connections may come from, neither of which is that of the honest users: Linux has all
 * of 127.0.0.0/8.
 */
export const TWO_ADDRESSES = ['127.0.0.2', '127.0.0.3'] as const;

/** Attacks until `signal` aborts, then closes everything it opened. Returns the number of bytes that it sent. */
export type Run = (stage: Stage, signal: AbortSignal) => Promise<number>;

type Runnable =
  | { readonly run: Run }
  /** Does what is needed beforehand, whose time does not count, and returns what is to be run. */
  | { readonly prepare: (stage: Stage) => Promise<Run> };

/** The same work as that of an attack, without what makes it an attack. */
export type Control = {
  /** What honest users do, in a few words. */
  readonly what: string;
} & Runnable;

export type Attack = {
  /** In kebab-case. */
  readonly name: string;
  /** One sentence that says what the stranger does. */
  readonly what: string;
  /**
   * What the attack is compared with. It runs for the same time before the attack. An attack needs one if what it sends is
   * valid and paid for, as such load slows a chain whoever sends it. Others are compared with the time without an attack.
   */
  readonly control?: Control;
} & Runnable;

/** Which of the two a process of the attacker does. */
export type Part = 'attack' | 'control';

/** Returns what is to be run, prepared. @throws if an attack has no control */
export const runOf = async (attack: Attack, part: Part, stage: Stage): Promise<Run> => {
  const runnable = part === 'attack' ? attack : attack.control;
  if (runnable === undefined) throw new Error(`${attack.name} has no control`);
  return 'prepare' in runnable ? runnable.prepare(stage) : runnable.run;
};
