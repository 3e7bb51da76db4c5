/**
 * Genesis: the file that a chain starts from, its hash, and the state after it. The file is JSON. The hash is that of
 * its SSZ value with the lists in canonical order, so neither the layout nor the order of the file changes it.
 */
import type { Address, Root } from '../src/lib/brands.ts';
import { compare, toHex } from '../src/lib/bytes.ts';
import { type ChainIdentity, MAX_VALIDATORS, type ValidatorSet } from '../src/lib/chain.ts';
import { publicKeyProblem, validatorAddress } from '../src/lib/ed25519.ts';
import { failWith, ok } from '../src/lib/errors.ts';
import { taggedHash } from '../src/lib/hash.ts';
import { sumBig } from '../src/lib/math.ts';
import {
  address20,
  container,
  type Json,
  list,
  optional,
  text,
  uint64,
  uint128,
  type ValueOf,
} from '../src/lib/ssz.ts';
import { type ChainCode, type Fault, fault, type Result } from './errors/chain.ts';
import { setChainCommons } from './modules/data/chain-commons.ts';
import { account, mint, pot, TOTAL_SUPPLY } from './modules/ledger/accounts.ts';
import { listAttestors, setAttestor } from './modules/ledger/attestors.ts';
import { setBaseFee } from './modules/ledger/fees.ts';
import { setParams } from './modules/ledger/parameters.ts';
import { powerOf, type Staker, StakerType, setStakers, validatorSetOf } from './modules/ledger/validators.ts';
import { checkParams, ParamsType } from './params.ts';
import { CommonsType, commonsProblems } from './tx/commons.ts';
import { overlay, type Writes } from './view.ts';

const GenesisAccountType = container({ address: address20, balance: uint128 });

const GenesisAttestorType = container({
  address: address20,
  /** The account that is paid. */
  payout: address20,
  /** Base units, locked. */
  bond: uint128,
});

const GenesisType = container({
  /** For people. It is part of the hash. */
  name: text(64),
  /** The numeric chain id (EIP-155) that wallets sign for. */
  chainId: uint64,
  /** Unix milliseconds. The first header has a later time. */
  time: uint64,
  params: ParamsType,
  /** Sorted by address. */
  accounts: list(GenesisAccountType, 1 << 20),
  /** Sorted by consensus address, which is the order of the validator set. */
  validators: list(StakerType, MAX_VALIDATORS),
  /** Sorted by address. */
  attestors: list(GenesisAttestorType, MAX_VALIDATORS),
  /**
   * What belongs to nobody on this chain, whatever the Datanet: licences, notices, boilerplate. Its texts are not in the
   * file: a node has those that come with the software, and gets others from its peers.
   */
  commons: optional(CommonsType),
});
export type Genesis = ValueOf<typeof GenesisType>;

/** The ids of OpenLedger's own networks. A wallet that knows these networks would sign for the wrong chain. */
const TAKEN_CHAIN_IDS: readonly bigint[] = [1612n, 161201n];
/** Wallets read the chain id as a JSON number. */
const MAX_CHAIN_ID = BigInt(Number.MAX_SAFE_INTEGER);

const bad = (code: ChainCode, message: string): Fault => fault(code, message);

const byBytes = <T>(items: readonly T[], key: (item: T) => Uint8Array): readonly T[] =>
  [...items].sort((a, b) => compare(key(a), key(b)));

const firstTwice = <T>(sorted: readonly T[], key: (item: T) => Uint8Array): T | undefined =>
  sorted.find((item, i) => {
    const before = sorted[i - 1];
    return before !== undefined && compare(key(before), key(item)) === 0;
  });

const consensusAddress = (staker: Staker): Address => validatorAddress(staker.publicKey);

const canonical = (genesis: Genesis): Genesis => ({
  ...genesis,
  accounts: byBytes(genesis.accounts, (a) => a.address),
  validators: byBytes(genesis.validators, consensusAddress),
  attestors: byBytes(genesis.attestors, (a) => a.address),
});

/** The sum of all balances, stakes and bonds of genesis. The treasury gets the rest of the supply. */
export const allocated = (genesis: Genesis): bigint =>
  sumBig(genesis.accounts.map((a) => a.balance)) +
  sumBig(genesis.validators.map((v) => v.stake)) +
  sumBig(genesis.attestors.map((a) => a.bond));

const KEY_PROBLEMS: Readonly<Record<NonNullable<ReturnType<typeof publicKeyProblem>>, string>> = {
  invalid: 'is not an ed25519 public key',
  'small-order': 'has small order, so anybody could sign for it',
};

/** Checking a key takes about 0.2 ms, and there are at most {@link MAX_VALIDATORS}. */
const checkKey = ({ name, publicKey }: Staker): Fault | undefined => {
  const problem = publicKeyProblem(publicKey);
  if (problem === undefined) return undefined;
  const hex = toHex(publicKey);
  return fault('GENESIS_KEY', `validators: the publicKey of ${name}, ${hex}, ${KEY_PROBLEMS[problem]}`, {
    field: 'validators.publicKey',
    name,
    publicKey: hex,
  });
};

const checkKeys = (stakers: readonly Staker[]): Fault | undefined => {
  for (const staker of stakers) {
    const refused = checkKey(staker);
    if (refused !== undefined) return refused;
  }
  return undefined;
};

