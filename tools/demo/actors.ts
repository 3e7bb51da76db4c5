/**
 * The actors of the demo: the prefunded accounts of the devnet in their roles, and new accounts for the contributors.
 */
import type { Address } from '../../src/lib/brands.ts';
import { fromHex } from '../../src/lib/bytes.ts';
import { CodedError, fault, unwrap } from '../../src/lib/errors.ts';
import { addressOfPrivateKey, randomPrivateKey } from '../../src/lib/secp256k1.ts';
import { CONTRIBUTORS } from './partition.ts';

export type Actor = { readonly name: string; readonly address: Address; readonly privateKey: Uint8Array };

export type Actors = {
  /** Pays what the others start with. */
  readonly bank: Actor;
  /** Creates the Datanets. */
  readonly founder: Actor;
  readonly reviewers: readonly Actor[];
  /** Trains and registers the models. */
  readonly trainer: Actor;
  /** Answers, and sends the receipts. */
  readonly provider: Actor;
  /** Asks the maths model. */
  readonly student: Actor;
  /** Asks the two retrieval models. */
  readonly auditor: Actor;
  readonly attestor: Actor;
  /** The validators' payout accounts. */
  readonly stakers: readonly Actor[];
  /** The contributors to the first Datanet, in the order of the partition. */
  readonly contributors: readonly Actor[];
  /** The contributors to the second and third Datanet, by their name in `authors.json`. */
  readonly authors: ReadonlyMap<string, Actor>;
  /** Contributes texts that others wrote. */
  readonly copyist: Actor;
};

const actorOf = (name: string, privateKey: Uint8Array): Actor => ({
  name,
  privateKey,
  address: addressOfPrivateKey(privateKey),
});

/** The part of a devnet's ready message that the demo needs. */
type Stage = {
  readonly accounts: readonly { readonly name: string; readonly privateKey: string }[];
  readonly nodes: readonly { readonly name: string }[];
};

export const actorsOf = ({ accounts, nodes }: Stage, authors: readonly string[]): Actors => {
  const known = (account: string, name = account): Actor => {
    const found = accounts.find((each) => each.name === account);
    if (found === undefined)
      throw new CodedError(fault('DEMO_DEVNET', `the devnet has no account named ${account}`));
    return actorOf(name, unwrap(fromHex(found.privateKey, 32)));
  };
  const fresh = (name: string): Actor => actorOf(name, randomPrivateKey());
  return {
    bank: known('alice'),
    founder: known('bob'),
    reviewers: [known('carol'), known('dave'), known('erin')],
    trainer: known('frank'),
    provider: known('grace'),
    student: known('heidi'),
    auditor: fresh('auditor'),
    attestor: known('attestor-1'),
    stakers: nodes.map(({ name }) => known(name)),
    contributors: Array.from({ length: CONTRIBUTORS }, (_, i) =>
      fresh(`contributor-${String(i + 1).padStart(2, '0')}`),
    ),
    authors: new Map(authors.map((author) => [author, fresh(author)])),
    copyist: fresh('copyist'),
  };
};

/** The actors that start with nothing. */
export const newcomers = ({ contributors, authors, copyist, auditor }: Actors): readonly Actor[] => [
  ...contributors,
  ...authors.values(),
  copyist,
  auditor,
];
