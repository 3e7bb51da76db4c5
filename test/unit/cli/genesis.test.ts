import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { defaultGenesis } from '../../../node/genesis-file.ts';
import { registerGenesis } from '../../../src/cli/genesis.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { ed25519Signer } from '../../../src/lib/ed25519.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { takeLock } from '../../../src/lib/lock.ts';
import { genesisToJson } from '../../../state/genesis.ts';

let file: string;
let printed: string;

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'openledger-genesis-'));
  file = join(folder, 'genesis.json');
  printed = '';
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  onTestFinished(() => {
    stdout.mockRestore();
    rmSync(folder, { recursive: true });
  });
});

const genesis = async (...args: string[]): Promise<void> => {
  const program = new Command('openledger').exitOverride();
  registerGenesis(program);
  await program.parseAsync(['genesis', ...args], { from: 'user' });
};

const create = (...more: string[]): Promise<void> =>
  genesis('new', '--chain-id', '7', '--name', 'seven', '--out', file, ...more);

test.each(['1e3', '0', '-7', 'seven'])(
  'genesis new refuses the chain id %s as a wrong argument',
  async (id) => {
    const made = genesis('new', '--chain-id', id, '--name', 'seven', '--out', file);
    await expect(made).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  },
);

describe('genesis new --time', () => {
  test.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2028-02-29t23:59:59.250z', '2028-02-29T23:59:59.250Z'],
    ['2026-03-01T00:30+01:00', '2026-02-28T23:30:00.000Z'],
  ])('takes %s, and says which time that is', async (text, time) => {
    await create('--time', text, '--json');
    expect(JSON.parse(printed)).toMatchObject({ written: file, time });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ time: String(Date.parse(time)) });
  });

  test.each([
    '2026-02-30T00:00:00Z',
    '2026-02-29T12:00:00+01:00',
    '2026-04-31T12:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T23:60:00Z',
    '2026-01-31T12:00:00+24:00',
    '2026-01-31T12:00:00+01:60',
    '2026-01-31T12:00:00',
  ])('refuses %s, which is no time', async (text) => {
    await expect(create('--time', text)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });
});

describe('the times of genesis new', () => {
  type Made = {
    readonly params: {
      readonly attribution: Readonly<
        Record<'challengeWindow' | 'answerWindow' | 'settleEpochs' | 'epochBlocks', number>
      >;
      readonly escrow: { readonly withdrawDelay: number };
      readonly contribution: { readonly declarationWindow: number; readonly revealMax: number };
    };
  };
  const made = (path = file): Made => JSON.parse(readFileSync(path, 'utf8')) as Made;
  const HOUR = 7_200;

  test('are those of a chain of several operators: hours, of blocks of half a second', async () => {
    await create();
    const { attribution, contribution, escrow } = made().params;
    expect(contribution).toMatchObject({ declarationWindow: 24 * HOUR, revealMax: 2 * HOUR });
    expect(attribution).toMatchObject({ challengeWindow: 12 * HOUR, answerWindow: 12 * HOUR });
    expect(attribution.settleEpochs * attribution.epochBlocks).toBe(48 * HOUR);
    expect(escrow.withdrawDelay).toBe(2 * HOUR);
    printed = '';
    await expect(genesis('validate', file)).rejects.toMatchObject({ code: 'GENESIS_NO_VALIDATORS' });
    for (const shown of ['86400 blocks, 12 hours', '345600 blocks, 48 hours', '14400 blocks, 2 hours'])
      expect(printed).toContain(`${shown} on an idle chain`);
  });

  test('are those of the file with --from', async () => {
    const template = `${file}.template`;
    writeFileSync(template, JSON.stringify(genesisToJson(defaultGenesis())));
    await create('--from', template);
    expect(made().params).toEqual(made(template).params);
    expect(made().params.attribution.challengeWindow).toBe(5);
  });

  test.each([
    // As long as the file leaves time enough, the time to settle stays as it is.
    ['50', 10],
    ['51', 11],
    ['1000000000', 200_000_000],
  ])('with --challenge-window %s leave four of them to settle', async (blocks, settleEpochs) => {
    const template = `${file}.template`;
    writeFileSync(template, JSON.stringify(genesisToJson(defaultGenesis())));
    await create('--from', template, '--challenge-window', blocks);
    const { attribution } = made().params;
    expect(attribution).toMatchObject({ challengeWindow: Number(blocks), settleEpochs });
    expect(attribution.answerWindow).toBe(10);
  });

  test('take --challenge-window alone too', async () => {
    await create('--challenge-window', '100000');
    expect(made().params.attribution).toMatchObject({ challengeWindow: 100_000, settleEpochs: 20_000 });
  });

  test.each(['0', '-1', '1.5', '1e3', '12h', '1000000001', '99999999999999999999'])(
    'refuse --challenge-window %s',
    async (blocks) => {
      await expect(create(`--challenge-window=${blocks}`)).rejects.toMatchObject({
        code: 'ARGUMENT_INVALID',
      });
      expect(existsSync(file)).toBe(false);
    },
  );

  test('that do not fit together are refused, by a stable code and the name of the parameter', async () => {
    const template = `${file}.template`;
    const base = defaultGenesis();
    const attribution = { ...base.params.attribution, challengeWindow: 51 };
    const wrong = { ...base, params: { ...base.params, attribution } };
    writeFileSync(template, JSON.stringify(genesisToJson(wrong)));
    await expect(create('--from', template)).rejects.toMatchObject({
      code: 'GENESIS_PARAMS',
      fault: { data: { name: 'attribution.settleEpochs' } },
    });
  });
});

