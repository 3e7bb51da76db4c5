/**
 * Any history of claims that several attestors back: true and false ones, of which some are short, challenges that wait for excuses,
 * excuses true and false, late proofs, malformed receipts, and time that runs out. After every block what is locked is what stands
 * behind claims and beside what has not vested, and an attestor has lost what the events say. In the end nothing is left.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { witnessOfExcuse, witnessOfSections } from '../../../../src/attribution/prover/sections-witness.ts';
import { type Root, ZERO_ROOT } from '../../../../src/lib/brands.ts';
import { equal, toHex } from '../../../../src/lib/bytes.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { challengeOf } from '../../../../state/modules/disputes/challenges.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { attestorOf } from '../../../../state/modules/ledger/attestors.ts';
import { backersOf } from '../../../../state/modules/receipts/backing.ts';
import { lockedBondOf } from '../../../../state/modules/receipts/settlements.ts';
import { getReceipt } from '../../../../state/queries/receipts.ts';
import { attributionAnswer } from '../../../../state/tx/attribution-answer.ts';
import { attributionBacking } from '../../../../state/tx/attribution-backing.ts';
import { attributionChallenge } from '../../../../state/tx/attribution-challenge.ts';
import { attributionExcuse } from '../../../../state/tx/attribution-excuse.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { BackingAudit } from './backing-audit.ts';
import { demandOf, helper, type ReceiptPlace, watcher } from './dispute-scenes.ts';
import { malformedWitness, spoilt } from './lies.ts';
import {
  holders,
  type OutdoneScene,
  outdoneScene,
  phrasesOf,
  SHARED_AT,
  second,
  shownOf,
  third,
  trueExcuses,
} from './outdone-scene.ts';
import { attestor, sendReceipts } from './scenes.ts';
import { type Actor, intent, type Ran } from './world.ts';

const TAGS = [
  'serve',
  'settle',
  'back',
  'outdo',
  'excuse',
  'refute',
  'prove',
  'demand',
  'answer',
  'expose',
  'wait',
] as const;
type Step = { readonly tag: (typeof TAGS)[number]; readonly n: number };

const ATTESTORS = [attestor, second, third];
const CHALLENGERS = [watcher, helper, second];

/** Begins the same chain again and again: it is made once. */
const replayed = (bonds: readonly bigint[]) => {
  const made = outdoneScene(
    { challengeWindow: 4, answerWindow: 6, lateProofWindow: 12, lateProofBond: 4n, bondPerReceipt: 10n },
    ATTESTORS.map((each, i) => [each, bonds[i] ?? 0n] as const),
  );
  const { world } = made;
  const state = new Map(world.state);
  const { height } = world;
  return {
    made,
    begin: (): void => {
      world.state.clear();
      for (const [key, value] of state) world.state.set(key, value);
      world.height = height;
    },
  };
};

type Claimed = { readonly place: ReceiptPlace; readonly isLie: boolean };

const pick = <T>(from: readonly T[], n: number): T | undefined => from[n % Math.max(1, from.length)];

/** Mostly the newest, so that one thing follows from another. */
const recent = <T>(from: readonly T[], n: number): T | undefined =>
  from.at(-1 - (n % Math.min(3, Math.max(1, from.length))));

class History {
  readonly #made: OutdoneScene;
  readonly #batches: { readonly batch: Root; readonly isBad: readonly boolean[] }[] = [];
  readonly #claims: Claimed[] = [];
  readonly #challenges: { readonly id: Root; readonly claimed: Claimed }[] = [];
  readonly #audit: BackingAudit;

