/** The verbs around money, on a real devnet: escrow, voucher, receipt, settlement, rewards. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DATANET_EXAMPLE } from '../../src/cli/payload-examples.ts';
import { eventually } from '../e2e/processes.ts';
import { objectOf, openVerbs, SENT, type Verbs } from './verbs.ts';

let verbs: Verbs;
let prompt = '';
let answer = '';
/** Rows with no words in common that are rare: the calibration must not find one in another. */
const ROWS = [
  [
    'what did the gardener plant?',
    'rows of purple carrots beside the south wall, where morning light was gentle',
  ],
  [
    'who keeps the lighthouse?',
    'a retired violin maker from Cremona polishes its brass lantern every single Thursday',
  ],
  [
    'why do glaciers look blue?',
    'dense compressed ice absorbs long red wavelengths and scatters shorter azure ones',
  ],
  [
    'how is sourdough raised?',
    'wild yeast ferments damp rye flour overnight until tiny bubbles lift its sticky crumb',
  ],
];

/** Carol contributes what an answer repeats, and it is accepted. */
const contribute = async (): Promise<void> => {
  const path = verbs.file(
    'rows.jsonl',
    ROWS.map(([question, text]) => JSON.stringify({ question, answer: text })).join('\n'),
  );
  await verbs.json('contribute', path, '--datanet', '1', '--key', 'carol');
  for (const name of ['alice', 'bob']) await verbs.json('review', '1', '--accept', '--key', name);
};

beforeAll(async () => {
  verbs = await openVerbs();
  prompt = verbs.file('prompt.txt', 'Which vegetables did the gardener plant?\n');
  answer = verbs.file('answer.txt', ANSWER);
  verbs.file('weights.bin', 'weights');
  verbs.file('recipe.txt', 'recipe');
  await verbs.json('datanet', 'create', verbs.file('terms.json', DATANET_EXAMPLE), '--key', 'alice');
  await contribute();
  const example = await verbs.run('model', 'example', '--datanet', '1');
  await verbs.json('model', 'register', verbs.file('model.json', example.stdout), '--key', 'dave');
});
afterAll(() => verbs.close());

const ANSWER =
  'He planted rows of purple carrots beside the south wall, where morning light was gentle, and left.\n';
/** The fee of the model: 6 tokens in at 0.001 OPEN and 17 out at 0.002 OPEN, each for 1,000. */
const FEE = '40000000000000';

describe('escrow', () => {
  test('deposit puts OPEN aside, and show says so to payer and provider', async () => {
    const made = await verbs.json('escrow', 'deposit', '--to', 'bob', '--amount', '2', '--key', 'heidi');
    expect(made).toMatchObject({
      ...SENT,
      amount: String(2n * 10n ** 18n),
      deposit: String(2n * 10n ** 18n),
    });
    const ran = await verbs.run('escrow', 'deposit', '--to', 'bob', '--amount', '0.5 OPEN', '--key', 'heidi');
    expect(ran.stdout).toMatch(
      /^provider +bob \(0x[0-9a-fA-F]{40}\)\ndeposited +0\.5 OPEN\nin escrow +2\.5 OPEN$/m,
    );
    for (const who of ['heidi', 'bob'])
      expect((await verbs.run('escrow', 'show', who)).stdout).toMatch(/^heidi +bob +2\.5 OPEN +0 OPEN +-$/m);
    expect(await verbs.json('escrow', 'show', 'heidi', '--to', 'carol')).toMatchObject({
      escrows: [{ deposit: '0', withdrawals: [] }],
    });
    expect((await verbs.run('escrow', 'show', 'grace')).stderr).toContain('grace (0x');
  });

  test('withdraw takes back an amount, or everything that is left', async () => {
    const withdraw = ['escrow', 'withdraw', '--to', 'bob', '--key', 'erin'];
    await verbs.json('escrow', 'deposit', '--to', 'bob', '--amount', '1', '--key', 'erin');
    expect(await verbs.json(...withdraw, '--amount', '0.25')).toMatchObject({
      ...SENT,
      amount: String(10n ** 18n / 4n),
    });
    const all = await verbs.run(...withdraw, '--all');
    expect(all.stdout).toMatch(/^withdrawn +0\.75 OPEN$/m);
    expect(all.stdout).toMatch(/^paid +at the end of height \d+, as far as receipts leave it$/m);
    expect(await verbs.errorOf(...withdraw, '--all')).toBe('ESCROW_EMPTY');
  });

  test.each<[code: string, args: readonly string[]]>([
    ['USAGE', ['deposit', '--amount', '1', '--key', 'heidi']],
    ['AMOUNT_INVALID', ['deposit', '--to', 'bob', '--amount', '1,5', '--key', 'heidi']],
    ['ACCOUNT_UNKNOWN', ['deposit', '--to', 'bub', '--amount', '1', '--key', 'heidi']],
    ['ESCROW_ZERO', ['deposit', '--to', 'bob', '--amount', '0', '--key', 'heidi']],
    ['BALANCE_TOO_LOW', ['deposit', '--to', 'bob', '--amount', '999999999', '--key', 'heidi']],
    ['ARGUMENT_INVALID', ['withdraw', '--to', 'bob', '--key', 'heidi']],
    ['ESCROW_TOO_LOW', ['withdraw', '--to', 'carol', '--amount', '1', '--key', 'heidi']],
    ['ACCOUNT_MISSING', ['show']],
    ['ACCOUNT_UNKNOWN', ['show', 'nobody']],
  ])('refuses with %s: %j', async (code, args) => {
    expect(await verbs.errorOf('escrow', ...args)).toBe(code);
  });
});

