/**
 * The hosts of a node, as its operator writes them: an IPv4 address, an IPv6 address, or a name. Addresses of the network
 * (multiaddrs) and URLs are made here only, because each form of a host is written differently in them.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { CodedError, ok, unwrap } from '../src/lib/errors.ts';
import { isHostName } from '../src/lib/host-name.ts';
import { fail, fault, type Result } from './errors.ts';

export type Host = { readonly type: 'ip4' | 'ip6' | 'dns'; readonly text: string };

/** Whether {@link parseHost} reads the text. */
export const isHost = (text: string): boolean => parseHost(text).ok;

/** Reads a host. An IPv6 address is without brackets and without a zone. Fault: `HOST_INVALID`. */
export const parseHost = (text: string): Result<Host> => {
  const version = text.includes('%') ? 0 : isIP(text);
  if (version === 4) return ok({ type: 'ip4', text });
  if (version === 6) return ok({ type: 'ip6', text: text.toLowerCase() });
  if (isHostName(text)) return ok({ type: 'dns', text: text.toLowerCase() });
  return fail(
    'HOST_INVALID',
    `${JSON.stringify(text.slice(0, 100))} is no host: write an IPv4 address (203.0.113.5), an IPv6 address (2001:db8::5), or a name (node.example.org)`,
    { host: text.slice(0, 100) },
  );
};

/** The address of TCP at a host, for example `/ip6/2001:db8::5/tcp/26656`. @throws CodedError `HOST_INVALID` */
export const tcpMultiaddr = (host: string, port: number): string => {
  const { type, text } = unwrap(parseHost(host));
  return `/${type}/${text}/tcp/${port}`;
};

/** The URL of HTTP at a host, for example `http://[2001:db8::5]:8545`. @throws CodedError `HOST_INVALID` */
export const httpUrl = (host: string, port: number): string => {
  const { type, text } = unwrap(parseHost(host));
  return `http://${type === 'ip6' ? `[${text}]` : text}:${port}`;
};

/** Whether the host means every address of a machine. A node can listen on it, and nobody can reach it. */
export const isEveryAddress = (host: string): boolean => host === '0.0.0.0' || /^[0:]+$/.test(host);

/** The host at which this machine reaches a server of its own that listens on `host`. */
export const ownHost = (host: string): string => {
  if (!isEveryAddress(host)) return host;
  return host.includes(':') ? '::1' : '127.0.0.1';
};

/**
 * The addresses that a host stands for now, as the system resolves it: itself, or those of its name.
 * @throws CodedError `HOST_INVALID`, `HOST_UNRESOLVED` for a name without an address
 */
export const resolveHost = async (host: string): Promise<readonly string[]> => {
  const { type, text } = unwrap(parseHost(host));
  if (type !== 'dns') return [text];
  try {
    const found = await lookup(text, { all: true, order: 'verbatim' });
    return [...new Set(found.map(({ address }) => address))];
  } catch (error) {
    throw new CodedError(
      fault(
        'HOST_UNRESOLVED',
        `${text} has no address: neither DNS nor the hosts file of this machine knows it`,
        {
          host: text,
        },
      ),
      { cause: error },
    );
  }
};

/**
 * Checks the host at which others are to reach a node, before it is written down. A name with a dot may get its address
 * later. A name without a dot is known to this machine, or it is a misspelt word.
 * @throws CodedError `HOST_INVALID`, `HOST_UNRESOLVED`
 */
export const checkHost = async (host: string): Promise<void> => {
  const { type, text } = unwrap(parseHost(host));
  if (type === 'dns' && !text.includes('.')) await resolveHost(text);
};
