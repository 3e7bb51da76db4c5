/**
 * The seats of messages that wait, for their turn or for their height. They are counted before a message is verified, because
 * verifying costs the most: a validator can sign any number of votes and blocks, and whoever has no seat is not looked at.
 * A seat is taken only by what has been verified, so nobody can take the seat of another.
 */
import { toBareHex } from '../../src/lib/bytes.ts';
import type { Message } from '../messages.ts';

/**
 * What a message says (`place`: it is said once), in which step (`slot`: an equivocator says two things in one), and whose
 * it is (`owner`: a validator for a vote; for a proposal its round, which has one proposer).
 */
export type Seat = { readonly place: string; readonly slot: string; readonly owner: string };

export const seatOf = (message: Message): Seat => {
  switch (message.type) {
    case 'vote': {
      const { validator, type, round, target } = message.vote;
      const owner = `vote ${validator}`;
      const slot = `${owner} ${type} ${round}`;
      return { owner, slot, place: `${slot} ${target.type === 'nil' ? 'nil' : toBareHex(target.id)}` };
    }
    case 'proposal': {
      const slot = `proposal ${message.proposal.round}`;
      return { owner: slot, slot, place: `${slot} ${toBareHex(message.proposal.id)}` };
    }
    // Whoever made it, a verified certificate proves the same as any other of its round.
    case 'commit':
      return { owner: 'commit', slot: 'commit', place: 'commit' };
    case 'polka':
      return alone('polka', message.polka.round);
    case 'round':
      return alone('round', message.certificate.round);
  }
};

const alone = (owner: string, round: number): Seat => {
  const slot = `${owner} ${round}`;
  return { owner, slot, place: slot };
};

export class Seats {
  readonly #perSlot: number;
  readonly #perOwner: number;
  readonly #taken = new Map<string, number>();

  constructor(limits: { readonly perSlot: number; readonly perOwner: number }) {
    this.#perSlot = limits.perSlot;
    this.#perOwner = limits.perOwner;
  }

  /** `known`: the same has a seat already. `full`: its slot or its owner has no seat left. */
  ask({ place, slot, owner }: Seat): 'free' | 'known' | 'full' {
    if (this.#taken.has(`place ${place}`)) return 'known';
    const isFree =
      this.#count(`slot ${slot}`) < this.#perSlot && this.#count(`owner ${owner}`) < this.#perOwner;
    return isFree ? 'free' : 'full';
  }

  take({ place, slot, owner }: Seat): void {
    for (const key of [`place ${place}`, `slot ${slot}`, `owner ${owner}`])
      this.#taken.set(key, this.#count(key) + 1);
  }

  clear(): void {
    this.#taken.clear();
  }

  #count(key: string): number {
    return this.#taken.get(key) ?? 0;
  }
}
