import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RpcServer, startRpcServer } from '../../rpc/server.ts';
import { VERBS } from '../../src/cli/verbs.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { domainSeparator } from '../../src/lib/eip712.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { recoverAddress } from '../../src/lib/secp256k1.ts';
import { genesisToJson } from '../../state/genesis.ts';
import { accountOf } from '../../state/modules/ledger/accounts.ts';
import { KINDS } from '../../state/tx/registry.ts';
import { VoucherType, voucherDigest } from '../../state/tx/voucher.ts';
import { alice, bob, logger } from '../unit/rpc/server.ts';
import { smallChain, smallGenesis } from '../unit/rpc/small-chain.ts';
import { isOneErrorLine, openledger } from './run.ts';

const root = mkdtempSync(join(tmpdir(), 'openledger-cli-'));
const file = (name: string, content: unknown): string => {
  const path = join(root, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

const genesis = smallGenesis([alice, bob]);
const chain = smallChain(genesis);
let server: RpcServer;
const sealing = setInterval(chain.seal, 50);

beforeAll(async () => {
  const limits = { maxBodyBytes: 1 << 20, maxBatch: 100, rateLimit: undefined };
  server = await startRpcServer({ node: chain.node, logger, host: '127.0.0.1', port: 0, ...limits });
});
afterAll(async () => {
  clearInterval(sealing);
  await server.close();
  rmSync(root, { recursive: true });
});

const aliceKey = file('alice.key', `${toHex(alice.privateKey)}\n`);
const signing = (): readonly string[] => ['--rpc', server.url, '--private-key-file', aliceKey];
const balanceOfBob = (): bigint => chain.node.read(({ view }) => accountOf(view, bob.address).balance);
const parsed = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe('the command', () => {
  test('explains itself, every verb of it', async () => {
    const { code, stdout } = await openledger(['--help']);
    expect(code).toBe(0);
    for (const verb of VERBS.keys()) expect(stdout).toMatch(new RegExp(`^ {2}${verb}\\b`, 'm'));
    expect(stdout).toMatch(/^Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}3 .*\n {2}4 .*\n {2}130 .*$/m);
  });

  test.each([
    [['statsu'], /Did you mean status/],
    [['tx', 'send', 'tranfer'], /Did you mean transfer/],
    [['status', '--rcp', 'x'], /Did you mean --rpc/],
    [['tx', 'transfer'], /--to/],
    [['status', '--rpc', 'http://127.0.0.1:1', '--rpc', 'http://127.0.0.1:2'], /--rpc is given twice/],
    [['tx', 'transfer', '--to', 'a', '--to=b', '--amount', '1'], /--to is given twice/],
    [['tx', 'send', 'transfer', '--file', 'a', '--file', 'b'], /--file is given twice/],
  ])('%j is a usage error with a hint', async (args, hint) => {
    const { code, stderr } = await openledger(args);
    expect(code).toBe(2);
    expect(isOneErrorLine(stderr, 'USAGE'), stderr).toBe(true);
    expect(stderr).toMatch(hint);
  });

  test.each([...VERBS.keys()])('%s refuses an option that no verb has', async (verb) => {
    const { code, stdout, stderr } = await openledger([verb, '--no-such-option']);
    expect([code, stdout]).toEqual([2, '']);
    expect(isOneErrorLine(stderr, 'USAGE'), stderr).toBe(true);
  });

  test('version names what it runs on', async () => {
    const { stdout } = await openledger(['version', '--json']);
    expect(parsed(stdout)).toMatchObject({ openledger: '0.1.0', node: process.versions.node });
  });
});

describe('status and query', () => {
  test('status shows where the node stands', async () => {
    const { code, stdout } = await openledger(['status', '--rpc', server.url]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^chain id +4242$/m);
    const json = await openledger(['status', '--json'], { env: { OPENLEDGER_RPC: server.url } });
    expect(parsed(json.stdout)).toMatchObject({ chainId: '4242', mempool: { transactions: 0 } });
  });

  test.each([
    [['address', toHex(bob.address)]],
    [['json', toHex(bob.address)]],
    [['array', toHex(bob.address)]],
  ])('query takes parameters as %j', async ([form, address]) => {
    const words = {
      address: `address=${address}`,
      json: JSON.stringify({ address }),
      array: JSON.stringify([address]),
    }[form ?? ''];
    const { code, stdout } = await openledger(['query', 'account_get', words ?? '', '--rpc', server.url]);
    expect(code).toBe(0);
    expect(parsed(stdout)).toEqual({ balance: balanceOfBob().toString(), nonce: '0' });
  });

  test.each([
    [['query', 'node_statsu'], 'METHOD_NOT_FOUND', 'did you mean node_status?', 2],
    [['query', 'chain_getHeader', 'height=99999999999999999999'], 'PARAMS_INVALID', '2^64', 2],
    [['query', 'chain_getHeader', 'height=99999999'], 'BLOCK_NOT_FOUND', 'there is no block 99999999', 4],
    [['query', 'chain_getHeader', '{"height":'], 'QUERY_PARAMS', 'not JSON', 2],
    [['query', 'chain_getHeader', '5'], 'QUERY_PARAMS', 'name=value', 2],
  ])('%j ends in %s', async (args, code, hint, exit) => {
    const ran = await openledger([...args, '--rpc', server.url]);
    expect(ran.code).toBe(exit);
    expect(isOneErrorLine(ran.stderr, code), ran.stderr).toBe(true);
    expect(ran.stderr).toContain(hint);
  });

  test.each([
    [[], 'RPC_URL_MISSING', 2],
    [['--rpc', 'ftp://x'], 'RPC_URL_INVALID', 2],
    [['--rpc', 'http://127.0.0.1:9'], 'RPC_UNREACHABLE', 3],
    [['--home', join(root, 'nothing')], 'HOME_MISSING', 1],
  ])('status with %j ends in %s', async (args, code, exit) => {
    const ran = await openledger(['status', ...args]);
    expect(ran.code).toBe(exit);
    expect(isOneErrorLine(ran.stderr, code), ran.stderr).toBe(true);
  });
});

describe('tx', () => {
  test('send has every kind of the registry, explained by its payload', async () => {
    const { stdout } = await openledger(['tx', 'send', '--help']);
    for (const kind of KINDS) expect(stdout).toMatch(new RegExp(`^ {2}${kind.name}\\b`, 'm'));
    const { stdout: help } = await openledger(['tx', 'send', 'escrowDeposit', '--help']);
    expect(help).toMatch(
      /^ {2}provider +account: an address, or a name\n +The account that .*\n {2}amount +amount: "1\.5 OPEN", or base/m,
    );
    const { stdout: example } = await openledger(['tx', 'example', 'escrowDeposit']);
    expect(parsed(example)).toEqual({ provider: 'alice', amount: '1 OPEN' });
  });

  test('transfer moves OPEN and says so once it has', async () => {
    const before = balanceOfBob();
    const args = ['tx', 'transfer', '--to', toHex(bob.address), '--amount', '1.5', ...signing()];
    const { code, stdout, stderr } = await openledger(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^status +committed$/m);
    expect(balanceOfBob() - before).toBe(1_500_000_000_000_000_000n);
  });

  test('send takes a payload from a file, or from stdin', async () => {
    const before = balanceOfBob();
    const body = { to: toHex(bob.address), amount: '7' };
    const fromFile = await openledger([
      'tx',
      'send',
      'transfer',
      '--file',
      file('body.json', body),
      '--json',
      ...signing(),
    ]);
    expect(parsed(fromFile.stdout)).toMatchObject({ status: 'committed', error: null });
    const stdin = JSON.stringify({ ...body, amount: '8' });
    const piped = await openledger(['tx', 'send', 'transfer', '--file', '-', ...signing()], { stdin });
    expect(piped.code).toBe(0);
    expect(balanceOfBob() - before).toBe(15n);
  });

  test('a dry run prints what a wallet would sign, and sends nothing', async () => {
    const before = balanceOfBob();
    const args = [
      'tx',
      'transfer',
      '--to',
      toHex(bob.address),
      '--amount',
      '2base',
      '--dry-run',
      ...signing(),
    ];
    const { stdout } = await openledger(args);
    expect(parsed(stdout)).toMatchObject({
      primaryType: 'Transaction',
      message: { from: toHex(alice.address), action: expect.stringContaining('transfer') as unknown },
    });
    expect(balanceOfBob()).toBe(before);
  });

  test('what must fail is refused before it is sent, and what fails in its block is an error with the same code', async () => {
    const args = ['tx', 'transfer', '--to', toHex(bob.address), '--amount', '999999999', ...signing()];
    const refused = await openledger(args);
    expect([refused.code, refused.stdout]).toEqual([4, '']);
    expect(refused.stderr).toMatch(
      /^error BALANCE_TOO_LOW: you have 99[0-9.]+ OPEN, this needs 999999999 OPEN and a fee of 0\.0[0-9]+ OPEN\n$/,
    );
    const failed = await openledger([...args, '--no-simulate']);
    expect(failed.code).toBe(4);
    expect(isOneErrorLine(failed.stderr, 'BALANCE_TOO_LOW'), failed.stderr).toBe(true);
    expect(failed.stderr).toContain('failed: you have 99');
    expect(failed.stdout).toMatch(/^status +failed$/m);
    const id = /^id +(0x[0-9a-f]{64})$/m.exec(failed.stdout)?.[1] ?? '';
    const status = await openledger(['tx', 'status', id, '--rpc', server.url]);
    expect([status.code, status.stdout, status.stderr]).toEqual([4, failed.stdout, failed.stderr]);
  });

  test('status says what became of a transaction, and whether that is done', async () => {
    const rpc = ['--rpc', server.url];
    const args = ['tx', 'transfer', '--to', toHex(bob.address), '--amount', '1base', '--json', ...signing()];
    const { id, known } = parsed((await openledger(args)).stdout);
    expect(known).toBe(false);
    const done = await openledger(['tx', 'status', String(id), '--json', ...rpc]);
    expect([done.code, parsed(done.stdout)]).toMatchObject([0, { id, status: 'committed', error: null }]);
    const unknown = await openledger(['tx', 'status', `0x${'ab'.repeat(32)}`, ...rpc]);
    expect([unknown.code, unknown.stdout]).toMatchObject([3, expect.stringMatching(/^status +unknown$/m)]);
    expect(isOneErrorLine(unknown.stderr, 'TX_NOT_COMMITTED'), unknown.stderr).toBe(true);
    const wrong = await openledger(['tx', 'status', '0x12', ...rpc]);
    expect(wrong.code).toBe(2);
    expect(isOneErrorLine(wrong.stderr, 'ARGUMENT_INVALID'), wrong.stderr).toBe(true);
  });

  test.each([
    [{ to: toHex(bob.address) }, 'PAYLOAD_INVALID', 1],
    ['{', 'FILE_NOT_JSON', 1],
    [{ to: '0x12', amount: '1' }, 'PAYLOAD_INVALID', 1],
    [{ to: toHex(bob.address), amount: '0' }, 'TRANSFER_ZERO', 4],
    [{ to: toHex(bob.address), amount: '1', memo: 'x' }, 'PAYLOAD_INVALID', 1],
  ])('send refuses the payload %j with %s', async (body, code, exit) => {
    const path = file('bad.json', body);
    const ran = await openledger(['tx', 'send', 'transfer', '--file', path, ...signing()]);
    expect(ran.code).toBe(exit);
    expect(isOneErrorLine(ran.stderr, code), ran.stderr).toBe(true);
  });

  test.each([
    [['--amount', '1,5'], 'AMOUNT_INVALID', 2],
    [['--amount', '1', '--to', 'bob'], 'ACCOUNT_UNKNOWN', 2],
    [['--amount', '1', '--mode', 'soon'], 'ARGUMENT_INVALID', 2],
    [['--amount', '1', '--nonce', '1e3'], 'ARGUMENT_INVALID', 2],
    [['--amount', '1', '--private-key-file', '/nowhere'], 'FILE_MISSING', 1],
  ])('transfer refuses %j with %s', async (args, code, exit) => {
    const others = [
      ['--to', toHex(bob.address)],
      ['--private-key-file', aliceKey],
      ['--rpc', server.url],
    ].filter(([name = '']) => !args.includes(name));
    const ran = await openledger(['tx', 'transfer', ...others.flat(), ...args]);
    expect(ran.code).toBe(exit);
    expect(isOneErrorLine(ran.stderr, code), ran.stderr).toBe(true);
  });
});

describe('keys', () => {
  const keystore = join(root, 'keystore');
  const at = ['--keystore', keystore];
  const secret = { env: { OPENLEDGER_PASSWORD: 'correct horse' } };

  test('are made, listed, shown, and sign', async () => {
    const made = await openledger(['keys', 'import', 'me', '--file', aliceKey, '--json', ...at], secret);
    expect(parsed(made.stdout)).toMatchObject({ name: 'me', address: toHex(alice.address) });
    expect((await openledger(['keys', 'list', '--json', ...at])).stdout).toContain(toHex(alice.address));
    const shown = await openledger(['keys', 'show', 'me', '--private-key', ...at], secret);
    expect(shown.stdout.trim()).toBe(toHex(alice.privateKey));

    const before = balanceOfBob();
    const args = ['tx', 'transfer', '--rpc', server.url, '--key', 'me', ...at];
    const password = file('password', 'correct horse\n');
    const sent = await openledger([
      ...args,
      '--to',
      toHex(bob.address),
      '--amount',
      '3base',
      '--password-file',
      password,
    ]);
    expect(sent.code, sent.stderr).toBe(0);
    expect(balanceOfBob() - before).toBe(3n);
  });

  test('an unknown key is reported with the known ones, before a password is requested', async () => {
    const transfer = (...of: readonly string[]) =>
      openledger([
        'tx',
        'transfer',
        '--to',
        toHex(bob.address),
        '--amount',
        '3base',
        '--rpc',
        server.url,
        ...of,
      ]);
    const unknown = await transfer('--keystore', keystore, '--key', 'nobody');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toBe('error KEY_UNKNOWN: no key "nobody"; there are me\n');
    const none = await transfer('--keystore', join(root, 'no-keys'), '--key', 'nobody');
    expect(none.stderr).toContain('no-keys holds none; make one with "openledger keys new NAME"');
  });

  test.each([
    [['show', 'me', '--private-key'], { OPENLEDGER_PASSWORD: 'wrong' }, 'KEY_PASSWORD_WRONG'],
    [['show', 'me', '--private-key'], {}, 'PASSWORD_MISSING'],
    [['show', 'you'], {}, 'KEY_NOT_FOUND'],
    [['new', 'me'], { OPENLEDGER_PASSWORD: 'another one' }, 'KEY_NAME_TAKEN'],
    [['new', 'short'], { OPENLEDGER_PASSWORD: 'short' }, 'KEY_PASSWORD_SHORT'],
    [['new', '../me'], { OPENLEDGER_PASSWORD: 'long enough' }, 'KEY_NAME_INVALID'],
  ])('%j with %j ends in %s', async (args, env, code) => {
    const ran = await openledger(['keys', ...args, ...at], { env: { ...env } });
    expect(ran.code).toBe(1);
    expect(isOneErrorLine(ran.stderr, code), ran.stderr).toBe(true);
  });

  test('a damaged one is reported, and the others are still listed', async () => {
    writeFileSync(join(keystore, 'broken.json'), '{"version":1');
    const ran = await openledger(['keys', 'list', ...at]);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toMatch(/^me /m);
    expect(isOneErrorLine(ran.stderr, 'KEY_FILE_CORRUPT'), ran.stderr).toBe(true);
  });
});

describe('voucher sign', () => {
  const voucher = {
    payer: toHex(alice.address),
    provider: toHex(bob.address),
    lane: 1,
    amount: '5000',
    count: '2',
    accumulator: `0x${'ab'.repeat(32)}`,
  };
  const path = file('voucher.json', voucher);

  test('signs for the chain of the node, or of a genesis file, alike', async () => {
    const online = await openledger(['voucher', 'sign', '--file', path, ...signing()]);
    const keyed = ['voucher', 'sign', '--file', path, '--private-key-file', aliceKey];
    const chainFile = file('genesis-of-chain.json', genesisToJson(genesis));
    const offline = await openledger([...keyed, '--genesis', chainFile]);
    expect(offline.stdout).toBe(online.stdout);
    const { signature } = parsed(online.stdout);
    const digest = voucherDigest(
      domainSeparator(chain.node.chain.identity),
      unwrap(VoucherType.fromJson(voucher)),
    );
    const signer = recoverAddress(digest, Buffer.from(String(signature).slice(2), 'hex'));
    expect(toHex(unwrap(signer))).toBe(toHex(alice.address));
  });

  test('refuses to sign for somebody else', async () => {
    const other = file('other.json', { ...voucher, payer: toHex(bob.address) });
    const ran = await openledger(['voucher', 'sign', '--file', other, ...signing()]);
    expect(isOneErrorLine(ran.stderr, 'VOUCHER_PAYER'), ran.stderr).toBe(true);
  });
});

describe('genesis', () => {
  const path = join(root, 'made', 'genesis.json');
  const key = (byte: string): string => `0x${byte.repeat(32)}`;
  const run = (...args: string[]) => openledger(['genesis', ...args]);

  test('is made step by step and valid in the end', async () => {
    const time = ['--time', '2026-01-31T12:00:00Z'];
    expect((await run('new', '--chain-id', '777', '--name', 'ours', '--out', path, ...time)).code).toBe(0);
    expect(parsed((await run('validate', path, '--json')).stdout)).toMatchObject({
      valid: true,
      startable: false,
    });
    const payout = ['--payout', toHex(alice.address)];
    for (const [name, byte] of [
      ['north', '11'],
      ['south', '22'],
    ] as const) {
      const entry = ['--name', name, '--public-key', key(byte), '--stake', '100', ...payout];
      const added = await run('add-validator', path, ...entry);
      expect(added.stderr).toBe('');
    }
    await run('add-account', path, '--address', toHex(bob.address), '--balance', '5.5');
    await run('add-attestor', path, '--address', toHex(bob.address), '--bond', '10');
    const { code, stdout } = await run('validate', path, '--json');
    expect(code).toBe(0);
    expect(parsed(stdout)).toMatchObject({
      valid: true,
      startable: true,
      chainId: '777',
      validators: [{ power: '100' }, { power: '100' }],
    });
    expect(parsed(readFileSync(path, 'utf8'))).toMatchObject({
      time: '1769860800000',
      accounts: [{ address: toHex(bob.address), balance: '5500000000000000000' }],
      attestors: [{ address: toHex(bob.address), payout: toHex(bob.address) }],
    });
  });

  test.each([
    [['new', '--chain-id', '1612', '--name', 'x', '--out', join(root, 'x.json')], 'GENESIS_CHAIN_ID'],
    [['new', '--chain-id', 'one', '--name', 'x', '--out', join(root, 'x.json')], 'ARGUMENT_INVALID'],
    [['new', '--chain-id', '5', '--name', 'My Chain', '--out', join(root, 'x.json')], 'GENESIS_NAME'],
    [['new', '--chain-id', '5', '--name', 'x', '--out', path], 'FILE_EXISTS'],
    [['validate', join(root, 'absent.json')], 'FILE_MISSING'],
    [['add-account', path, '--address', toHex(bob.address), '--balance', '1'], 'GENESIS_DUPLICATE'],
    [['add-account', path, '--address', toHex(alice.address), '--balance', '2000000000'], 'GENESIS_SUPPLY'],
  ])('%j ends in %s and leaves the file as it was', async (args, code) => {
    const before = readFileSync(path, 'utf8');
    const ran = await run(...args);
    // A value that is no chain id at all is a wrong command line.
    expect(ran.code).toBe(code === 'ARGUMENT_INVALID' ? 2 : 1);
    expect(isOneErrorLine(ran.stderr, code), ran.stderr).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(existsSync(join(root, 'x.json'))).toBe(false);
  });
});