const texts = ({ model = '1', output = answer } = {}): readonly string[] => [
  '--model',
  model,
  '--prompt',
  prompt,
  '--output',
  output,
];

const signed = async (...more: readonly string[]): Promise<string> => {
  const ran = await verbs.run('voucher', 'new', ...texts(), '--provider', 'bob', '--key', 'heidi', ...more);
  expect(ran.code, ran.stderr).toBe(0);
  return ran.stdout;
};

describe('receipt', () => {
  test('send records what the voucher pays for, counts its tokens, and gives the texts to the node', async () => {
    const voucher = await signed('--compute', '0.001');
    expect(objectOf(voucher).voucher).toMatchObject({
      lane: 0,
      amount: String(10n ** 15n + BigInt(FEE)),
      count: '1',
    });
    const { salt } = objectOf(voucher);
    expect(salt).toMatch(/^0x[0-9a-f]{64}$/);
    const path = verbs.file('voucher.json', voucher);
    const sent = await verbs.json('receipt', 'send', ...texts(), '--voucher', path, '--key', 'bob');
    expect(sent).toMatchObject({
      ...SENT,
      receipt: `${String(sent.id)}/0`,
      model: 1,
      version: 1,
      lane: 0,
      tokensIn: 6,
      tokensOut: 17,
      compute: String(10n ** 15n),
      modelFee: FEE,
    });
    // The fee is that of the transaction, whatever the verb adds.
    const { fee } = await verbs.json('tx', 'status', String(sent.id));
    expect(sent.fee).toBe(fee);
    const { stdout } = await verbs.run('query', 'receipt_get', `id=${String(sent.receipt)}`);
    const shown = await verbs.run('query', 'content_get', `root=${String(objectOf(stdout).texts)}`);
    expect(objectOf(shown.stdout)).toEqual({
      type: 'inference',
      rules: 2,
      prompt: 'Which vegetables did the gardener plant?\n',
      output: ANSWER,
      salt,
      ids: null,
    });
    const again = await verbs.errorOf('receipt', 'send', ...texts(), '--voucher', path, '--key', 'bob');
    expect(again).toBe('VOUCHER_USED');
  });

  test('send says which part of a voucher does not fit', async () => {
    const path = verbs.file('second.json', await signed());
    const send = (...args: readonly string[]) => ['receipt', 'send', ...args, '--voucher', path];
    expect(await verbs.errorOf(...send(...texts()), '--key', 'carol')).toBe('VOUCHER_MISMATCH');
    const other = verbs.file('other.txt', 'He planted nothing.');
    const swapped = send('--model', '1', '--prompt', prompt, '--output', other);
    const stderr = await verbs.refused('VOUCHER_MISMATCH', ...swapped, '--key', 'bob');
    expect(stderr).toMatch(/another prompt, output, model or version|less than the fee/);
    const { voucher, ...rest } = objectOf(await signed());
    const forged = verbs.file('forged.json', {
      ...rest,
      voucher: { ...(voucher as object), payer: 'carol' },
    });
    const forgedSend = ['receipt', 'send', ...texts(), '--voucher', forged, '--key', 'bob'];
    expect(await verbs.refused('VOUCHER_MISMATCH', ...forgedSend)).toContain('for receipt 2');
    // As `voucher sign` makes it, which knows no receipt.
    const { salt: _, ...saltless } = rest;
    for (const unsalted of [saltless, { ...saltless, salt: null }]) {
      const unsaltedFile = verbs.file('unsalted.json', { ...unsalted, voucher });
      const unsaltedSend = ['receipt', 'send', ...texts(), '--voucher', unsaltedFile, '--key', 'bob'];
      expect(await verbs.refused('VOUCHER_MISMATCH', ...unsaltedSend)).toContain('names no salt');
    }
  });

  test.each<[code: string, change: Readonly<Record<string, string>>]>([
    ['FILE_MISSING', { '--prompt': '/nowhere/prompt.txt' }],
    ['FILE_MISSING', { '--voucher': '/nowhere/voucher.json' }],
    ['MODEL_NOT_FOUND', { '--model': '99' }],
    ['ARGUMENT_INVALID', { '--model': 'mine' }],
    ['KEY_UNKNOWN', { '--key': 'bub' }],
  ])('send refuses with %s: %j', async (code, change) => {
    const path = verbs.file('third.json', await signed());
    const given = {
      '--model': '1',
      '--prompt': prompt,
      '--output': answer,
      '--voucher': path,
      '--key': 'bob',
    };
    expect(await verbs.errorOf('receipt', 'send', ...Object.entries({ ...given, ...change }).flat())).toBe(
      code,
    );
  });

  test('send refuses a file that is no signed voucher', async () => {
    const send = (content: unknown) => [
      'receipt',
      'send',
      ...texts(),
      '--voucher',
      verbs.file('wrong.json', content),
      '--key',
      'bob',
    ];
    expect(await verbs.errorOf(...send('voucher'))).toBe('FILE_NOT_JSON');
    expect(await verbs.errorOf(...send({ voucher: {}, signature: '0x' }))).toBe('PAYLOAD_INVALID');
  });
});

