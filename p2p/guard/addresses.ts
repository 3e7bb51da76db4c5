/** The addresses of hosts, as limits per host count them, and those of the peers of the config. */
import { lookup } from 'node:dns/promises';
import { isIPv4, isIPv6 } from 'node:net';
import type { Multiaddr } from '@multiformats/multiaddr';
import { LRUCache } from 'lru-cache';
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
  readonly #learned = new LRUCache<string, true>({ max: LEARNED_MAX });
  #timer: NodeJS.Timeout | undefined;

  constructor(addresses: readonly Multiaddr[]) {
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

  async #resolve(): Promise<void> {
    for (const name of this.#names) {
      // A name that does not resolve now keeps what it resolved to before.
      const found = await lookup(name, { all: true }).catch(() => undefined);
      if (found !== undefined)
        this.#resolved.set(
          name,
          found.map(({ address }) => callerAddress(address)),
        );
    }
  }
}
