/** The addresses of hosts, as limits per host count them, and those of the peers of the config. */
import { lookup } from 'node:dns/promises';
import { isIPv4, isIPv6 } from 'node:net';
import type { Multiaddr } from '@multiformats/multiaddr';
import { LRUCache } from 'lru-cache';
import { toFault } from '../../src/lib/errors.ts';
import type { Logger } from '../../src/lib/log.ts';
import { callerAddress } from '../../src/lib/remote-address.ts';

/** Names of configured peers are resolved again after this time, because their addresses may change. */
const RESOLVE_EVERY_MS = 60_000;
/** Addresses remembered from which configured peers have connected. */
const LEARNED_MAX = 256;
/** Stands for what is not an IP address. */
const UNKNOWN = callerAddress(undefined);
const DNS = ['dns', 'dns4', 'dns6', 'dnsaddr'];

const hostOf = (address: Multiaddr): { readonly name: string; readonly value: string } | undefined => {
  const [first] = address.getComponents();
  return first?.value === undefined ? undefined : { name: first.name, value: first.value };
};

/** The key of the host that a connection comes from. Whatever is not an IP address is one host. */
export const hostKeyOf = (address: Multiaddr): string => {
  const host = hostOf(address);
  return host !== undefined && (isIPv4(host.value) || isIPv6(host.value))
    ? callerAddress(host.value)
    : UNKNOWN;
};

/** Knows from which hosts configured peers come: those of their addresses, and those they have connected from before. */
export class ConfiguredHosts {
  readonly #fixed = new Set<string>();
  readonly #names: readonly string[];
  readonly #resolved = new Map<string, readonly string[]>();
  /** The names that had no address when they were looked up last. */
  readonly #unresolved = new Set<string>();
  readonly #logger: Logger;
  readonly #learned = new LRUCache<string, true>({ max: LEARNED_MAX });
  #timer: NodeJS.Timeout | undefined;

  constructor(addresses: readonly Multiaddr[], logger: Logger) {
    this.#logger = logger;
    const names = new Set<string>();
    for (const address of addresses) {
      const host = hostOf(address);
      if (host === undefined) continue;
      if (DNS.includes(host.name)) names.add(host.value);
      else this.#fixed.add(callerAddress(host.value));
    }
    this.#names = [...names];
  }

  start(): void {
    if (this.#names.length === 0) return;
    void this.#resolve();
    this.#timer = setInterval(() => void this.#resolve(), RESOLVE_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  has(key: string): boolean {
    if (this.#fixed.has(key) || this.#learned.get(key) === true) return true;
    for (const keys of this.#resolved.values()) if (keys.includes(key)) return true;
    return false;
  }

  /** A configured peer has been authenticated on a connection with this host. */
  learn(key: string): void {
    if (key !== UNKNOWN) this.#learned.set(key, true);
  }

  /** The names of configured peers that have no address, as far as this machine knows. */
  unresolved(): readonly string[] {
    return [...this.#unresolved];
  }

  async #resolve(): Promise<void> {
    await Promise.all(this.#names.map((name) => this.#resolveOne(name)));
  }

  async #resolveOne(name: string): Promise<void> {
    try {
      const found = await lookup(name, { all: true });
      this.#resolved.set(
        name,
        found.map(({ address }) => callerAddress(address)),
      );
      if (this.#unresolved.delete(name))
        this.#logger.info({ host: name }, 'the name of a peer has an address now');
    } catch (error) {
      // It keeps what it resolved to before.
      if (this.#unresolved.has(name)) return;
      this.#unresolved.add(name);
      this.#logger.warn(
        { host: name, reason: toFault(error).message },
        'the name of a configured peer does not resolve: neither DNS nor the hosts file of this machine gives an address',
      );
    }
  }
}
