/** Whom connections of one address belong to: limits per address count by it, at the RPC and between peers. */

/** The groups of an IPv6 address that one customer of a network is usually given whole: a /64. */
const NETWORK_GROUPS = 4;

/**
 * Returns the address by which a caller is told apart from others. An IPv4 address in the form of IPv6 is the IPv4 address.
 * Of an IPv6 address it is the /64 network, because whoever has one address of it has all of them.
 */
export const callerAddress = (remote: string | undefined): string => {
  if (remote === undefined) return 'unknown';
  const mapped = /^::ffff:([0-9.]+)$/i.exec(remote)?.[1];
  if (mapped !== undefined) return mapped;
  if (!remote.includes(':')) return remote;
  const [address = ''] = remote.toLowerCase().split('%');
  const [head = '', tail] = address.split('::');
  const before = head.split(':').filter((group) => group !== '');
  const after = tail?.split(':').filter((group) => group !== '') ?? [];
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const groups = tail === undefined ? before : [...before, ...zeros, ...after];
  const shortest = groups.slice(0, NETWORK_GROUPS).map((group) => Number.parseInt(group, 16).toString(16));
  return `${shortest.join(':')}::/64`;
};
