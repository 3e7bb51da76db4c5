/** `openledger genesis`: how operators make the genesis of a chain together. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { defaultGenesis, readGenesis } from '../../node/genesis-file.ts';
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
import { formatOpen } from '../../state/tx/action.ts';
import { parseAmount } from '../lib/amount.ts';
import type { Address } from '../lib/brands.ts';
import { fromHex, toHex } from '../lib/bytes.ts';
import { systemClock } from '../lib/clock.ts';
import { validatorAddress } from '../lib/ed25519.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { parseAddress } from '../lib/secp256k1.ts';
import { fault } from './errors.ts';
import { note, printFields, printJson, printTable } from './output.ts';

const save = (path: string, genesis: Genesis): void => {
  const checked = unwrap(checkGenesis(genesis));
  writeFileAtomic(path, `${JSON.stringify(genesisToJson(checked), null, 2)}\n`);
  printFields([
    ['written', path],
    ['hash', toHex(genesisHash(checked))],
  ]);
};

type NewFlags = {
  readonly chainId: string;
  readonly name: string;
  readonly from?: string;
  readonly out: string;
  readonly time?: string;
};

const create = (flags: NewFlags): void => {
  const out = resolve(flags.out);
  if (existsSync(out))
    throw new CodedError(
      fault('FILE_EXISTS', `${out} is there already; choose another --out`, { path: out }),
    );
  if (!/^[1-9][0-9]{0,15}$/.test(flags.chainId))
    throw new CodedError(
      fault(
        'GENESIS_CHAIN_ID',
        `--chain-id takes an integer of 1 to 2^53 - 1, not ${flags.chainId.slice(0, 80)}`,
      ),
    );
  const base = flags.from === undefined ? defaultGenesis() : unwrap(readGenesis(resolve(flags.from)));
  const time = flags.time === undefined ? systemClock.now() : timeOf(flags.time);
  save(out, {
    name: flags.name,
    chainId: BigInt(flags.chainId),
    time,
    params: base.params,
    accounts: [],
    validators: [],
    attestors: [],
  });
};

const timeOf = (text: string): bigint => {
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new CodedError(
      fault('ARGUMENT_INVALID', `--time takes a time as 2026-01-31T12:00:00Z, not ${text}`),
    );
  return BigInt(time);
};

/** Reads the file, changes it, checks the whole and writes it back. */
const amend = (file: string, change: (genesis: Genesis) => Genesis): void => {
  const path = resolve(file);
  save(path, change(unwrap(readGenesis(path))));
};

const address = (text: string): Address => unwrap(parseAddress(text));
const amount = (text: string): bigint => unwrap(parseAmount(text));

type ValidatorFlags = {
  readonly name: string;
  readonly publicKey: string;
  readonly stake: string;
  readonly payout: string;
};

const addValidator = (file: string, flags: ValidatorFlags): void => {
  const publicKey = unwrap(fromHex(flags.publicKey, 32));
  const validator = {
    name: flags.name,
    publicKey,
    stake: amount(flags.stake),
    payout: address(flags.payout),
  };
  amend(file, (genesis) => ({ ...genesis, validators: [...genesis.validators, validator] }));
};

const addAccount = (file: string, flags: { readonly address: string; readonly balance: string }): void => {
  const account = { address: address(flags.address), balance: amount(flags.balance) };
  amend(file, (genesis) => ({ ...genesis, accounts: [...genesis.accounts, account] }));
};

type AttestorFlags = { readonly address: string; readonly payout?: string; readonly bond: string };

const addAttestor = (file: string, flags: AttestorFlags): void => {
  const attestor = {
    address: address(flags.address),
    payout: address(flags.payout ?? flags.address),
    bond: amount(flags.bond),
  };
  amend(file, (genesis) => ({ ...genesis, attestors: [...genesis.attestors, attestor] }));
};

const validate = (file: string, { json }: { readonly json?: true }): void => {
  const genesis = unwrap(readGenesis(resolve(file)));
  // A genesis without validators is valid as well, because chains are made from it. Only "start" needs validators.
  const lacking = checkStartable(genesis);
  const hash = toHex(genesisHash(genesis));
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
      validators,
    });
    return;
  }
  const given = allocated(genesis);
  printFields([
    ['hash', hash],
    ['startable', lacking === undefined ? 'yes' : `not yet: ${lacking.message}`],
    ['name', genesis.name],
    ['chain id', genesis.chainId.toString()],
    ['time', new Date(Number(genesis.time)).toISOString()],
    ['accounts', genesis.accounts.length.toString()],
    ['attestors', genesis.attestors.length.toString()],
    ['allocated', `${formatOpen(given)} OPEN`],
    ['treasury', `${formatOpen(TOTAL_SUPPLY - given)} OPEN`],
  ]);
  note('');
  printTable(
    ['validator', 'address', 'power', 'payout'],
    validators.map((each) => [each.name, each.address, each.power, each.payout]),
  );
};

export const registerGenesis = (program: Command): void => {
  const genesis = program.command('genesis').description('make and check the genesis of a chain');
  genesis
    .command('new')
    .description('make one without accounts and validators, which are added one by one')
    .requiredOption('--chain-id <n>', 'the numeric chain id that wallets sign for')
    .requiredOption('--name <name>', 'of the chain')
    .option('--from <file>', 'take the parameters from this genesis (default: that of the project)')
    .option('--time <time>', 'before the first block, as 2026-01-31T12:00:00Z (default: now)')
    .option('--out <file>', 'where to write it', 'genesis.json')
    .action(create);
  genesis
    .command('add-validator')
    .description('add a validator; its public key is what "openledger init" shows')
    .argument('<file>', 'the genesis')
    .requiredOption('--name <name>', 'of the validator')
    .requiredOption('--public-key <hex>', 'ed25519, 32 bytes')
    .requiredOption('--stake <amount>', 'OPEN as 1.5, or base units as 1500base; its power is the whole OPEN')
    .requiredOption('--payout <address>', 'the account that gets tips and rewards')
    .action(addValidator);
  genesis
    .command('add-account')
    .description('give an account a balance')
    .argument('<file>', 'the genesis')
    .requiredOption('--address <address>', 'the account')
    .requiredOption('--balance <amount>', 'OPEN as 1.5, or base units as 1500base')
    .action(addAccount);
  genesis
    .command('add-attestor')
    .description('let an account settle receipts')
    .argument('<file>', 'the genesis')
    .requiredOption('--address <address>', 'the account that sends settlements')
    .option('--payout <address>', 'the account that is paid for them (default: the same)')
    .requiredOption('--bond <amount>', 'OPEN as 1.5, or base units as 1500base')
    .action(addAttestor);
  genesis
    .command('validate')
    .description('check a genesis and show its hash, on which all operators must agree')
    .argument('<file>', 'the genesis')
    .option('--json', 'print JSON')
    .action(validate);
};
