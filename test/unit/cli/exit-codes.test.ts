import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { EXIT, EXIT_MEANINGS, exitCodeOf, exitCodeOfFault } from '../../../src/cli/exit-codes.ts';
import { CodedError } from '../../../src/lib/errors.ts';
import { AREAS } from '../../../tools/errors/areas.ts';

/** The exit code of each area of error codes. A new area needs a line here. */
const AREA_EXITS: Readonly<Record<string, number>> = {
  'state/errors/execution.ts': 4,
  'state/errors/disputes.ts': 4,
  'state/attribution/errors.ts': 4,
  'state/tx/errors.ts': 4,
  'node/mempool/errors.ts': 4,
  'rpc/codes.ts': 3,
  'state/queries/errors.ts': 4,
  'src/client/errors.ts': 3,
  'src/contribute/errors.ts': 1,
  'src/services/run/errors.ts': 1,
  'src/attribution/errors.ts': 1,
  'src/content/errors.ts': 1,
  'src/cli/errors.ts': 1,
  'node/errors.ts': 1,
  'p2p/errors.ts': 1,
  'consensus/errors.ts': 1,
  'state/errors/chain.ts': 1,
  'state/store/errors.ts': 1,
  'state/jmt/errors.ts': 1,
  'src/lib/ssz/errors.ts': 1,
  'src/lib/lib-errors.ts': 1,
};

/** The codes whose exit code is not that of their area. */
const EXCEPTIONS: Readonly<Record<number, string>> = {
  1:
    'KEY_PASSWORD_WRONG KEYSTORE_INVALID KEYSTORE_UNSUPPORTED MNEMONIC_CHECKSUM MNEMONIC_LENGTH MNEMONIC_WORD ' +
    'INFO1_HASH TEXT_LONE_SURROGATE TEXT_UTF8_INVALID RPC_LISTEN_FAILED RPC_PORT_IN_USE VOUCHER_SIGNER',
  2:
    'USAGE ACCOUNT_MISSING ACCOUNT_UNKNOWN ADDRESS_CHECKSUM ADDRESS_INVALID ADDRESS_ZERO AMOUNT_INVALID ARGUMENT_INVALID HOST_INVALID IMIN_INVALID KEY_MISSING METHOD_NOT_FOUND ' +
    'PARAMS_INVALID QUERY_PARAMS RECEIPT_ID_INVALID RPC_URL_INVALID RPC_URL_MISSING RULES_INVALID STATE_UNNAMED TX_KIND_UNKNOWN',
  3: 'CONTENT_WRONG CONTRIBUTE_TEXT_MISSING OUTPUT_UNWRITABLE REVIEW_TEXT_MISSING TX_NOT_COMMITTED VERIFIER_FAILED VERIFIER_STOPPED NODE_OLDER',
  4:
    'ATTRIBUTION_NOT_FOUND BLOCK_NOT_FOUND CONTENT_NOT_FOUND CONTRIBUTION_NOT_REVEALED ESCROW_EMPTY FEE_TOO_HIGH ' +
    'RECEIPT_CLOSED REWARDS_NONE SETTLEMENT_UNKNOWN TX_NOT_FOUND VOUCHER_USED',
  130: 'PASSWORD_CANCELLED',
};

const exceptions = new Map(
  Object.entries(EXCEPTIONS).flatMap(([exit, codes]) => codes.split(' ').map((code) => [code, Number(exit)])),
);

describe('the exit code', () => {
  test.each(AREAS)('of every code of $file is that of its area, with few exceptions', ({ file, table }) => {
    const expected = Object.keys(table).map((code) => [code, exceptions.get(code) ?? AREA_EXITS[file]]);
    const given = Object.keys(table).map((code) => [code, exitCodeOfFault({ code, message: '' })]);
    expect(given).toEqual(expected);
  });

  test('has exceptions for codes that exist, and that are not as their area is', () => {
    const needless = [...exceptions].filter(([code, exit]) => {
      const area = AREAS.find(({ table }) => Object.hasOwn(table, code));
      return area === undefined || AREA_EXITS[area.file] === exit;
    });
    expect(needless).toEqual([]);
  });

  test.each([
    ['a gateway or a later node', { rpcCode: -32000 }, 3],
    ['a node that failed inside', { rpcCode: -32603 }, 3],
    ['the system', undefined, 1],
  ])('of a code of %s that no table has follows from its origin', (_, data, exit) => {
    const fault = { code: 'OF_A_LATER_VERSION', message: '' };
    expect(exitCodeOf(new CodedError(data === undefined ? fault : { ...fault, data }))).toBe(exit);
  });

  test('of help is 0, of a wrong command line 2, of any other error 1', () => {
    expect(exitCodeOf(new CommanderError(0, 'commander.help', ''))).toBe(0);
    expect(exitCodeOf(new CommanderError(1, 'commander.unknownOption', ''))).toBe(2);
    expect(exitCodeOf(new TypeError('a bug'))).toBe(1);
  });

  test('is on the page of the command', () => {
    const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
    for (const [name, meaning] of Object.entries(EXIT_MEANINGS))
      expect(page).toContain(`| ${EXIT[name as keyof typeof EXIT]} | ${meaning} |`);
  });
});
