/** `openledger genesis`: how operators make the genesis of a chain together. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { checkCommonsSizes, isShipped } from '../../node/commons.ts';
import { defaultGenesis, readGenesis } from '../../node/genesis-file.ts';
import { timeText } from '../../node/genesis-time.ts';
import { CHALLENGE_WINDOW_MAX, withChallengeWindow, withNetworkTimes } from '../../node/network-times.ts';
import {
  allocated,
  checkGenesis,
  checkStartable,
  type Genesis,
  genesisHash,
  genesisToJson,
} from '../../state/genesis.ts';
import { TOTAL_SUPPLY } from '../../state/modules/ledger/accounts.ts';
import { powerOf } from '../../state/modules/ledger/validators.ts';
import { type Params, settleBlocks } from '../../state/params.ts';
import { formatOpen } from '../../state/tx/action.ts';
import type { Commons } from '../../state/tx/commons.ts';
import { parseAmount } from '../lib/amount.ts';
import { type Address, ZERO_ADDRESS } from '../lib/brands.ts';
import { equal, fromHex, toHex } from '../lib/bytes.ts';
import { systemClock } from '../lib/clock.ts';
import { validatorAddress } from '../lib/ed25519.ts';
import { CodedError, type Fault, unwrap } from '../lib/errors.ts';
import { createFileAtomic, writeFileAtomic } from '../lib/files.ts';
import { whileLocked } from '../lib/lock.ts';
import { divFloor } from '../lib/math.ts';
import { bondAdvice } from '../services/attest/bond.ts';
import { fault } from './errors.ts';
import { openAddressBook, type RecipientFlags, withRecipient } from './names.ts';
import { durationText, readCount } from './numbers.ts';
import { note, printFields, printJson, printTable } from './output.ts';
import { type KeystoreOptions, withKeystore } from './secrets.ts';

/** The options of verbs that write a genesis. */
type WriteFlags = KeystoreOptions & RecipientFlags & { readonly json?: true };

/** Everyone may read a genesis. */
const GENESIS_MODE = 0o644;

const save = (
  path: string,
  genesis: Genesis,
  { json }: WriteFlags,
  write: (path: string, text: string) => void = writeFileAtomic,
): void => {
  const checked = unwrap(checkGenesis(genesis));
  write(path, `${JSON.stringify(genesisToJson(checked), null, 2)}\n`);
  const hash = toHex(genesisHash(checked));
  const time = timeText(checked.time);
  if (json) printJson({ written: path, time, hash });
  else
    printFields([
      ['written', path],
      ['time', time],
      ['hash', hash],
    ]);
};

type NewFlags = WriteFlags & {
  readonly chainId: string;
  readonly challengeWindow?: string;
  readonly name: string;
  readonly from?: string;
  readonly out: string;
  readonly time?: string;
  /** False with `--no-commons`. */
  readonly commons: boolean;
};

/** Those of the file, or those of the project with the times of a chain of several operators. */
const paramsFor = ({ from, challengeWindow }: NewFlags, { params }: Genesis): Params => {
  const base = from === undefined ? withNetworkTimes(params) : params;
  return challengeWindow === undefined
    ? base
    : withChallengeWindow(base, readCount('--challenge-window', challengeWindow, 1, CHALLENGE_WINDOW_MAX));
};

const taken = (path: string): CodedError =>
  new CodedError(fault('FILE_EXISTS', `${path} is there already; choose another --out`, { path }));

const create = (flags: NewFlags): void => {
  const out = resolve(flags.out);
  if (existsSync(out)) throw taken(out);
  if (!/^[1-9][0-9]{0,15}$/.test(flags.chainId))
    throw new CodedError(
      fault(
        'ARGUMENT_INVALID',
        `--chain-id takes an integer of 1 to 2^53 - 1, not ${flags.chainId.slice(0, 80)}`,
      ),
    );
  const base = flags.from === undefined ? defaultGenesis() : unwrap(readGenesis(resolve(flags.from)));
  const time = flags.time === undefined ? systemClock.now() : timeOf(flags.time);
  const made = {
    name: flags.name,
    chainId: BigInt(flags.chainId),
    time,
    params: paramsFor(flags, base),
    accounts: [],
    validators: [],
    attestors: [],
    commons: flags.commons ? base.commons : undefined,
  };
  save(out, made, flags, (path, text) => {
    if (!createFileAtomic(path, text, GENESIS_MODE)) throw taken(path);
  });
};

/** RFC 3339, section 5.6. Without a zone it would be another time on every machine. */
const TIME =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$/i;

/** `Date.parse` takes February 30 for March 2, and 24:00 for the next day. Neither is a time that somebody meant. */
const exists = (text: string): boolean => {
  const [, minute = '', second = ''] = TIME.exec(text) ?? [];
  const parsed = Date.parse(`${minute}${second}Z`);
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(minute);
};

