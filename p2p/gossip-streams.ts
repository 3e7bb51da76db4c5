/**
 * Opens the gossip stream to each peer, and hands it to the gossip library. By itself the library waits until identify says
 * which peers speak gossip, and opens its streams one after the other, so that a peer which never answers holds up those to
 * all others. A node does without identify, because what a stranger answers there costs time and memory. So every peer is
 * asked as soon as it is connected, all of them at once, and the library gets a stream that is open.
 */
import type { GossipSubComponents } from '@chainsafe/libp2p-gossipsub';
import {
  type Connection,
  type Libp2pEvents,
  type PeerId,
  type Startable,
  type Stream,
  serviceCapabilities,
  type Topology,
  type TypedEventTarget,
} from '@libp2p/interface';
import type { PeerName } from './types.ts';

/** The newest version of the protocol, and the only one that nodes speak. */
export const GOSSIP_PROTOCOL = '/meshsub/1.2.0';

/** The parts of libp2p that this needs. */
export type GossipStreamsComponents = {
  readonly events: TypedEventTarget<Libp2pEvents>;
  readonly registrar: Pick<GossipSubComponents['registrar'], 'getTopologies'>;
  readonly connectionManager: Pick<GossipSubComponents['connectionManager'], 'getConnections'>;
};

/** Returns the connection, with another way to open a stream on it. */
const openingBy = (connection: Connection, newStream: () => Promise<Stream>): Connection =>
  new Proxy(connection, {
    get: (target, key): unknown => (key === 'newStream' ? newStream : Reflect.get(target, key)),
  });

/** Returns the connection of an inbound stream as the gossip library gets it, which must not open the stream back itself. */
export const withoutNewStreams = (connection: Connection): Connection =>
  openingBy(connection, () => Promise.reject(new Error('the node opens the gossip streams')));

export class GossipStreams implements Startable {
  /** What gossipsub asks of libp2p: that somebody says which peers speak gossip. */
  readonly [serviceCapabilities] = ['@libp2p/identify'];
  readonly #components: GossipStreamsComponents;
  readonly #opening = new Set<PeerName>();
  readonly #open = new Map<PeerName, Stream>();
  #isStarted = false;

  constructor(components: GossipStreamsComponents) {
    this.#components = components;
    components.events.addEventListener('connection:open', ({ detail }) => void this.#connected(detail));
    components.events.addEventListener('peer:disconnect', ({ detail }) => this.#disconnected(detail));
  }

  start(): void {
    // The library takes no streams before it has started itself.
  }

  afterStart(): void {
    this.#isStarted = true;
    for (const connection of this.#components.connectionManager.getConnections())
      void this.#connected(connection);
  }

  stop(): void {
    this.#isStarted = false;
  }

  /** Opens the stream on this connection or another one of the peer, unless it is open or being opened. */
  async #connected(connection: Connection): Promise<void> {
    const peer = connection.remotePeer;
    const name = peer.toString();
    if (!this.#isStarted || this.#opening.has(name) || this.#open.has(name)) return;
    this.#opening.add(name);
    const tried = new Set<Connection>();
    for (
      let next: Connection | undefined = connection;
      next !== undefined;
      next = this.#untried(peer, tried)
    ) {
      tried.add(next);
      if (await this.#openOn(next)) break;
    }
    this.#opening.delete(name);
  }

  #untried(peer: PeerId, tried: ReadonlySet<Connection>): Connection | undefined {
    const all = this.#components.connectionManager.getConnections(peer);
    return all.find((each) => each.status === 'open' && !tried.has(each));
  }

  async #openOn(connection: Connection): Promise<boolean> {
    const peer = connection.remotePeer;
    // A peer need not speak gossip, and a connection may end at any time.
    const stream = await connection.newStream(GOSSIP_PROTOCOL).catch(() => undefined);
    if (stream?.status !== 'open' || !this.#isStarted) return false;
    const name = peer.toString();
    this.#open.set(name, stream);
    stream.addEventListener('close', () => {
      if (this.#open.get(name) === stream) this.#open.delete(name);
    });
    const opened = openingBy(connection, () =>
      stream.status === 'open' ? Promise.resolve(stream) : Promise.reject(new Error('the stream has closed')),
    );
    for (const topology of this.#topologies()) await topology.onConnect?.(peer, opened);
    return true;
  }

  #disconnected(peer: PeerId): void {
    this.#open.delete(peer.toString());
    for (const topology of this.#topologies()) void topology.onDisconnect?.(peer);
  }

  #topologies(): readonly Topology[] {
    return this.#components.registrar.getTopologies(GOSSIP_PROTOCOL);
  }
}