describe('voucher', () => {
  test.each<[code: string, args: readonly string[]]>([
    ['ACCOUNT_UNKNOWN', ['--provider', 'bub', '--key', 'heidi']],
    ['AMOUNT_INVALID', ['--provider', 'bob', '--compute', 'much', '--key', 'heidi']],
    ['ARGUMENT_INVALID', ['--provider', 'bob', '--lane', 'fast', '--key', 'heidi']],
    ['KEY_MISSING', ['--provider', 'bob']],
  ])('new refuses with %s: %j', async (code, args) => {
    expect(await verbs.errorOf('voucher', 'new', ...texts(), ...args)).toBe(code);
  });

  test('new needs a model that there is, and a text that is UTF-8', async () => {
    const parties = ['--provider', 'bob', '--key', 'heidi'];
    expect(await verbs.errorOf('voucher', 'new', ...texts({ model: '99' }), ...parties)).toBe(
      'MODEL_NOT_FOUND',
    );
    expect(await verbs.errorOf('voucher', 'new', ...texts({ output: '/nowhere' }), ...parties)).toBe(
      'FILE_MISSING',
    );
  });

  test('sign takes the example with names and amounts, if the key is of its payer', async () => {
    const { stdout } = await verbs.run(
      'voucher',
      'sign',
      '--file',
      verbs.file('v.json', { ...VOUCHER }),
      '--key',
      'heidi',
    );
    expect(objectOf(stdout)).toMatchObject({
      voucher: { lane: 1, amount: String(10n ** 16n) },
      salt: null,
    });
    expect(
      await verbs.errorOf('voucher', 'sign', '--file', verbs.file('v.json', VOUCHER), '--key', 'bob'),
    ).toBe('VOUCHER_PAYER');
    const wrong = verbs.file('v.json', { ...VOUCHER, amount: '0.01', count: -1 });
    const stderr = await verbs.refused(
      'PAYLOAD_INVALID',
      'voucher',
      'sign',
      '--file',
      wrong,
      '--key',
      'heidi',
    );
    expect(stderr).toContain('2 problems');
  });
});

const VOUCHER = {
  payer: 'heidi',
  provider: 'bob',
  lane: 1,
  amount: '0.01 OPEN',
  count: 3,
  accumulator: `0x${'ab'.repeat(32)}`,
};