test.each([
  ['in microseconds', '1796000000000000', '+058882-12-22T00:53:20.000Z'],
  ['in nanoseconds', '1796000000000000000', '1796000000000000000 ms'],
  ['past the last date of a calendar', '8640000000000001', '8640000000000001 ms'],
  ['as late as can be written', '18446744073709551615', '18446744073709551615 ms'],
])('a time %s is shown by every verb, and ends none of them', async (_what, time, shown) => {
  await create();
  const made = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...made, time }));
  printed = '';
  await expect(genesis('validate', file)).rejects.toMatchObject({ code: 'GENESIS_NO_VALIDATORS' });
  expect(printed).toContain(shown);
  printed = '';
  await genesis('add-account', file, '--address', `0x${'1'.repeat(40)}`, '--balance', '1');
  expect(printed).toContain(shown);
});

test('a genesis that somebody else is changing is not changed: neither loses what the other adds', async () => {
  await create('--time', '2026-01-31T12:00:00Z');
  const add = (digit: string): Promise<void> =>
    genesis('add-account', file, '--address', `0x${digit.repeat(40)}`, '--balance', '1');
  const release = unwrap(takeLock(`${file}.lock`, { guarded: file }));
  await expect(add('1')).rejects.toMatchObject({ code: 'IN_USE' });
  release();
  await add('1');
  await add('2');
  const { accounts } = JSON.parse(readFileSync(file, 'utf8')) as { readonly accounts: readonly unknown[] };
  expect(accounts).toHaveLength(2);
});

test('add-attestor says how many receipts its bond covers, and what bond the windows of the chain ask for', async () => {
  const noted = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => noted.mockRestore());
  await create();
  await genesis('add-attestor', file, '--address', `0x${'11'.repeat(20)}`, '--bond', '100');
  expect(noted.mock.calls.join('')).toBe(
    'its bond covers at most 10000 receipts in settlement at a time: a claim locks the data money of its receipt, and no less than 0.01 OPEN, for 86400 blocks, ' +
      'so at least 864 OPEN are needed for each receipt per block, and 2 OPEN for the two rounds of a calibration\n',
  );
});

test.each([
  [['add-account', '--balance', '1', '--address']],
  [['add-attestor', '--bond', '1000', '--address']],
  [['add-attestor', '--bond', '1000', '--address', `0x${'11'.repeat(20)}`, '--payout']],
  [
    [
      'add-validator',
      '--name',
      'ana',
      '--public-key',
      toHex(ed25519Signer(new Uint8Array(32).fill(1)).publicKey),
      '--stake',
      '1000000',
      '--payout',
    ],
  ],
])('%j takes the zero address only if that is asked', async ([verb = '', ...options]) => {
  await create('--time', '2026-01-31T12:00:00Z');
  const before = readFileSync(file, 'utf8');
  const add = (...more: string[]) => genesis(verb, file, ...options, `0x${'00'.repeat(20)}`, ...more);
  await expect(add()).rejects.toMatchObject({ code: 'ADDRESS_ZERO' });
  expect(readFileSync(file, 'utf8')).toBe(before);
  await add('--allow-zero-address');
  expect(readFileSync(file, 'utf8')).toContain(`0x${'00'.repeat(20)}`);
});

