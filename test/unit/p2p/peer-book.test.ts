/** What a node keeps of peers that tell their status. */
import type { Connection } from '@libp2p/interface';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PeerBook } from '../../../p2p/peer-book.ts';
import type { Status } from '../../../p2p/protocols.ts';
import { PeerScores } from '../../../p2p/scores.ts';
import { StrangerLog } from '../../../p2p/stranger-log.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { CHAIN } from './networks.ts';

const logger = createLogger({ level: 'silent', format: 'json' });
/** The status of a peer with a version that is no text. */
const WRONG: Status = { ...CHAIN, height: toHeight(1n), version: 'a line\nof its own' };

const CONNECTION: Connection = { remoteAddr: '/ip4/10.0.0.1' } as never;

type Tell = (status: Status, peer: string) => AsyncIterable<Status>;

/** A book at height 1, and what peers tell it. */
const stand = async () => {
  const network = { isConnected: false };
  const disconnected: string[] = [];
  let serve: Tell = async function* () {};
  const book = new PeerBook({
    chain: CHAIN,
    version: 'test',
    height: () => 1n,
    statusIntervalMs: 60_000,
    requests: {
      serve: async (_: unknown, handler: Tell) => {
        serve = handler;
      },
    } as never,
    scores: new PeerScores({ now: () => 0, onOffence: () => undefined, onBan: () => undefined }),
    connectionTo: () => (network.isConnected ? CONNECTION : undefined),
    isConfigured: () => false,
    disconnect: (peer) => disconnected.push(peer),
    log: new StrangerLog({ isConfigured: () => false, logger }),
    logger,
  });
  await book.start();
  onTestFinished(() => book.stop());
  const tell = async (status: Status): Promise<void> => {
    await serve(status, 'stranger')[Symbol.asyncIterator]().next();
  };
  return { book, network, disconnected, tell };
};

describe('a peer book', () => {
  it('keeps nothing of a status that is read after its peer has left', async () => {
    const { network, disconnected, tell } = await stand();
    for (let i = 0; i < 10; i++) await tell(WRONG);
    network.isConnected = true;
    // It is disconnected after four, of which none was counted before.
    for (let i = 0; i < 3; i++) await tell(WRONG);
    expect(disconnected).toEqual([]);
    await tell(WRONG);
    expect(disconnected).toEqual(['stranger']);
  });

  it('knows who says that it is far ahead, and not only a few blocks', async () => {
    const { book, network, tell } = await stand();
    network.isConnected = true;
    const isFarAhead = async (height: bigint): Promise<boolean> => {
      await tell({ ...CHAIN, height: toHeight(height), version: 'test' });
      return book.isFarAhead('stranger');
    };
    expect(book.isFarAhead('stranger')).toBe(false);
    expect([await isFarAhead(17n), await isFarAhead(18n)]).toEqual([false, true]);
  });
});
