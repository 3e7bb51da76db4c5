/** How many connections the network holds at most. `node/descriptors.ts` lowers them where the system allows fewer open files. */

/** Connections to one peer: two nodes that dial each other at the same time have two. */
export const CONNECTIONS_PER_PEER = 2;
/** Connected peers that are not in the config. */
export const OTHER_PEERS = 32;
/** Inbound connections that are not authenticated yet. Half of their places are for the hosts of configured peers. */
export const HALF_OPEN = 256;