test('zero addresses in a file that was edited by hand are warned of by validate, each with its field', async () => {
  await create();
  const made = JSON.parse(readFileSync(file, 'utf8')) as object;
  const [zero, one] = [`0x${'0'.repeat(40)}`, `0x${'1'.repeat(40)}`];
  const key = toHex(ed25519Signer(new Uint8Array(32).fill(1)).publicKey);
  const amount = `5${'0'.repeat(18)}`;
  const edited = {
    accounts: [zero, one].map((address) => ({ address, balance: amount })),
    validators: [{ name: 'north', publicKey: key, stake: amount, payout: zero }],
    attestors: [
      { address: zero, payout: one, bond: amount },
      { address: one, payout: zero, bond: amount },
    ],
  };
  const validated = async (more: object): Promise<unknown> => {
    writeFileSync(file, JSON.stringify({ ...made, ...more }));
    printed = '';
    await genesis('validate', file, '--json');
    return (JSON.parse(printed) as { readonly warnings: unknown }).warnings;
  };
  const warnings = [
    'accounts: the address with 5 OPEN',
    'validators: the payout of north',
    'attestors: the address with a bond of 5 OPEN',
    `attestors: the payout of ${one}`,
  ].map((field) => `${field} is the zero address, and nobody has its key`);
  expect(await validated(edited)).toEqual(warnings);
  const said: string[] = [];
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  onTestFinished(() => stderr.mockRestore());
  await genesis('validate', file);
  expect(said.join('')).toContain(warnings.map((each) => `warning: ${each}\n`).join(''));
  const [validator] = edited.validators;
  expect(await validated({ validators: [{ ...validator, payout: one }] })).toEqual([]);
});

describe('the commons of the chain', () => {
  const commonsIn = (): unknown =>
    (JSON.parse(readFileSync(file, 'utf8')) as { readonly commons: unknown }).commons;
  const validated = async (): Promise<unknown> => {
    printed = '';
    await expect(genesis('validate', file, '--json')).rejects.toMatchObject({
      code: 'GENESIS_NO_VALIDATORS',
    });
    return (JSON.parse(printed) as { readonly commons: unknown }).commons;
  };

  test('is the one that ships, unless it is left out', async () => {
    await create();
    const { commons } = defaultGenesis();
    expect(commonsIn()).toMatchObject({
      root: toHex(commons?.root ?? new Uint8Array()),
      items: commons?.items,
    });
    expect(await validated()).toMatchObject({ items: commons?.items, ships: true });
    rmSync(file);
    await create('--no-commons');
    expect(commonsIn()).toBeNull();
    expect(await validated()).toBeNull();
  });

  test('is that of the genesis whose parameters are taken, which need not ship', async () => {
    await create('--no-commons');
    const made = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const other = { root: `0x${'0c'.repeat(32)}`, items: 1, tokens: '8', bytes: '40' };
    const base = `${file}.base`;
    writeFileSync(base, JSON.stringify({ ...made, commons: other }));
    rmSync(file);
    await create('--from', base);
    expect(commonsIn()).toEqual(other);
    expect(await validated()).toEqual({ root: other.root, items: 1, ships: false });
    printed = '';
    await expect(genesis('validate', file)).rejects.toMatchObject({ code: 'GENESIS_NO_VALIDATORS' });
    expect(printed).toMatch(/commons +1 texts, 8 tokens, 0x0c/);
    expect(printed).toContain('does not come with this software');
  });

  test('is refused if it has the root of the one that ships and another size', async () => {
    await create();
    const { commons, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as { readonly commons: object };
    writeFileSync(file, JSON.stringify({ ...rest, commons: { ...commons, bytes: '400000' } }));
    for (const args of [[], ['--json']])
      await expect(genesis('validate', file, ...args)).rejects.toMatchObject({
        code: 'GENESIS_COMMONS_SIZES',
      });
  });
});
