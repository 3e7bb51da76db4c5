/**
 * The store that libp2p gets for what it writes down about peers: it keeps nothing. libp2p writes with every stream that a
 * stranger opens, also after the stranger has gone, and names cost nothing. A node reads none of it: it dials the addresses of
 * its config, and keeps in bounded places of its own what it must remember of a peer.
 */
import { NotFoundError } from '@libp2p/interface';
import type { Libp2pOptions } from 'libp2p';

export type PeerDatastore = NonNullable<Libp2pOptions['datastore']>;

/** Takes what is written, and finds nothing. */
export const forgetfulStore = (): PeerDatastore => ({
  has: () => false,
  get: () => {
    throw new NotFoundError('nothing is kept about peers');
  },
  put: (key) => key,
  delete: () => undefined,
  async *getMany() {},
  async *putMany(pairs) {
    for await (const { key } of pairs) yield key;
  },
  async *deleteMany(keys) {
    yield* keys;
  },
  batch: () => ({ put: () => undefined, delete: () => undefined, commit: () => undefined }),
  async *query() {},
  async *queryKeys() {},
});