const timeOf = (text: string): bigint => {
  const upper = text.toUpperCase();
  const time = exists(upper) ? Date.parse(upper) : Number.NaN;
  if (Number.isNaN(time))
    throw new CodedError(
      fault(
        'ARGUMENT_INVALID',
        `--time takes a time that exists, with its zone, as 2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00, not ${text.slice(0, 80)}`,
      ),
    );
  return BigInt(time);
};

/** Reads the file, changes it, checks the whole and writes it back. Of two at the same time, the second is refused. */
const amend = (file: string, flags: WriteFlags, change: (genesis: Genesis) => Genesis): Promise<void> => {
  const path = resolve(file);
  return whileLocked(`${path}.lock`, { guarded: path }, async () =>
    save(path, change(unwrap(readGenesis(path))), flags),
  );
};

const amount = (text: string, option: string): bigint => unwrap(parseAmount(text, option));

type ValidatorFlags = WriteFlags & {
  readonly name: string;
  readonly publicKey: string;
  readonly stake: string;
  readonly payout: string;
};

const addValidator = async (file: string, flags: ValidatorFlags): Promise<void> => {
  const book = await openAddressBook(flags);
  const validator = {
    name: flags.name,
    publicKey: unwrap(fromHex(flags.publicKey, 32)),
    stake: amount(flags.stake, '--stake'),
    payout: unwrap(book.recipient(flags.payout)),
  };
  await amend(file, flags, (genesis) => ({ ...genesis, validators: [...genesis.validators, validator] }));
};

type AccountFlags = WriteFlags & { readonly address: string; readonly balance: string };

const addAccount = async (file: string, flags: AccountFlags): Promise<void> => {
  const book = await openAddressBook(flags);
  const account = {
    address: unwrap(book.recipient(flags.address)),
    balance: amount(flags.balance, '--balance'),
  };
  await amend(file, flags, (genesis) => ({ ...genesis, accounts: [...genesis.accounts, account] }));
};

type AttestorFlags = WriteFlags & {
  readonly address: string;
  readonly payout?: string;
  readonly bond: string;
};

const addAttestor = async (file: string, flags: AttestorFlags): Promise<void> => {
  const book = await openAddressBook(flags);
  const attestor = {
    address: unwrap(book.recipient(flags.address)),
    payout: unwrap(book.recipient(flags.payout ?? flags.address)),
    bond: amount(flags.bond, '--bond'),
  };
  let advice = '';
  await amend(file, flags, (genesis) => {
    const { attribution } = genesis.params;
    const covered = divFloor(attestor.bond, attribution.bondPerReceipt);
    advice = `its bond covers at most ${covered} receipts in settlement at a time: ${bondAdvice(attribution)}`;
    return { ...genesis, attestors: [...genesis.attestors, attestor] };
  });
  note(advice);
};

const commonsText = (commons: Commons): string =>
  `${commons.items} texts, ${commons.tokens} tokens, ${toHex(commons.root)}; ${
    isShipped(commons)
      ? 'comes with this software'
      : 'does not come with this software: put the texts on one node with content_put'
  }`;

/** How long so many blocks take on a chain that is idle: a busy one is faster. */
const blocksText = (blocks: bigint, { blocks: { commitPauseMs } }: Params): string =>
  `${blocks} blocks, ${durationText(divFloor(blocks * BigInt(commitPauseMs), 1_000n))} on an idle chain`;

/** Names each field that holds the zero address. The chain takes it, so this is no fault, but it is likely a mistake. */
const zeroAddresses = ({ accounts, validators, attestors }: Genesis): readonly string[] => {
  const isZero = (address: Address): boolean => equal(address, ZERO_ADDRESS);
  const fields = [
    ...accounts.map(({ address, balance }) => ({
      address,
      field: `accounts: the address with ${formatOpen(balance)} OPEN`,
    })),
    ...validators.map(({ name, payout }) => ({
      address: payout,
      field: `validators: the payout of ${name}`,
    })),
    ...attestors.flatMap(({ address, payout, bond }) => [
      { address, field: `attestors: the address with a bond of ${formatOpen(bond)} OPEN` },
      { address: payout, field: `attestors: the payout of ${toHex(address)}` },
    ]),
  ];
  return fields.flatMap(({ address, field }) =>
    isZero(address) ? `${field} is the zero address, and nobody has its key` : [],
  );
};

