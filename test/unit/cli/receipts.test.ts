import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { METHOD_SCHEMAS } from '../../../rpc/schemas/registry.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { addressBook } from '../../../src/cli/names.ts';
import {
  type NextReceipt,
  nextReceipts,
  openNextReceipt,
  uploadOf,
  VERSIONS_TRIED,
} from '../../../src/cli/receipt/answer.ts';
import {
  findPaidReceipt,
  readSignedVoucher,
  type SignedVoucherFile,
  signedVoucherToJson,
  signVoucher,
} from '../../../src/cli/receipt/signed-voucher.ts';
import type { VoucherUse } from '../../../src/client/voucher-channel.ts';
import { createRootOf } from '../../../src/content/objects.ts';
import { type Root, ZERO_ROOT } from '../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { CodedError, unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { inferenceRoot } from '../../../state/attribution/commitment.ts';
import { stubNode } from '../client/stub-node.ts';
import { SIGNATURE_FORMS } from '../lib/signature-forms.ts';
import { actor } from '../rpc/small-chain.ts';
import { complete } from '../services/support/complete.ts';

const folder = mkdtempSync(join(tmpdir(), 'openledger-receipts-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const heidi = actor('heidi');
const bob = actor('bob');
const chain = { chainId: 7n, genesisHash: sha256(utf8('genesis')) };
const prompt = file('prompt.txt', 'Which vegetables did he plant?');
const output = file('output.txt', 'Purple carrots, beside the wall.');
const START: VoucherUse = { amount: 0n, count: 0n, accumulator: ZERO_ROOT };
const SALT: Root = sha256(utf8('salt'));
/** The fee of the answer: 5 tokens in and 5 out. */
const FEE = (5n * 2_000n + 5n * 10_000n) / 1_000n;

/** What the node says of a version of the model. */
type Version = { readonly manifest?: string; readonly rules?: number };
type Asked = {
  readonly use?: VoucherUse;
  readonly prompt?: string;
  readonly output?: string;
  readonly salt?: Root;
  readonly lane?: number;
  /** The versions of the model, the first one first. */
  readonly versions?: readonly Version[];
  /** The version that is asked for. */
  readonly version?: number;
};

/** The numbers of the versions that a node was asked for one by one. */
let versionsRead: number[] = [];
beforeEach(() => {
  versionsRead = [];
});

/** A node that has these vouchers and versions. */
const nodeOf = ({ use = START, versions = [{}] }: Asked) => {
  const versionAt = (version: number) => ({
    version,
    rules: 2,
    manifest: toHex(ZERO_ROOT),
    ...versions[version - 1],
  });
  const results = {
    model_get: complete(METHOD_SCHEMAS.model_get.result as object, {
      id: 1,
      terms: { prices: { in: '2000', out: '10000' } },
      ...versionAt(versions.length),
    }),
    escrow_getVoucher: {
      amount: String(use.amount),
      count: String(use.count),
      accumulator: toHex(use.accumulator),
    },
  };
  return stubNode(results, {
    model_getVersion: ({ version }) => {
      versionsRead.push(Number(version));
      return complete(METHOD_SCHEMAS.model_getVersion.result as object, versionAt(Number(version)));
    },
  });
};

const argumentsOf = async (asked: Asked) => {
  const { salt = SALT, lane = 4 } = asked;
  const parties = { payer: heidi.address, provider: bob.address, lane, model: 1 };
  const files = { prompt: asked.prompt ?? prompt, output: asked.output ?? output };
  return [await nodeOf(asked), chain, parties, files, salt] as const;
};

/** Reads the answer as the payer does. */
const nextOf = async (asked: Asked = {}): Promise<NextReceipt> =>
  openNextReceipt(...(await argumentsOf(asked)), asked.version);

/** What the payer signs for the answer. */
const signed = async (compute: bigint, asked: Asked = {}, version?: number) => {
  const { channel, bodyFor } = await nextOf(asked);
  return signVoucher(chain, heidi.privateKey, channel.add(bodyFor(compute)), { salt: SALT, version });
};

/** Finds what the voucher pays for as the provider does. */
const paidBy = async (voucher: SignedVoucherFile, asked: Asked = {}) => {
  const choice = { only: asked.version, first: voucher.version };
  return findPaidReceipt(voucher, nextReceipts(...(await argumentsOf(asked)), choice), asked.version);
};

const codeOf = async (run: () => unknown): Promise<string> => {
  try {
    await run();
  } catch (error) {
    if (error instanceof CodedError) return `${error.code}: ${error.message}`;
  }
  return 'nothing';
};

describe('an answer', () => {
  test('is counted by the rules of the model, in tokens and bytes, and committed to by its roots', async () => {
    const { bodyFor, fee } = await nextOf();
    const body = bodyFor(7n);
    expect(body).toMatchObject({
      model: 1,
      rules: 2,
      tokensIn: 5,
      tokensOut: 5,
      bytesIn: 30,
      bytesOut: 32,
      compute: 7n,
      fee: FEE,
      visibility: 'public',
    });
    expect(fee).toBe(FEE);
    expect((await nextOf()).bodyFor(7n)).toEqual(body);
    const older = (await nextOf({ versions: [{ rules: 1 }] })).bodyFor(7n);
    expect(older).toMatchObject({ rules: 1, tokensIn: 6, tokensOut: 7 });
    const longer = await nextOf({ output: file('line.txt', 'Purple carrots, beside the wall.\n') });
    expect(longer.bodyFor(7n)).toMatchObject({ tokensOut: 5, bytesOut: 33, outputRoot: expect.anything() });
    expect(longer.bodyFor(7n).textRoot).not.toEqual(body.textRoot);
  });

  test('is uploaded with its salt, under the root that its receipt leads to', async () => {
    const next = await nextOf();
    const upload = uploadOf(next);
    expect(upload).toMatchObject({ type: 'inference', rules: 2, salt: SALT });
    const stored = { ...upload, prompt: utf8(upload.prompt), output: utf8(upload.output), ids: undefined };
    expect(unwrap(createRootOf(infoTable())(stored))).toEqual(inferenceRoot(next.bodyFor(0n)));
  });

  test.each<[code: string, path: string]>([
    ['FILE_MISSING', join(folder, 'nowhere.txt')],
    ['FILE_UNREADABLE', folder],
    ['UTF8_INVALID', file('bytes.txt', Uint8Array.of(0x61, 0xff))],
    ['OUTPUT_TOO_LONG', file('long.txt', 'a '.repeat(4_097))],
    ['CONTENT_TOO_LONG', file('marks.txt', '-'.repeat((1 << 15) + 1))],
  ])('is refused with %s, and the file is named', async (code, path) => {
    expect(await codeOf(() => nextOf({ output: path }))).toMatch(new RegExp(`^${code}: .*${path}`));
  });
});

describe('a signed voucher', () => {
  test('pays for the receipt that follows from its texts, and its price for compute is what it pays beyond the fee', async () => {
    const { group, body } = await paidBy(await signed(500n));
    expect(body).toEqual((await nextOf()).bodyFor(500n));
    expect(group).toMatchObject({ payer: heidi.address, lane: 4, receipts: [body] });
    expect(group.voucher).toMatchObject({ amount: 500n + FEE, count: 1n });
    const use = { ...group.voucher };
    const second = await paidBy(await signed(0n, { use }), { use });
    expect(second.group.voucher).toMatchObject({ amount: 500n + 2n * FEE, count: 2n });
  });

  test('is refused if it pays for something else, with what differs', async () => {
    const fits = await signed(0n);
    const used: VoucherUse = { ...START, count: 1n };
    const { voucher } = fits;
    const cheap = signVoucher(chain, heidi.privateKey, { ...voucher, amount: voucher.amount - 1n }, fits);
    const mismatch = (file: typeof fits, asked: Asked = {}) => codeOf(() => paidBy(file, asked));
    expect(await mismatch(fits, { use: used })).toMatch(
      /^VOUCHER_MISMATCH: .*ask the payer for .* receipt 2/,
    );
    expect(await mismatch(cheap)).toMatch(/^VOUCHER_MISMATCH: .*less than the fee of the model/);
    const elsewhere = /^VOUCHER_MISMATCH: .*another prompt, output, model or version/;
    for (const asked of [
      { output: file('other.txt', 'Nothing.') },
      // The same tokens, and another text.
      { output: file('marked.txt', 'Purple carrots; beside the wall.') },
      { versions: [{ manifest: toHex(sha256(utf8('manifest'))) }] },
      { salt: sha256(utf8('another salt')) },
      { lane: 5 },
    ])
      expect(await mismatch(fits, asked)).toMatch(elsewhere);
    expect(await mismatch(fits)).toBe('nothing');
    const forged = signVoucher(chain, bob.privateKey, voucher, fits);
    expect(await mismatch(forged)).toMatch(/^VOUCHER_SIGNER: /);
  });

  test('that the chain has used is said to be used, and nobody is told to ask for another one', async () => {
    const fits = await signed(0n);
    const { amount, count, accumulator } = fits.voucher;
    const told = await codeOf(() => paidBy(fits, { use: { amount, count, accumulator } }));
    expect(told).toMatch(/^VOUCHER_USED: .*receipt 1 is paid/);
    expect(told).not.toContain('ask the payer');
    // Another receipt has used the count.
    for (const other of [{ amount: amount + 1n }, { accumulator: START.accumulator }])
      expect(await codeOf(() => paidBy(fits, { use: { amount, count, accumulator, ...other } }))).toMatch(
        /^VOUCHER_MISMATCH: .*ask the payer for .* receipt 2/,
      );
  });

  /** A model that was revised twice, first to other rules. */
  const REVISED = ['first', 'second', 'third'].map((name, i) => ({
    manifest: toHex(sha256(utf8(name))),
    rules: i === 0 ? 1 : 2,
  }));

  test.each([1, 2, 3])(
    'pays for an answer of version %i of the model after the model was revised',
    async (version) => {
      const voucher = await signed(500n, { versions: REVISED.slice(0, version) });
      const { body, next } = await paidBy(voucher, { versions: REVISED });
      expect(next.version).toBe(version);
      expect(body).toEqual((await nextOf({ versions: REVISED, version })).bodyFor(500n));
      expect(toHex(body.manifest)).toBe(REVISED[version - 1]?.manifest);
      expect(next.texts.rules).toBe(REVISED[version - 1]?.rules);
    },
  );

  test('is compared with the version that was named, and with no other', async () => {
    const voucher = await signed(0n, { versions: REVISED, version: 2 });
    versionsRead = [];
    expect((await paidBy(voucher, { versions: REVISED, version: 2 })).next.version).toBe(2);
    expect(versionsRead).toEqual([2]);
    for (const version of [1, 3])
      expect(await codeOf(() => paidBy(voucher, { versions: REVISED, version }))).toMatch(
        new RegExp(
          `^VOUCHER_MISMATCH: .*\\(version ${version} of the model was tried; name another one with --version, of which 3 is the newest\\)$`,
        ),
      );
    // A model of one version has no other.
    const [, second = {}] = REVISED;
    expect(await codeOf(() => paidBy(voucher, { versions: [{}], version: 1 }))).toMatch(
      /\(version 1 of the model was tried\)$/,
    );
    expect((await paidBy(voucher, { versions: [second], version: 1 })).next.version).toBe(1);
  });

  test('is compared first with the version that its file names, and then with the others', async () => {
    const versions = Array.from({ length: 103 }, (_, i) => ({ manifest: toHex(sha256(utf8(`${i}`))) }));
    const first = await signed(0n, { versions, version: 2 }, 2);
    versionsRead = [];
    expect((await paidBy(first, { versions })).next.version).toBe(2);
    expect(versionsRead).toEqual([2]);
    // Its file names a version that has not made the answer, or one that the model does not have.
    for (const named of [3, 5, 1, 0, 6]) {
      const voucher = await signed(0n, { versions: versions.slice(0, 4) }, named);
      expect((await paidBy(voucher, { versions: versions.slice(0, 5) })).next.version).toBe(4);
    }
    const other = await signed(0n, { versions: [{}] }, 2);
    versionsRead = [];
    expect(await codeOf(() => paidBy(other, { versions }))).toMatch(
      /\(versions 103 to 4, 2 of the model were tried; name an older one with --version\)$/,
    );
    expect(new Set(versionsRead).size).toBe(versionsRead.length);
  });

  test('is compared with no more than 100 versions, and the message says which', async () => {
    const versions = Array.from({ length: 103 }, (_, i) => ({ manifest: toHex(sha256(utf8(`${i}`))) }));
    const voucher = await signed(0n, { versions: versions.slice(0, 3) });
    expect(await codeOf(() => paidBy(voucher, { versions }))).toMatch(
      /\(versions 103 to 4 of the model were tried; name an older one with --version\)$/,
    );
    expect(versionsRead).toHaveLength(1 + VERSIONS_TRIED - 1);
    expect((await paidBy(voucher, { versions: versions.slice(0, 102) })).next.version).toBe(3);
    expect(await codeOf(() => paidBy(voucher, { versions: versions.slice(3, 5) }))).toMatch(
      /\(versions 2 to 1 of the model were tried\)$/,
    );
  });

  test('is not compared with older versions if it is for another receipt, or signed by somebody else', async () => {
    const { voucher, ...rest } = await signed(0n, { versions: REVISED });
    const forged = signVoucher(chain, bob.privateKey, voucher, rest);
    versionsRead = [];
    expect(await codeOf(() => paidBy(forged, { versions: REVISED }))).toMatch(/^VOUCHER_SIGNER/);
    const later = signVoucher(chain, heidi.privateKey, { ...voucher, count: 2n }, rest);
    expect(await codeOf(() => paidBy(later, { versions: REVISED }))).toMatch(
      /^VOUCHER_MISMATCH: .*receipt 1$/,
    );
    expect(versionsRead).toEqual([]);
  });

  test('is not compared with versions whose rules refuse the texts, while others allow them', async () => {
    // Punctuation counts by the rules 1, which allow no output of so many tokens.
    const long = { output: file('marks-between.txt', 'a, '.repeat(2_100)) };
    const [first = {}, second = {}] = REVISED;
    const voucher = await signed(0n, { ...long, versions: [second] });
    expect((await paidBy(voucher, { ...long, versions: [second, first] })).next.version).toBe(1);
    const another = await signed(0n, { versions: [second] });
    expect(await codeOf(() => paidBy(another, { ...long, versions: [first, second] }))).toMatch(
      /^VOUCHER_MISMATCH: /,
    );
    expect(await codeOf(() => paidBy(voucher, { ...long, versions: [first] }))).toMatch(/^OUTPUT_TOO_LONG: /);
  });

  test.each(SIGNATURE_FORMS)('may be signed by a wallet that gives %s', async (_, change) => {
    const made = await signed(3n);
    const json = signedVoucherToJson({ ...made, signature: change(made.signature) });
    const read = await readSignedVoucher(file('wallet.json', JSON.stringify(json)), addressBook([]));
    expect((await paidBy(read)).group.voucher.signature).toEqual(made.signature);
  });

  test('is read back from its file, where names stand for addresses', async () => {
    const book = addressBook([
      { name: 'heidi', address: heidi.address },
      { name: 'bob', address: bob.address },
    ]);
    const made = await signed(3n, {}, 2);
    const json = signedVoucherToJson(made);
    expect(json).toMatchObject({ salt: toHex(SALT), version: 2, voucher: { lane: 4 } });
    expect(await readSignedVoucher(file('v.json', JSON.stringify(json)), book)).toEqual(made);
    const named = JSON.stringify(json).replace(/"payer":"0x[0-9a-f]{40}"/, '"payer":"heidi"');
    expect(named).toContain('"heidi"');
    expect(await readSignedVoucher(file('v.json', named), book)).toEqual(made);
    const { version, ...older } = json as { readonly [key: string]: unknown };
    expect(version).toBe(2);
    expect(await readSignedVoucher(file('v.json', JSON.stringify(older)), book)).toEqual({
      ...made,
      version: undefined,
    });
    await expect(readSignedVoucher(file('v.json', '{"voucher":{}}'), book)).rejects.toMatchObject({
      code: 'PAYLOAD_INVALID',
    });
  });
});
