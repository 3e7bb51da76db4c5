/**
 * Genesis: the file a chain starts from, its hash, and the state that it means. The file is JSON; what is hashed is the
 * SSZ value it stands for, with its lists in canonical order, so that neither layout nor order of the file matters.
 */
import type { Address, Root } from '../src/lib/brands.ts';
import { compare, toHex } from '../src/lib/bytes.ts';
import { MAX_VALIDATORS, type ValidatorSet } from '../src/lib/chain.ts';
import { validatorAddress } from '../src/lib/ed25519.ts';
import type { Eip712Domain } from '../src/lib/eip712.ts';
import { type Fault, failWith, fault, ok, type Result } from '../src/lib/errors.ts';
import { taggedHash } from '../src/lib/hash.ts';
import { sumBig } from '../src/lib/math.ts';
import { address20, container, type Json, list, type Ssz, text, uint64, uint128 } from '../src/lib/ssz.ts';
import { account, mint, pot, TOTAL_SUPPLY } from './modules/ledger/accounts.ts';
import { setAttestor } from './modules/ledger/attestors.ts';
import { setBaseFee } from './modules/ledger/fees.ts';
import { setParams } from './modules/ledger/parameters.ts';
import { powerOf, type Staker, StakerType, setStakers, validatorSetOf } from './modules/ledger/validators.ts';
import { checkParams, type Params, ParamsType } from './params.ts';
import { overlay, type Writes } from './view.ts';

export type GenesisAccount = { readonly address: Address; readonly balance: bigint };

export type GenesisAttestor = {
  readonly address: Address;
  readonly payout: Address;
  /** Base units, locked. */
  readonly bond: bigint;
};

export type Genesis = {
  /** For people; part of the hash. */
  readonly name: string;
  /** The numeric chain id (EIP-155) that wallets sign for. */
  readonly chainId: bigint;
  /** Unix milliseconds: the first header's time is later. */
  readonly time: bigint;
  readonly params: Params;
  /** Sorted by address. */
  readonly accounts: readonly GenesisAccount[];
  /** Sorted by consensus address: the order of the validator set. */
  readonly validators: readonly Staker[];
  /** Sorted by address. */
  readonly attestors: readonly GenesisAttestor[];
};

const GenesisType: Ssz<Genesis> = container<Genesis>({
  name: text(64),
  chainId: uint64,
  time: uint64,
  params: ParamsType,
  accounts: list(container<GenesisAccount>({ address: address20, balance: uint128 }), 1 << 20),
  validators: list(StakerType, MAX_VALIDATORS),
  attestors: list(
    container<GenesisAttestor>({ address: address20, payout: address20, bond: uint128 }),
    MAX_VALIDATORS,
  ),
});

/** Ids that OpenLedger's own networks use: a wallet that knows them would sign for the wrong chain. */
const TAKEN_CHAIN_IDS: readonly bigint[] = [1612n, 161201n];
/** Wallets take the chain id as a JSON number. */
const MAX_CHAIN_ID = BigInt(Number.MAX_SAFE_INTEGER);

const bad = (code: string, message: string): Fault => fault(code, message);

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

/** What genesis gives away: balances, stakes and bonds. The treasury gets the rest of the supply. */
export const allocated = (genesis: Genesis): bigint =>
  sumBig(genesis.accounts.map((a) => a.balance)) +
  sumBig(genesis.validators.map((v) => v.stake)) +
  sumBig(genesis.attestors.map((a) => a.bond));

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
 * Reads a genesis from its parsed JSON: strictly, every field and no other. It may lack validators, as a template does;
 * {@link checkStartable} is for what a chain is to start from.
 * Faults: `JSON_INVALID` (with the path), `PARAMS_INVALID`, `GENESIS_NAME`, `GENESIS_CHAIN_ID`, `GENESIS_DUPLICATE`,
 * `GENESIS_STAKE`, `GENESIS_SUPPLY`.
 */
export const parseGenesis = (json: Json): Result<Genesis> => {
  const parsed = GenesisType.fromJson(json);
  if (!parsed.ok) return parsed;
  const genesis = canonical(parsed.value);
  const refused = checkCanonical(genesis);
  return refused === undefined ? ok(genesis) : failWith(refused);
};

/** The same rules for a genesis made in memory. */
export const checkGenesis = (genesis: Genesis): Result<Genesis> => parseGenesis(genesisToJson(genesis));

/** Fault `GENESIS_NO_VALIDATORS`: nobody could make a block. */
export const checkStartable = (genesis: Genesis): Fault | undefined =>
  genesis.validators.length === 0
    ? bad('GENESIS_NO_VALIDATORS', 'validators: a chain needs at least one')
    : undefined;

/** The canonical JSON form. */
export const genesisToJson = (genesis: Genesis): Json => GenesisType.toJson(canonical(genesis));

export const genesisHash = (genesis: Genesis): Root =>
  taggedHash('openledger/genesis/1', GenesisType.root(canonical(genesis)));

/** What every transaction and voucher of the chain is signed in. */
export const genesisDomain = (genesis: Genesis): Eip712Domain => ({
  chainId: genesis.chainId,
  salt: genesisHash(genesis),
});

export const genesisValidators = (genesis: Genesis): ValidatorSet =>
  validatorSetOf(canonical(genesis).validators);

/** The state after genesis, height 0. Balances, stakes, bonds and the treasury are together the whole supply. */
export const genesisState = (genesis: Genesis): Writes => {
  const ordered = canonical(genesis);
  const view = overlay({ get: () => undefined });
  setParams(view, ordered.params);
  setBaseFee(view, ordered.params.fees.initialBaseFee);
  setStakers(view, ordered.validators);
  for (const { address, balance } of ordered.accounts) mint(view, account(address), balance);
  for (const { address, payout, bond } of ordered.attestors) setAttestor(view, address, { payout, bond });
  mint(view, pot('stakes'), sumBig(ordered.validators.map((v) => v.stake)));
  mint(view, pot('attestorBonds'), sumBig(ordered.attestors.map((a) => a.bond)));
  mint(view, pot('treasury'), TOTAL_SUPPLY - allocated(ordered));
  return view.writes;
};