const validate = (file: string, { json }: { readonly json?: true }): void => {
  const genesis = unwrap(readGenesis(resolve(file)));
  refuseIf(checkCommonsSizes(genesis));
  // What has no validators is still shown: it becomes a genesis step by step. But no chain can start from it.
  const lacking = checkStartable(genesis);
  const hash = toHex(genesisHash(genesis));
  const { commons } = genesis;
  const warnings = zeroAddresses(genesis);
  const validators = genesis.validators.map((validator) => ({
    name: validator.name,
    address: toHex(validatorAddress(validator.publicKey)),
    power: powerOf(validator).toString(),
    payout: toHex(validator.payout),
  }));
  if (json) {
    printJson({
      valid: true,
      startable: lacking === undefined,
      hash,
      name: genesis.name,
      chainId: genesis.chainId.toString(),
      commons:
        commons === undefined
          ? null
          : { root: toHex(commons.root), items: commons.items, ships: isShipped(commons) },
      validators,
      warnings,
    });
    refuseIf(lacking);
    return;
  }
  const given = allocated(genesis);
  printFields([
    ['hash', hash],
    ['startable', lacking === undefined ? 'yes' : `not yet: ${lacking.message}`],
    ['name', genesis.name],
    ['chain id', genesis.chainId.toString()],
    ['time', timeText(genesis.time)],
    ['challenge window', blocksText(BigInt(genesis.params.attribution.challengeWindow), genesis.params)],
    ['answer window', blocksText(BigInt(genesis.params.attribution.answerWindow), genesis.params)],
    ['time to settle', blocksText(settleBlocks(genesis.params.attribution), genesis.params)],
    ['late proofs', blocksText(BigInt(genesis.params.attribution.lateProofWindow), genesis.params)],
    ['withdrawals after', blocksText(BigInt(genesis.params.escrow.withdrawDelay), genesis.params)],
    ['accounts', genesis.accounts.length.toString()],
    ['attestors', genesis.attestors.length.toString()],
    ['commons', commons === undefined ? 'none' : commonsText(commons)],
    ['allocated', `${formatOpen(given)} OPEN`],
    ['treasury', `${formatOpen(TOTAL_SUPPLY - given)} OPEN`],
  ]);
  note('');
  printTable(
    ['validator', 'address', 'power', 'payout'],
    validators.map((each) => [each.name, each.address, each.power, each.payout]),
  );
  for (const warning of warnings) note(`warning: ${warning}`);
  refuseIf(lacking);
};

const refuseIf = (lacking: Fault | undefined): void => {
  if (lacking !== undefined) throw new CodedError(lacking);
};

/** Adds the options of a verb that adds accounts to a genesis. */
const withAmending = (command: Command): Command => withRecipient(withKeystore(command));

export const registerGenesis = (program: Command): void => {
  const genesis = program.command('genesis').description('make and check the genesis of a chain');
  genesis
    .command('new')
    .description('make one without accounts and validators, which are added one by one')
    .requiredOption('--chain-id <n>', 'the numeric chain id that wallets sign for')
    .requiredOption('--name <name>', 'of the chain')
    .option(
      '--from <file>',
      'take the parameters and the commons from this genesis (default: that of the project, with hours in place of the seconds of a devnet)',
    )
    .option(
      '--challenge-window <blocks>',
      'for how many blocks a claim can be challenged; the time to settle becomes at least four times that (default: 12 hours; with --from that of the file)',
    )
    .option(
      '--no-commons',
      'leave out the commons of the chain: licences and notices then belong to whoever brings them first',
    )
    .option('--time <time>', 'before the first block, as 2026-01-31T12:00:00Z (default: now)')
    .option('--out <file>', 'where to write it', 'genesis.json')
    .option('--json', 'print one JSON object')
    .action(create);
  withAmending(
    genesis
      .command('add-validator')
      .description('add a validator; its public key is what "openledger init" shows')
      .argument('<file>', 'the genesis'),
  )
    .requiredOption('--name <name>', 'of the validator')
    .requiredOption('--public-key <hex>', 'ed25519, 32 bytes')
    .requiredOption('--stake <amount>', 'OPEN as 1.5, or base units as 1500base; its power is the whole OPEN')
    .requiredOption('--payout <account>', 'the account that gets tips and rewards: an address or a key')
    .option('--json', 'print one JSON object')
    .action(addValidator);
  withAmending(
    genesis.command('add-account').description('give an account a balance').argument('<file>', 'the genesis'),
  )
    .requiredOption('--address <account>', 'an address, or a key of the keystore')
    .requiredOption('--balance <amount>', 'OPEN as 1.5, or base units as 1500base')
    .option('--json', 'print one JSON object')
    .action(addAccount);
  withAmending(
    genesis
      .command('add-attestor')
      .description('let an account settle receipts')
      .argument('<file>', 'the genesis'),
  )
    .requiredOption('--address <account>', 'the account that sends settlements: an address or a key')
    .option('--payout <account>', 'the account that is paid for them (default: the same)')
    .requiredOption('--bond <amount>', 'OPEN as 1.5, or base units as 1500base')
    .option('--json', 'print one JSON object')
    .action(addAttestor);
  genesis
    .command('validate')
    .description('check a genesis and show its hash, on which all operators must agree')
    .argument('<file>', 'the genesis')
    .option('--json', 'print JSON')
    .action(validate);
};