  constructor(made: OutdoneScene) {
    this.#made = made;
    this.#audit = new BackingAudit(made.world, ATTESTORS, {
      batches: this.#batches,
      claims: this.#claims,
      challenges: this.#challenges,
    });
  }

  get #view() {
    return this.#made.world.view;
  }

  #standing({ batch, index }: Pick<ReceiptPlace, 'batch' | 'index'>) {
    return getReceipt(this.#view, { batch, index })?.standing;
  }

  #isOf(claimed: Claimed, ...statuses: readonly string[]): boolean {
    const standing = this.#standing(claimed.place);
    return (
      (standing?.status === 'settled' || standing?.status === 'final') &&
      statuses.includes(standing.status) &&
      equal(standing.settlement.id, claimed.place.settlement)
    );
  }

  #ran(ran: Ran | undefined): Ran {
    if (ran === undefined) throw new Error('one transaction ran');
    this.#audit.checkLosses([...ran.events, ...ran.end]);
    return ran;
  }

  #challenge(by: Actor, claimed: Claimed, witness: Witness, settlement = claimed.place.settlement): Ran {
    const { world } = this.#made;
    const value = { ...claimed.place, settlement };
    const waits = witness.type === 'demand' || witness.type === 'outdone';
    const signed = intent(by, attributionChallenge, { target: { type: 'receipt', value }, witness });
    // It has to be known to the audit of its own block, and its id is known after that.
    const [ran] = this.#audit.late(
      () => world.block(signed),
      ([each]) => {
        if (each?.result.status === 'success' && waits) this.#challenges.push({ id: each.id, claimed });
      },
    );
    return this.#ran(ran);
  }

  #falseExcuses() {
    const { ids } = this.#made;
    return trueExcuses(ids).map((each, i) =>
      i === 0
        ? { ...each, reason: { type: 'holders' as const, value: { places: holders(ids, SHARED_AT + 3) } } }
        : each,
    );
  }

  #lie() {
    return this.#made.sections.map((each) => ({
      ...each,
      picks: each.picks.map((picked, i) =>
        i === 1
          ? {
              ...picked,
              phrases: phrasesOf(picked).map((phrase) => ({ ...phrase, place: phrase.place + 1 })),
            }
          : picked,
      ),
    }));
  }

  take({ tag, n }: Step): void {
    const { world, model, inference, sections, against, openers } = this.#made;
    const by = pick(ATTESTORS, n) ?? attestor;
    const challenger = pick(CHALLENGERS, n) ?? watcher;
    switch (tag) {
      case 'serve': {
        const isBad = Array.from({ length: 1 + (n % 2) }, (_, i) => (n + i) % 7 === 0);
        const bodies = isBad.map((each) => (each ? spoilt(inference) : inference).body);
        this.#batches.push({ batch: sendReceipts(world, model, bodies), isBad });
        this.#audit.checkLosses(world.lastEnd);
        return;
      }
      case 'settle': {
        const open = this.#batches.flatMap(({ batch, isBad }) => {
          const indexes = [...isBad.keys()].filter(
            (index) => this.#standing({ batch, index })?.status === 'open',
          );
          return indexes.length === 0
            ? []
            : [{ batch, indexes: n % 2 === 0 ? indexes.slice(0, 1) : indexes }];
        });
        const chosen = recent(open, n >> 2);
        if (chosen === undefined) return;
        const isLie = n % 3 === 0;
        const claims = chosen.indexes.map((index) => ({
          index,
          claim: inference.claim,
          sections: isLie ? this.#lie() : sections,
        }));
        const [ran] = world.block(
          intent(by, attributionSettlement, { batch: chosen.batch, asOf: undefined, claims }),
        );
        const { id, result } = this.#ran(ran);
        if (result.status !== 'success') return;
        for (const index of chosen.indexes)
          this.#claims.push({ place: { batch: chosen.batch, index, settlement: id }, isLie });
        return;
      }
      case 'back': {
        const short = this.#claims.filter((each) => {
          const standing = this.#standing(each.place);
          return this.#isOf(each, 'settled') && standing?.status === 'settled' && standing.settlement.short;
        });
        const claimed = recent(short, n >> 2);
        if (claimed === undefined) return;
        const { settlement } = claimed.place;
        const amount = n % 5 === 0 ? 20n : 1_000n;
        const held = lockedBondOf(this.#view, by.address);
        const bond = attestorOf(this.#view, by.address)?.bond ?? 0n;
        const most = bond - held > 4n ? bond - held - 4n : 1n;
        const [ran] = world.block(
          intent(by, attributionBacking, { settlement, amount: amount < most ? amount : most }),
        );
        this.#ran(ran);
        return;
      }
      case 'outdo': {
        const claimed = recent(
          this.#claims.filter((each) => this.#isOf(each, 'settled', 'final')),
          n >> 2,
        );
        if (claimed === undefined) return;
        const claimedSections = claimed.isLie ? this.#lie() : sections;
        const witness = against(
          { type: 'outdone', section: 0, step: 0, picked: shownOf(this.#made) },
          claimedSections,
        );
        this.#challenge(challenger, claimed, witness);
        return;
      }
      case 'excuse': {
        const open = this.#challenges.filter(({ id }) => {
          const known = challengeOf(this.#view, id);
          return known?.state === 'open' && known.outdone !== undefined;
        });
        const asked = recent(open, n >> 2);
        if (asked === undefined) return;
        const excuses = n % 3 === 0 ? trueExcuses(this.#made.ids) : this.#falseExcuses();
        const { index, settlement } = asked.claimed.place;
        const backers = backersOf(this.#view, settlement, index);
        const backer = pick(backers, n >> 3);
        const answerer = ATTESTORS.find(
          ({ address }) => backer !== undefined && equal(address, backer.attestor),
        );
        const from = n % 5 === 0 ? by : (answerer ?? by);
        const [ran] = world.block(intent(from, attributionExcuse, { challenge: asked.id, excuses }));
        this.#ran(ran);
        return;
      }
      case 'refute': {
        const answered = this.#challenges.filter(({ id }) => {
          const known = challengeOf(this.#view, id);
          return known?.state === 'answered' && known.outdone !== undefined;
        });
        const asked = recent(answered, n >> 2);
        const known = asked === undefined ? undefined : challengeOf(this.#view, asked.id)?.outdone;
        if (asked === undefined || known === undefined) return;
        const finding = { type: 'excuse', excuse: 0, holder: 0, at: 0 } as const;
        this.#challenge(challenger, asked.claimed, witnessOfExcuse(finding, asked.id, known, openers));
        return;
      }
      case 'prove': {
        const claimed = recent(
          this.#claims.filter((each) => (each.isLie || n % 7 === 0) && this.#isOf(each, 'settled', 'final')),
          n >> 2,
        );
        if (claimed === undefined) return;
        const index = { section: 0, pick: 1, phrase: 0 };
        const witness = witnessOfSections(
          { type: 'absent', notHeld: { type: 'token', at: 0 }, ...index },
          claimed.isLie ? this.#lie() : sections,
          openers,
        );
        const { events } = this.#challenge(challenger, claimed, witness);
        if (!claimed.isLie) expect(events.some(({ type }) => type === 'challengeUpheld')).toBe(false);
        return;
      }
      case 'demand': {
        const claimed = recent(
          this.#claims.filter((each) => this.#isOf(each, 'settled')),
          n >> 2,
        );
        if (claimed === undefined) return;
        this.#challenge(challenger, claimed, demandOf('output', { first: n % 2, count: 1 }));
        return;
      }
      case 'answer': {
        const open = this.#challenges.filter(({ id }) => {
          const each = challengeOf(this.#view, id);
          return each?.state === 'open' && each.demand !== undefined;
        });
        const asked = recent(open, n >> 2);
        const demand = asked === undefined ? undefined : challengeOf(this.#view, asked.id)?.demand?.demand;
        if (asked === undefined || demand === undefined) return;
        const isBad = this.#isBad(asked.claimed);
        const { outputEvidence } = isBad ? spoilt(inference) : inference;
        const opening = outputEvidence.openChunks(demand.first, demand.count);
        const [ran] = world.block(intent(helper, attributionAnswer, { demand: asked.id, opening }));
        this.#ran(ran);
        return;
      }
      case 'expose': {
        const claimed = recent(
          this.#claims.filter((each) => this.#isBad(each) && this.#isOf(each, 'settled')),
          n >> 2,
        );
        if (claimed === undefined) return;
        this.#challenge(challenger, claimed, malformedWitness(spoilt(inference)), ZERO_ROOT);
        return;
      }
      case 'wait':
        for (let i = n % 6; i >= 0; i--) {
          world.block();
          this.#audit.checkLosses(world.lastEnd);
        }
        return;
    }
  }

  #isBad({ place: { batch, index } }: Claimed): boolean {
    return this.#batches.find((each) => equal(each.batch, batch))?.isBad[index] === true;
  }

  /** Past every window, deadline and epoch. */
  end(): void {
    const { world } = this.#made;
    for (let i = 0; i < 90; i++) {
      world.block();
      this.#audit.checkLosses(world.lastEnd);
    }
    for (const { batch, isBad } of this.#batches)
      for (const index of isBad.keys())
        expect(['final', 'expired', 'void']).toContain(this.#standing({ batch, index })?.status);
    expect(ATTESTORS.map(({ address }) => lockedBondOf(this.#view, address))).toEqual([0n, 0n, 0n]);
    expect([potTotal(this.#view, 'vesting'), potTotal(this.#view, 'challengeBonds')]).toEqual([0n, 0n]);
    const left = [...world.state.keys()].filter((key) =>
      /^(vesting|demands|due\/(vestings|backings|demands|settlements))\//.test(key),
    );
    expect(left.map((key) => key.slice(0, 40))).toEqual([]);
    for (const { id } of this.#challenges)
      expect(challengeOf(this.#view, id)?.state, toHex(id)).not.toBe('open');
  }
}

const weighted = fc.constantFrom<Step['tag']>(
  ...TAGS,
  'serve',
  'settle',
  'settle',
  'settle',
  'back',
  'back',
  'back',
  'outdo',
  'outdo',
  'outdo',
  'excuse',
  'excuse',
  'excuse',
  'excuse',
  'refute',
  'refute',
);

describe.each([
  ['none has enough', [190n, 190n, 190n]],
  ['one has enough for a time', [600n, 190n, 190n]],
  ['all have enough', [2_000n, 1_000n, 600n]],
] as const)('where %s', (_, bonds) => {
  let chain: ReturnType<typeof replayed>;
  beforeAll(() => {
    chain = replayed(bonds);
  });

  it('every bond is where it belongs, and in the end it is free or lost', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ tag: weighted, n: fc.nat(100_000) }), { minLength: 20, maxLength: 70 }),
        (steps) => {
          chain.begin();
          const history = new History(chain.made);
          history.take({ tag: 'serve', n: 1 });
          for (const step of steps) history.take(step);
          history.end();
        },
      ),
      { numRuns: 12 },
    );
  });
});