describe('settlement and rewards', () => {
  test('a receipt is followed from its record to its end, and what it paid is claimed', async () => {
    // In a lane of its own, which does not wait for the vouchers of the first one.
    const voucher = await signed('--lane', '4');
    expect(objectOf(voucher).voucher).toMatchObject({ lane: 4, count: '1' });
    const path = verbs.file('paid.json', voucher);
    const sent = await verbs.json('receipt', 'send', ...texts(), '--voucher', path, '--key', 'bob');
    expect(sent).toMatchObject({ lane: 4 });
    const receipt = String(sent.receipt);
    expect((await verbs.run('settlement', 'show', receipt)).stdout).toMatch(
      /^status +(open|settled|final): /m,
    );
    expect(await verbs.json('settlement', 'show', String(sent.id))).toMatchObject({
      batch: sent.id,
      receipts: 1,
    });
    expect((await verbs.run('settlement', 'show', String(sent.id))).stdout).toMatch(
      /^receipts +1, of which (?:\d can be settled until height \d+|1 waits for a calibration)$/m,
    );

    verbs.shop.run('attest', '--home', verbs.devnet.ready.home, '--key', 'attestor-1', '--json');
    await eventually('the receipt is final', async () => {
      const { status } = await verbs.json('settlement', 'show', receipt);
      return status === 'final';
    });
    const { settlement } = await verbs.json('settlement', 'show', receipt);
    const { id } = settlement as { readonly id: string };
    expect(await verbs.json('settlement', 'show', id)).toMatchObject({ settlement: id });
    expect((await verbs.run('settlement', 'show', String(sent.id))).stdout).toContain(`${id}, final`);
    const shown = await verbs.run('settlement', 'show', id);
    expect(shown.stdout).toContain(`${receipt}  final`);
    expect((await verbs.run('settlement', 'show', receipt)).stdout).toMatch(
      /^settled +at height \d+ by attestor-1 /m,
    );

    await eventually('the epoch has closed', async () => {
      const { claimable: carols } = await verbs.json('rewards', 'show', 'carol');
      const { spans, relevance } = carols as { readonly spans: string; readonly relevance: string };
      return spans !== '0' || relevance !== '0';
    });
    expect((await verbs.run('rewards', 'show', 'carol')).stdout).toMatch(/^contribution 1 +0\.\d+ OPEN/m);
    const contributor = await verbs.json('rewards', 'claim', '--key', 'carol');
    expect(contributor).toMatchObject({ ...SENT, contributions: [1], models: [1], left: '0' });

    const { claimable } = await verbs.json('rewards', 'show', 'dave');
    const models = (claimable as { readonly models: string }).models;
    expect(BigInt(models)).toBeGreaterThan(0n);
    expect((await verbs.run('rewards', 'show', 'dave')).stdout).toMatch(
      /^model 1 +0\.\d+ OPEN +0\.\d+ OPEN$/m,
    );
    expect((await verbs.run('balance', 'dave')).stdout).toMatch(/^rewards +0\.\d+ OPEN to claim/m);
    const claimed = await verbs.json('rewards', 'claim', '--key', 'dave');
    expect(claimed).toMatchObject({ ...SENT, models: [1], contributions: [], left: '0' });
    expect(BigInt(String(claimed.amount))).toBeGreaterThanOrEqual(BigInt(models));
    const staker = await verbs.run('rewards', 'claim', '--key', 'node-1');
    expect(staker.stdout).toMatch(/^claimed +0\.\d+ OPEN\nfrom +0 contributions, 0 models, stake$/m);
  });

  test.each<[code: string, args: readonly string[]]>([
    ['RECEIPT_NOT_FOUND', ['settlement', 'show', `0x${'ab'.repeat(32)}/0`]],
    ['SETTLEMENT_UNKNOWN', ['settlement', 'show', `0x${'ab'.repeat(32)}`]],
    ['ARGUMENT_INVALID', ['settlement', 'show', '7']],
    ['REWARDS_NONE', ['rewards', 'claim', '--key', 'grace']],
    ['KEY_UNKNOWN', ['rewards', 'claim', '--key', 'grass']],
    ['KEY_MISSING', ['rewards', 'claim']],
    ['ACCOUNT_UNKNOWN', ['rewards', 'show', 'grass']],
    ['ACCOUNT_MISSING', ['rewards', 'show']],
  ])('refuses with %s: %j', async (code, args) => {
    expect(await verbs.errorOf(...args)).toBe(code);
  });
});
