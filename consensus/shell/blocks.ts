/** Stores the blocks behind the ids of the core: those proposed in the current height, and the one decided last. */
import type { Height, Root, Round } from '../../src/lib/brands.ts';
import { equal, toBareHex } from '../../src/lib/bytes.ts';
import type { Commit, EncodedBlock } from '../../src/lib/chain.ts';
import { invariant, type Result } from '../../src/lib/errors.ts';
import { type Core, holds } from '../core.ts';
import { encodeMessage, type Proposal } from '../messages.ts';
import type { ProposalRequest } from './ports.ts';

type Entry = { readonly block: EncodedBlock; validation: Promise<Result<void>> | undefined };

/** The last decided block and its commit, which a peer that is one height behind may need. */
export type LastDecided = {
  readonly height: Height;
  readonly commit: Commit;
  readonly block: EncodedBlock;
  /** Undefined if the block came by block sync. */
  readonly proposal: Proposal | undefined;
};

export class Blocks {
  readonly #entries = new Map<string, Entry>();
  /** The time at which the proposal of each round arrived. */
  readonly #arrivals = new Map<Round, bigint>();
  #last: LastDecided | undefined;

  get lastDecided(): LastDecided | undefined {
    return this.#last;
  }

  put(block: EncodedBlock): void {
    const key = toBareHex(block.id);
    if (!this.#entries.has(key)) this.#entries.set(key, { block, validation: undefined });
  }

  arrived(round: Round, at: bigint): void {
    if (!this.#arrivals.has(round)) this.#arrivals.set(round, at);
  }

  arrivalOf(round: Round): bigint | undefined {
    return this.#arrivals.get(round);
  }

  /** A block that the core holds. */
  get(id: Root): EncodedBlock {
    return this.#entry(id).block;
  }

  has(id: Root): boolean {
    return this.#entries.has(toBareHex(id));
  }

  /** Whether a block is valid is asked once: no later proposal of it changes the answer. */
  validation(id: Root, validate: (block: EncodedBlock) => Promise<Result<void>>): Promise<Result<void>> {
    const entry = this.#entry(id);
    entry.validation ??= validate(entry.block);
    return entry.validation;
  }

  /** Drops what the core no longer holds. */
  prune(core: Core): void {
    for (const [key, { block }] of this.#entries) if (!holds(core, block.id)) this.#entries.delete(key);
  }

  decided(core: Core, round: Round, id: Root, commit: Commit): EncodedBlock {
    const block = this.get(id);
    const proposal = findProposal(core, { height: core.height, round, id });
    this.#last = { height: core.height, commit, block, proposal };
    return block;
  }

  /** Forgets all blocks but the last decided one, for the next height. */
  clear(): void {
    this.#entries.clear();
    this.#arrivals.clear();
  }

  /** The encoded proposal that a peer asks for, of the present height or the one decided last. */
  proposalFor(core: Core, request: ProposalRequest): Uint8Array | undefined {
    const last = this.#last;
    if (last?.height === request.height) {
      if (last.proposal === undefined || !equal(last.block.id, request.id)) return undefined;
      return encodeMessage({ type: 'proposal', proposal: last.proposal, block: last.block.bytes });
    }
    const proposal = findProposal(core, request);
    const entry = this.#entries.get(toBareHex(request.id));
    if (proposal === undefined || entry === undefined) return undefined;
    return encodeMessage({ type: 'proposal', proposal, block: entry.block.bytes });
  }

  #entry(id: Root): Entry {
    const entry = this.#entries.get(toBareHex(id));
    invariant(entry !== undefined, 'the shell has each block that the core holds');
    return entry;
  }
}

/** Returns the proposal of the requested round, or else one of another round for the same block: it serves as well. */
const findProposal = (core: Core, { height, round, id }: ProposalRequest): Proposal | undefined => {
  if (core.height !== height) return undefined;
  const found = core.proposals.get(round)?.proposal;
  if (found !== undefined && equal(found.id, id)) return found;
  return [...core.proposals.values()].find(({ proposal }) => equal(proposal.id, id))?.proposal;
};