const checkCanonical = (genesis: Genesis): Fault | undefined => {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(genesis.name))
    return bad('GENESIS_NAME', 'name: small letters, digits and hyphens, at most 64');
  if (genesis.chainId === 0n || genesis.chainId > MAX_CHAIN_ID)
    return bad('GENESIS_CHAIN_ID', 'chainId: expected 1 to 2^53 - 1, as wallets take it');
  if (TAKEN_CHAIN_IDS.includes(genesis.chainId))
    return bad('GENESIS_CHAIN_ID', `chainId: ${genesis.chainId} belongs to another network`);
  const params = checkParams(genesis.params);
  if (params !== undefined) return fault(params.code, `params.${params.message}`, params.data);
  const account = firstTwice(genesis.accounts, (a) => a.address);
  if (account !== undefined)
    return bad('GENESIS_DUPLICATE', `accounts: ${toHex(account.address)} stands there twice`);
  const validator = firstTwice(genesis.validators, consensusAddress);
  if (validator !== undefined)
    return bad('GENESIS_DUPLICATE', `validators: the key ${toHex(validator.publicKey)} stands there twice`);
  const attestor = firstTwice(genesis.attestors, (a) => a.address);
  if (attestor !== undefined)
    return bad('GENESIS_DUPLICATE', `attestors: ${toHex(attestor.address)} stands there twice`);
  const powerless = genesis.validators.find((v) => powerOf(v) < 1n);
  if (powerless !== undefined)
    return bad('GENESIS_STAKE', `validators: ${powerless.name} stakes less than 1 OPEN and has no power`);
  const key = checkKeys(genesis.validators);
  if (key !== undefined) return key;
  const [wrong] = genesis.commons === undefined ? [] : commonsProblems(genesis.commons);
  if (wrong !== undefined) return bad('GENESIS_COMMONS', `commons.${wrong.field}: ${wrong.must}`);
  const given = allocated(genesis);
  if (given > TOTAL_SUPPLY)
    return fault(
      'GENESIS_SUPPLY',
      `accounts, stakes and bonds are ${given - TOTAL_SUPPLY} base units more than there are (1000000000 OPEN)`,
      { allocated: given.toString(), supply: TOTAL_SUPPLY.toString() },
    );
  return undefined;
};

/**
 * Reads a genesis from its parsed JSON, which must have every field and no other. A genesis without validators, such as a
 * template, is accepted here; {@link checkStartable} refuses it before a chain starts from it.
 * Faults: `JSON_INVALID` (with the path), `GENESIS_PARAMS`, `GENESIS_NAME`, `GENESIS_CHAIN_ID`, `GENESIS_DUPLICATE`,
 * `GENESIS_STAKE`, `GENESIS_KEY`, `GENESIS_COMMONS`, `GENESIS_SUPPLY`.
 */
export const parseGenesis = (json: Json): Result<Genesis> => {
  const parsed = GenesisType.fromJson(json);
  if (!parsed.ok) return parsed;
  const genesis = canonical(parsed.value);
  const refused = checkCanonical(genesis);
  return refused === undefined ? ok(genesis) : failWith(refused);
};

/** Applies the rules of {@link parseGenesis} to a genesis made in memory. */
export const checkGenesis = (genesis: Genesis): Result<Genesis> => parseGenesis(genesisToJson(genesis));

/** Returns the fault of a genesis that no chain can start from: `GENESIS_NO_VALIDATORS`. */
export const checkStartable = (genesis: Genesis): Fault | undefined =>
  genesis.validators.length === 0
    ? bad('GENESIS_NO_VALIDATORS', 'validators: a chain needs at least one')
    : undefined;

/** Returns the JSON of a genesis with its lists in canonical order. */
export const genesisToJson = (genesis: Genesis): Json => GenesisType.toJson(canonical(genesis));

export const genesisHash = (genesis: Genesis): Root =>
  taggedHash('openledger/genesis/1', GenesisType.root(canonical(genesis)));

export const chainIdentity = (genesis: Genesis): ChainIdentity => ({
  chainId: genesis.chainId,
  genesisHash: genesisHash(genesis),
});

export const genesisValidators = (genesis: Genesis): ValidatorSet =>
  validatorSetOf(canonical(genesis).validators);

/** Returns the accounts of the attestors, ascending. */
export const genesisAttestors = (genesis: Genesis): readonly Address[] =>
  canonical(genesis).attestors.map(({ address }) => address);

/** Returns the state after genesis (height 0). Balances, stakes, bonds and the treasury sum to the whole supply. */
export const genesisState = (genesis: Genesis): Writes => {
  const ordered = canonical(genesis);
  const view = overlay({ get: () => undefined });
  setParams(view, ordered.params);
  setBaseFee(view, ordered.params.fees.initialBaseFee);
  setStakers(view, ordered.validators);
  for (const { address, balance } of ordered.accounts) mint(view, account(address), balance);
  for (const { address, payout, bond } of ordered.attestors) setAttestor(view, address, { payout, bond });
  listAttestors(
    view,
    ordered.attestors.map(({ address }) => address),
  );
  if (ordered.commons !== undefined) setChainCommons(view, ordered.commons);
  mint(view, pot('stakes'), sumBig(ordered.validators.map((v) => v.stake)));
  mint(view, pot('attestorBonds'), sumBig(ordered.attestors.map((a) => a.bond)));
  mint(view, pot('treasury'), TOTAL_SUPPLY - allocated(ordered));
  return view.writes;
};
