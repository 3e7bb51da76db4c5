import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { addressBook } from '../../../src/cli/names.ts';
import { type NextReceipt, readAnswer } from '../../../src/cli/receipt/answer.ts';
import {
  groupOf,
  readSignedVoucher,
  signedVoucherToJson,
  signVoucher,
} from '../../../src/cli/receipt/signed-voucher.ts';
import { openVoucherChannel, type VoucherUse } from '../../../src/client/voucher-channel.ts';
import { type Root, ZERO_ROOT } from '../../../src/lib/brands.ts';
import { domainSeparator } from '../../../src/lib/eip712.ts';
import { CodedError } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { modelFee } from '../../../state/tx/receipt.ts';
import { actor } from '../rpc/small-chain.ts';

const folder = mkdtempSync(join(tmpdir(), 'openledger-receipts-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const heidi = actor('heidi');
const bob = actor('bob');
const chain = { chainId: 7n, genesisHash: sha256(new TextEncoder().encode('genesis')) };
const prices = { in: 2_000n, out: 10_000n };
const prompt = file('prompt.txt', 'Which vegetables did he plant?');
const output = file('output.txt', 'Purple carrots, beside the wall.');
const answer = readAnswer(prompt, output);
const START: VoucherUse = { amount: 0n, count: 0n, accumulator: ZERO_ROOT };

const nextOf = (use: VoucherUse = START, manifest: Root = ZERO_ROOT): NextReceipt => ({
  channel: openVoucherChannel(
    domainSeparator(chain),
    { payer: heidi.address, provider: bob.address, model: 1, manifest },
    use,
  ),
  use,
  fee: modelFee(answer.body, prices),
  version: 1,
});

/** What the payer signs for the answer. */
const signed = (compute: bigint, use: VoucherUse = START, body = answer.body) => {
  const { channel, fee } = nextOf(use);
  return signVoucher(chain, heidi.privateKey, channel.add({ ...body, compute, fee }));
};

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof CodedError) return `${error.code}: ${error.message}`;
  }
  return 'nothing';
};

describe('an answer', () => {
  test('is counted in PT-1 tokens, and committed to by its roots', () => {
    expect(answer.body).toMatchObject({ tokensIn: 6, tokensOut: 7 });
    expect(answer.body.promptRoot).not.toEqual(answer.body.outputRoot);
    expect(readAnswer(prompt, output)).toEqual(answer);
    const { body } = readAnswer(prompt, file('line.txt', 'Purple carrots, beside the wall.\n'));
    expect(body.tokensOut).toBe(7);
  });

  test.each<[code: string, path: string]>([
    ['FILE_MISSING', join(folder, 'nowhere.txt')],
    ['FILE_UNREADABLE', folder],
    ['UTF8_INVALID', file('bytes.txt', Uint8Array.of(0x61, 0xff))],
    ['OUTPUT_TOO_LONG', file('long.txt', 'a '.repeat(4_097))],
  ])('is refused with %s, and the file is named', (code, path) => {
    expect(codeOf(() => readAnswer(prompt, path))).toMatch(new RegExp(`^${code}: .*${path}`));
  });
});

describe('a signed voucher', () => {
  test('pays for the receipt that follows from its texts, and its price for compute is what it pays beyond the fee', () => {
    const { group, body } = groupOf(signed(500n), answer.body, nextOf());
    expect(body).toEqual({ ...answer.body, compute: 500n, fee: modelFee(answer.body, prices) });
    expect(group).toMatchObject({ payer: heidi.address, model: 1, receipts: [body] });
    expect(group.voucher).toMatchObject({ amount: 500n + body.fee, count: 1n });
    const use = { ...group.voucher };
    const second = groupOf(signed(0n, use), answer.body, nextOf(use));
    expect(second.group.voucher).toMatchObject({ amount: 500n + 2n * body.fee, count: 2n });
  });

  test('is refused if it pays for something else, with what differs', () => {
    const fits = signed(0n);
    const other = readAnswer(prompt, file('other.txt', 'Nothing.'));
    const used: VoucherUse = { ...START, count: 1n };
    const { voucher } = fits;
    const cheap = signVoucher(chain, heidi.privateKey, { ...voucher, amount: voucher.amount - 1n });
    const mismatch = (...args: Parameters<typeof groupOf>) => codeOf(() => groupOf(...args));
    expect(mismatch(fits, answer.body, nextOf(used))).toMatch(
      /^VOUCHER_MISMATCH: .*ask the payer for .* receipt 2/,
    );
    expect(mismatch(cheap, answer.body, nextOf())).toMatch(
      /^VOUCHER_MISMATCH: .*less than the fee of the model/,
    );
    expect(mismatch(fits, other.body, nextOf())).toMatch(
      /^VOUCHER_MISMATCH: .*another prompt, output or version/,
    );
    const revised = nextOf(START, sha256(new TextEncoder().encode('manifest')));
    expect(mismatch(fits, answer.body, revised)).toMatch(
      /^VOUCHER_MISMATCH: .*another prompt, output or version/,
    );
    const forged = signVoucher(chain, bob.privateKey, voucher);
    expect(mismatch(forged, answer.body, nextOf())).toMatch(/^VOUCHER_SIGNER: /);
  });

  test('is read back from its file, where names stand for addresses', async () => {
    const book = addressBook([
      { name: 'heidi', address: heidi.address },
      { name: 'bob', address: bob.address },
    ]);
    const made = signed(3n);
    const json = signedVoucherToJson(made);
    expect(await readSignedVoucher(file('v.json', JSON.stringify(json)), book)).toEqual(made);
    const named = JSON.stringify(json).replace(/"payer":"0x[0-9a-f]{40}"/, '"payer":"heidi"');
    expect(named).toContain('"heidi"');
    expect(await readSignedVoucher(file('v.json', named), book)).toEqual(made);
    await expect(readSignedVoucher(file('v.json', '{"voucher":{}}'), book)).rejects.toMatchObject({
      code: 'PAYLOAD_INVALID',
    });
  });
});
