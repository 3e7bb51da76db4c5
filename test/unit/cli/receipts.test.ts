import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { METHOD_SCHEMAS } from '../../../rpc/schemas/registry.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { addressBook } from '../../../src/cli/names.ts';
import { type NextReceipt, openNextReceipt, uploadOf } from '../../../src/cli/receipt/answer.ts';
import {
  groupOf,
  readSignedVoucher,
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

type Asked = {
  readonly use?: VoucherUse;
  readonly output?: string;
  readonly salt?: Root;
  readonly lane?: number;
  /** What the node says of the model. */
  readonly model?: { readonly manifest?: string; readonly rules?: number };
};

/** Reads the answer as one of the parties does, from a node that has these vouchers. */
const nextOf = async (asked: Asked = {}): Promise<NextReceipt> => {
  const { use = START, salt = SALT, lane = 4, model = {} } = asked;
  const client = await stubNode({
    model_get: complete(METHOD_SCHEMAS.model_get.result as object, {
      id: 1,
      version: 1,
      rules: 2,
      manifest: toHex(ZERO_ROOT),
      terms: { prices: { in: '2000', out: '10000' } },
      ...model,
    }),
    escrow_getVoucher: {
      amount: String(use.amount),
      count: String(use.count),
      accumulator: toHex(use.accumulator),
    },
  });
  const parties = { payer: heidi.address, provider: bob.address, lane, model: 1 };
  return openNextReceipt(client, chain, parties, { prompt, output: asked.output ?? output }, salt);
};

/** What the payer signs for the answer. */
const signed = async (compute: bigint, asked: Asked = {}) => {
  const { channel, bodyFor } = await nextOf(asked);
  return signVoucher(chain, heidi.privateKey, channel.add(bodyFor(compute)), SALT);
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
    const older = (await nextOf({ model: { rules: 1 } })).bodyFor(7n);
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
    const { group, body } = groupOf(await signed(500n), await nextOf());
    expect(body).toEqual((await nextOf()).bodyFor(500n));
    expect(group).toMatchObject({ payer: heidi.address, lane: 4, receipts: [body] });
    expect(group.voucher).toMatchObject({ amount: 500n + FEE, count: 1n });
    const use = { ...group.voucher };
    const second = groupOf(await signed(0n, { use }), await nextOf({ use }));
    expect(second.group.voucher).toMatchObject({ amount: 500n + 2n * FEE, count: 2n });
  });

  test('is refused if it pays for something else, with what differs', async () => {
    const fits = await signed(0n);
    const used: VoucherUse = { ...START, count: 1n };
    const { voucher } = fits;
    const cheap = signVoucher(chain, heidi.privateKey, { ...voucher, amount: voucher.amount - 1n }, SALT);
    const mismatch = async (file: typeof fits, asked: Asked = {}) => {
      const next = await nextOf(asked);
      return codeOf(() => groupOf(file, next));
    };
    expect(await mismatch(fits, { use: used })).toMatch(
      /^VOUCHER_MISMATCH: .*ask the payer for .* receipt 2/,
    );
    expect(await mismatch(cheap)).toMatch(/^VOUCHER_MISMATCH: .*less than the fee of the model/);
    const elsewhere = /^VOUCHER_MISMATCH: .*another prompt, output, model or version/;
    for (const asked of [
      { output: file('other.txt', 'Nothing.') },
      // The same tokens, and another text.
      { output: file('marked.txt', 'Purple carrots; beside the wall.') },
      { model: { manifest: toHex(sha256(utf8('manifest'))) } },
      { salt: sha256(utf8('another salt')) },
      { lane: 5 },
    ])
      expect(await mismatch(fits, asked)).toMatch(elsewhere);
    expect(await mismatch(fits)).toBe('nothing');
    const forged = signVoucher(chain, bob.privateKey, voucher, SALT);
    expect(await mismatch(forged)).toMatch(/^VOUCHER_SIGNER: /);
  });

  test('is read back from its file, where names stand for addresses', async () => {
    const book = addressBook([
      { name: 'heidi', address: heidi.address },
      { name: 'bob', address: bob.address },
    ]);
    const made = await signed(3n);
    const json = signedVoucherToJson(made);
    expect(json).toMatchObject({ salt: toHex(SALT), voucher: { lane: 4 } });
    expect(await readSignedVoucher(file('v.json', JSON.stringify(json)), book)).toEqual(made);
    const named = JSON.stringify(json).replace(/"payer":"0x[0-9a-f]{40}"/, '"payer":"heidi"');
    expect(named).toContain('"heidi"');
    expect(await readSignedVoucher(file('v.json', named), book)).toEqual(made);
    await expect(readSignedVoucher(file('v.json', '{"voucher":{}}'), book)).rejects.toMatchObject({
      code: 'PAYLOAD_INVALID',
    });
  });
});
