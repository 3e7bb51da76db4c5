/** Publishes the announcements of the core as messages, and repeats them when there is a reason. */
import type { Commit } from '../../src/lib/chain.ts';
import type { Announcement } from '../effects.ts';
import { encodeMessage } from '../messages.ts';
import type { Blocks } from './blocks.ts';
import { REBROADCAST_MS } from './deadlines.ts';
import type { Delivery, RunnerOptions } from './ports.ts';

export class Publisher {
  readonly #options: Pick<RunnerOptions, 'network' | 'elapsed'>;
  readonly #blocks: Blocks;
  /** Milliseconds of `elapsed`; undefined before the first time. */
  #helpedAt: number | undefined;

  constructor(options: Pick<RunnerOptions, 'network' | 'elapsed'>, blocks: Blocks) {
    this.#options = options;
    this.#blocks = blocks;
  }

  publish(announcement: Announcement): void {
    this.#send(announcement, 'first');
  }

  republish(announcement: Announcement): void {
    this.#send(announcement, 'repeat');
  }

  /** Publishes the commit of the height decided last, for a peer that has not decided it; not more often than votes. */
  help(commit: Commit): void {
    const { elapsed, network } = this.#options;
    const now = elapsed();
    if (this.#helpedAt !== undefined && now - this.#helpedAt < REBROADCAST_MS) return;
    this.#helpedAt = now;
    network.publish('vote', encodeMessage({ type: 'commit', commit }), 'repeat');
  }

  #send(announcement: Announcement, delivery: Delivery): void {
    const { network } = this.#options;
    if (announcement.type === 'proposal') {
      const block = this.#blocks.get(announcement.proposal.id).bytes;
      network.publish('proposal', encodeMessage({ ...announcement, block }), delivery);
    } else {
      network.publish('vote', encodeMessage(announcement), delivery);
    }
  }
}
