/** What a node keeps of peers that tell their status. */
import type { Connection } from '@libp2p/interface';
import { describe, expect, it } from 'vitest';
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

describe('a peer book', () => {
  it('keeps nothing of a status that is read after its peer has left', async () => {
    let isConnected = false;
    const disconnected: string[] = [];
    let tell: (status: Status, peer: string) => AsyncIterable<Status> = async function* () {};
    const book = new PeerBook({
      chain: CHAIN,
      version: 'test',
      height: () => 1n,
      statusIntervalMs: 60_000,
      requests: {
        serve: async (_: unknown, handler: typeof tell) => {
          tell = handler;
        },
      } as never,
      scores: new PeerScores({ now: () => 0, onOffence: () => undefined, onBan: () => undefined }),
      connectionTo: () => (isConnected ? ({} as Connection) : undefined),
      isConfigured: () => false,
      disconnect: (peer) => disconnected.push(peer),
      log: new StrangerLog({ isConfigured: () => false, logger }),
      logger,
    });
    await book.start();
    const tellWrongly = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) await tell(WRONG, 'stranger')[Symbol.asyncIterator]().next();
    };
    await tellWrongly(10);
    isConnected = true;
    // It is disconnected after four, of which none was counted before.
    await tellWrongly(3);
    expect(disconnected).toEqual([]);
    await tellWrongly(1);
    expect(disconnected).toEqual(['stranger']);
    book.stop();
  });
});
