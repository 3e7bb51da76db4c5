/**
 * The place of a contributor: an account in a Datanet of a chain. One run at a time contributes from it, because a run plans
 * by what is revealed, and two runs at once would both commit to a text that they share: one of them would lose its bond.
 */
import { toHex, utf8 } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import { taggedHash } from '../lib/hash.ts';
import { fault } from './errors.ts';
import type { Ground } from './ground.ts';
import type { JournalStore } from './journal.ts';

/** The place of a contributor, for programs that share it. */
export type Place = {
  /** The other journals that were begun from this place and have not finished. */
  readonly others: readonly JournalStore[];
  /** Notes that the journal has begun. To be called before it commits, and not before it is known to fit. */
  readonly begin: () => void;
  /** Lets the next run in. @param isFinished - whether the journal has nothing left to do. If not, it stays noted. */
  readonly leave: (isFinished: boolean) => void;
};

/**
 * Enters a place, which keeps other programs from it.
 * @param name - of the place: hex digits
 * @param called - what messages call it
 * @throws CodedError `IN_USE`
 */
export type EnterPlace = (name: string, called: string) => Place;

/** The journals that were begun in this program and have not finished, by the place. */
const begunHere = new Map<string, Set<JournalStore>>();

/**
 * Enters a place that other programs do not use, or of whose journals the caller knows.
 * @param journal - noted for later runs of this program until it has finished; undefined if nobody can go on with it
 * @param others - journals of other programs
 */
export const enterHere =
  (journal: JournalStore | undefined, others: readonly JournalStore[]): EnterPlace =>
  (name) => {
    const here = begunHere.get(name) ?? new Set();
    return {
      others: [...here, ...others].filter((each) => each !== journal),
      begin: () => {
        if (journal !== undefined) begunHere.set(name, here.add(journal));
      },
      leave: (isFinished) => {
        if (isFinished && journal !== undefined) here.delete(journal);
        if (here.size === 0) begunHere.delete(name);
      },
    };
  };

/** The places from which this program is contributing, and the journals it uses. */
const running = new Set<JournalStore | string>();

/** Keeps the rest of this program from something until the returned function is called. @throws CodedError `IN_USE` */
const holdHere = (what: JournalStore | string, name: string): (() => void) => {
  if (running.has(what))
    throw new CodedError(
      fault('IN_USE', `${name} is in use by another run in this program; wait for it`, { name }),
    );
  running.add(what);
  return () => running.delete(what);
};

const nameOf = ({ wallet, datanet }: Ground): string =>
  toHex(
    taggedHash(
      'openledger/contribute/place/1',
      wallet.chain.genesisHash,
      wallet.address,
      utf8(`${datanet.id}`),
    ),
  ).slice(2);

/** Whether what runs from a place finishes its journal, or only looks. */
export type Purpose = 'finish' | 'look';

/**
 * Runs something while no other run uses the journal, or contributes to the Datanet with the account.
 * @throws CodedError `IN_USE`; what `run` throws
 */
export const fromPlace = async <T>(
  ground: Ground,
  journal: JournalStore,
  enter: EnterPlace,
  purpose: Purpose,
  run: (place: Place) => Promise<T>,
): Promise<T> => {
  const name = nameOf(ground);
  const called = `the account ${toHex(ground.wallet.address)} as a contributor to Datanet ${ground.datanet.id}`;
  const held: ((isFinished: boolean) => void)[] = [];
  let isFinished = false;
  try {
    held.push(holdHere(journal, journal.name));
    held.push(holdHere(name, called));
    if (journal.hold !== undefined) held.push(journal.hold());
    const place = enter(name, called);
    held.push(place.leave);
    const value = await run(place);
    isFinished = purpose === 'finish';
    return value;
  } finally {
    for (const release of held.toReversed()) release(isFinished);
  }
};
