/**
 * Keeps the node connected to the peers of its config, because libp2p does not dial again by itself. A peer that does not
 * answer is dialled again with growing pauses, for as long as the node runs. If two nodes have each other in their
 * config, the one with the lesser id dials first, so that they seldom end up with two connections.
 */
import { peerIdFromString } from '@libp2p/peer-id';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { pauseAfter } from '../src/lib/back-off.ts';
import { ok, toFault } from '../src/lib/errors.ts';
import { isHostName } from '../src/lib/host-name.ts';
import type { Logger } from '../src/lib/log.ts';
import { fail, type Result } from './errors.ts';
import type { PeerName } from './types.ts';

const TICK_MS = 100;
const PAUSE_MS = { first: 200, longest: 5_000, growth: 1.6 };
/** The pause for a peer that answered but is of no use here, such as one of another chain. */
const USELESS_PAUSE_MS = 30_000;
/** The head start of the node with the lesser id. */
const HEAD_START_MS = 400;
/** A peer that has been unreachable for this long is logged as a warning. */
const WARN_AFTER_MS = 30_000;

type Target = {
  readonly addresses: Multiaddr[];
  dialling: boolean;
  /** Dials in a row that failed. */
  failures: number;
  nextAt: number;
  /** When it became unreachable, and whether that was logged. */
  unreachableSince: number;
  warned: boolean;
};

/** The ways to write a host in a multiaddr that a node can dial. */
const HOSTS = ['ip4', 'ip6', 'dns', 'dns4', 'dns6'];
/** Those of them that have a name instead of an address. */
const NAMES = ['dns', 'dns4', 'dns6'];

/** The peer id in a multiaddr of the form `/<host>/tcp/<port>/p2p/<peer id>`. @throws if it has another form */
const peerIdIn = (address: Multiaddr): string => {
  const [host, tcp, p2p, ...more] = address.getComponents();
  if (host === undefined || !HOSTS.includes(host.name))
    throw new Error(`it does not begin with one of /${HOSTS.join(', /')}`);
  if (NAMES.includes(host.name) && !isHostName(host.value ?? ''))
    throw new Error(`${host.value} is no name of a host; write an address behind /ip4/ or /ip6/`);
  if (tcp?.name !== 'tcp' || Number(tcp.value) === 0) throw new Error('it has no /tcp/<port> after its host');
  if (p2p?.name !== 'p2p' || p2p.value === undefined || more.length > 0)
    throw new Error('it does not end in /p2p/<peer id> after its port');
  return p2p.value;
};

/** Reads the peers of the config. Faults: `P2P_PEER_ADDRESS` if one has another form than {@link peerIdIn} says. */
export const parsePeers = (peers: readonly string[]): Result<ReadonlyMap<PeerName, readonly Multiaddr[]>> => {
  const out = new Map<PeerName, Multiaddr[]>();
  for (const text of peers) {
    try {
      const address = multiaddr(text);
      const name = peerIdFromString(peerIdIn(address)).toString();
      out.set(name, [...(out.get(name) ?? []), address]);
    } catch (error) {
      return fail('P2P_PEER_ADDRESS', `not the address of a peer: ${text}: ${toFault(error).message}`, {
        address: text,
      });
    }
  }
  return ok(out);
};

export type DialerOptions = {
  readonly self: PeerName;
  readonly targets: ReadonlyMap<PeerName, readonly Multiaddr[]>;
  readonly dial: (addresses: Multiaddr[]) => Promise<void>;
  readonly isConnected: (peer: PeerName) => boolean;
  readonly logger: Logger;
};

export class Dialer {
  readonly #options: DialerOptions;
  readonly #targets = new Map<PeerName, Target>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DialerOptions) {
    this.#options = options;
    for (const [name, addresses] of options.targets) {
      // A list of peers that all nodes share contains the node itself.
      if (name === options.self) continue;
      this.#targets.set(name, {
        addresses: [...addresses],
        dialling: false,
        failures: 0,
        nextAt: 0,
        unreachableSince: 0,
        warned: false,
      });
    }
  }

  knows(peer: PeerName): boolean {
    return this.#targets.has(peer);
  }

  start(): void {
    const now = performance.now();
    for (const [name, target] of this.#targets) {
      target.unreachableSince = now;
      target.nextAt = now + this.#delayFor(name);
    }
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  disconnected(peer: PeerName): void {
    const target = this.#targets.get(peer);
    if (target === undefined) return;
    const now = performance.now();
    target.unreachableSince = now;
    target.warned = false;
    target.nextAt = Math.max(target.nextAt, now + PAUSE_MS.first + this.#delayFor(peer));
  }

  /** Does not dial a peer for a while. */
  postpone(peer: PeerName, milliseconds = USELESS_PAUSE_MS): void {
    const target = this.#targets.get(peer);
    if (target !== undefined) target.nextAt = performance.now() + milliseconds;
  }

  #delayFor(peer: PeerName): number {
    return this.#options.self < peer ? 0 : HEAD_START_MS;
  }

  #tick(): void {
    const now = performance.now();
    for (const [name, target] of this.#targets) {
      if (target.dialling || now < target.nextAt || this.#options.isConnected(name)) continue;
      void this.#dial(name, target);
    }
  }

  async #dial(name: PeerName, target: Target): Promise<void> {
    const { dial, logger } = this.#options;
    target.dialling = true;
    try {
      await dial(target.addresses);
      target.failures = 0;
    } catch (error) {
      const now = performance.now();
      target.failures += 1;
      // With jitter, so that nodes that restart together do not keep dialling together.
      target.nextAt = Math.max(
        target.nextAt,
        now + pauseAfter(target.failures, PAUSE_MS) * (0.75 + Math.random() / 2),
      );
      const reason = toFault(error).message;
      if (now - target.unreachableSince > WARN_AFTER_MS && !target.warned) {
        target.warned = true;
        logger.warn({ peer: name, reason }, 'a configured peer has been unreachable for 30 s, still trying');
      } else logger.debug({ peer: name, reason }, 'could not reach a configured peer');
    } finally {
      target.dialling = false;
    }
  }
}
