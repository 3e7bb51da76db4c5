/**
 * Checks that a request does not come from a web page that may not call. A page reaches a node on loopback or in the local
 * network although it comes from elsewhere. Two headers tell, which a page cannot choose:
 *
 *     Origin   the origin of the page: it must be listed
 *     Host     the name under which the browser knows the node. A page may make its own name point at the address of a node
 *              (DNS rebinding); then the browser takes the node for the page's own server. No page can own an IP address or
 *              `localhost`, so these are right, and every other name must be listed.
 *
 * Programs that are not browsers send no `Origin`. The check serves every kind of request, also one that asks for a
 * websocket, to which CORS does not apply.
 */
import { isIP } from 'node:net';
import { RPC_CODES, type RpcError, rpcError } from './errors.ts';

export type HostRules = {
  /** Names by which the node may be called, without a port. */
  readonly hosts: readonly string[];
  /** The origins of pages that may call. */
  readonly origins: readonly string[];
};

export type Headers = {
  readonly host?: string | undefined;
  readonly origin?: string | readonly string[] | undefined;
};

const SHOWN = 80;

/** Returns the host of a `Host` header, in lower case, without its port and the brackets of IPv6; undefined for none. */
const hostOf = (header: string): string | undefined => {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/@\s]+))(?::[0-9]{1,5})?$/i.exec(header) ?? [];
  return (bracketed ?? plain?.replace(/\.$/, ''))?.toLowerCase();
};

/** Returns the check: the error with which a request with such headers is refused, if it is. */
export const createHostCheck = ({
  hosts,
  origins,
}: HostRules): ((headers: Headers) => RpcError | undefined) => {
  const names = new Set(['localhost', ...hosts.map((name) => name.toLowerCase())]);
  const pages = new Set<unknown>(origins);
  return ({ host, origin }) => {
    if (origin !== undefined && !pages.has(origin))
      return rpcError(
        RPC_CODES.INVALID_REQUEST,
        'ORIGIN_NOT_ALLOWED',
        'pages of this origin may not call this node; list it in rpc.cors_origins of its config',
        { origin: String(origin).slice(0, SHOWN) },
      );
    // Only HTTP/1.0 may leave it out, which no browser speaks.
    if (host === undefined) return undefined;
    const name = hostOf(host);
    return name !== undefined && (isIP(name) !== 0 || names.has(name))
      ? undefined
      : rpcError(
          RPC_CODES.INVALID_REQUEST,
          'HOST_NOT_ALLOWED',
          'this node is not called by this name; use its IP address, or list the name in rpc.hosts of its config',
          { host: host.slice(0, SHOWN) },
        );
  };
};
