import { mnemonicToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { encodeTransaction } from '../../../../src/client/checked.ts';
import { createRpcClient } from '../../../../src/client/rpc-client.ts';
import {
  type MnemonicOptions,
  mnemonicPrivateKey,
  mnemonicSigner,
} from '../../../../src/client/signers/mnemonic.ts';
import { privateKeySigner } from '../../../../src/client/signers/private-key.ts';
import type { Signer } from '../../../../src/client/signers/signer.ts';
import { createWallet } from '../../../../src/client/wallet.ts';
import { toHeight, ZERO_ROOT } from '../../../../src/lib/brands.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import { domainSeparator } from '../../../../src/lib/eip712.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { addressOfPrivateKey, recoverAddress, signDigest } from '../../../../src/lib/secp256k1.ts';
import { chainIdentity } from '../../../../state/genesis.ts';
import { KINDS } from '../../../../state/tx/registry.ts';
import {
  checkTransaction,
  decodeTransaction,
  signTransaction,
  transactionRules,
} from '../../../../state/tx/transaction.ts';
import { voucherDigest } from '../../../../state/tx/voucher.ts';
import { SIGNATURE_FORMS } from '../../lib/signature-forms.ts';
import { addressOf, genesisOf, keyOf } from '../../state/fixture.ts';

const genesis = genesisOf();
const chain = chainIdentity(genesis);
const separator = domainSeparator(chain);
const client = createRpcClient('http://127.0.0.1:9');
const ada = keyOf('ada');

const unsigned = {
  nonce: 7n,
  maxFee: 10n ** 18n,
  tip: 3n,
  validUntil: toHeight(100n),
  body: unwrap(
    KINDS.find(({ name }) => name === 'transfer')?.fromJson({ to: toHex(addressOf('bob')), amount: '12' }) ??
      expect.unreachable('there are transfers'),
  ),
};
const voucher = {
  payer: addressOf('ada'),
  provider: addressOf('bob'),
  lane: 1,
  amount: 5n,
  count: 1n,
  accumulator: ZERO_ROOT,
};

/** Signs with the key of ada, and hands over what the test makes of the signature. */
const altering = (change: (signature: Uint8Array) => unknown): Signer => ({
  address: addressOfPrivateKey(ada),
  sign: async ({ digest }) => change(signDigest(digest, ada)) as Uint8Array,
});

describe('a wallet of a private key', () => {
  test('signs as the chain defines it, and its transaction is valid', async () => {
    const wallet = await createWallet(client, privateKeySigner(ada), chain);
    const { id, bytes } = await wallet.sign(unsigned);
    expect(signTransaction(ada, unsigned, separator)).toEqual({ id, bytes });
    const rules = transactionRules(chain, genesis.params);
    expect(checkTransaction(unwrap(decodeTransaction(bytes)), rules, recoverAddress).ok).toBe(true);
  });

  test('signs vouchers', async () => {
    const wallet = await createWallet(client, ada, chain);
    const signature = await wallet.signVoucher(voucher);
    const signer = unwrap(recoverAddress(voucherDigest(separator, voucher), signature));
    expect(toHex(signer)).toBe(toHex(addressOf('ada')));
  });

  test('does not change when the array of the key does', async () => {
    const key = Uint8Array.from(ada);
    const signer = privateKeySigner(key);
    key.fill(7);
    const wallet = await createWallet(client, signer, chain);
    expect((await wallet.sign(unsigned)).bytes).toEqual(signTransaction(ada, unsigned, separator).bytes);
  });

  test.each<[unknown, string, string]>([
    [new Uint8Array(32), 'KEY_INVALID', 'privateKey'],
    [new Uint8Array(32).fill(255), 'KEY_INVALID', 'privateKey'],
    [new Uint8Array(33).fill(1), 'KEY_INVALID', 'privateKey'],
    ['0x01', 'ARGUMENT_INVALID', 'signer'],
    [null, 'ARGUMENT_INVALID', 'signer'],
    [undefined, 'ARGUMENT_INVALID', 'signer'],
    [{ address: '0x12', sign: () => undefined }, 'ARGUMENT_INVALID', 'signer'],
  ])('is not made of %j', async (given, code, field) => {
    await expect(createWallet(client, given as Uint8Array, chain)).rejects.toMatchObject({
      code,
      fault: { data: { field } },
    });
  });

  test.each<[string, object, string]>([
    [
      'a number for a nonce',
      { nonce: 7 },
      'nonce: must be a bigint of 0 to 18446744073709551615, not number',
    ],
    ['no fee', { maxFee: undefined }, 'maxFee: must be a bigint'],
  ])('does not sign a transaction with %s', async (_, change, message) => {
    const wallet = await createWallet(client, ada, chain);
    const refused = wallet.sign({ ...unsigned, ...change });
    await expect(refused).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    await expect(refused).rejects.toThrow(message);
  });

  test('does not sign a voucher with a wrong field, and names all of them', async () => {
    const wallet = await createWallet(client, ada, chain);
    await expect(
      wallet.signVoucher({ ...voucher, payer: '0x12' as never, count: -1n }),
    ).rejects.toMatchObject({
      code: 'JSON_INVALID',
      fault: { data: { problems: ['payer: expected 20 bytes, got 1', expect.stringContaining('count: ')] } },
    });
  });

  test('of hex is refused with how to make bytes of it', () => {
    expect(() => privateKeySigner(toHex(ada) as never)).toThrow(/privateKey: must be .*fromHex/);
  });
});

describe('the signature of any signer', () => {
  test.each(SIGNATURE_FORMS)('is brought to the one form: %s', async (_, change) => {
    const wallet = await createWallet(client, altering(change), chain);
    expect((await wallet.sign(unsigned)).bytes).toEqual(signTransaction(ada, unsigned, separator).bytes);
  });

  test.each(SIGNATURE_FORMS)('that was made elsewhere becomes a transaction: %s', async (_, change) => {
    const wallet = await createWallet(client, ada, chain);
    const { id, bytes } = await wallet.sign(unsigned);
    const draft = { ...unsigned, from: addressOf('ada') };
    expect(encodeTransaction(draft, change(signDigest(id, ada)))).toEqual(bytes);
    for (const length of [0, 63, 66])
      expect(() => encodeTransaction(draft, new Uint8Array(length))).toThrow(
        expect.objectContaining({ code: 'ARGUMENT_INVALID' }) as Error,
      );
  });

  test.each<[string, (signature: Uint8Array) => unknown]>([
    ['nothing', () => undefined],
    ['text', (signature) => toHex(signature)],
    ['too few bytes', (signature) => signature.subarray(0, 63)],
    ['too many bytes', (signature) => Uint8Array.of(...signature, 0)],
    ['another v', (signature) => signature.with(64, 31)],
    ['a changed r', (signature) => signature.with(0, (signature[0] ?? 0) ^ 1)],
    ['zeros', (signature) => new Uint8Array(signature.length)],
    ['ones', (signature) => new Uint8Array(signature.length).fill(255)],
    ['the other v', (signature) => signature.with(64, signature[64] === 27 ? 28 : 27)],
  ])('is refused if it is %s', async (_, change) => {
    const wallet = await createWallet(client, altering(change), chain);
    await expect(wallet.sign(unsigned)).rejects.toMatchObject({ code: 'WALLET_SIGNATURE' });
    await expect(wallet.signVoucher(voucher)).rejects.toMatchObject({ code: 'WALLET_SIGNATURE' });
  });

  test('of another account is refused, with both accounts', async () => {
    const other: Signer = { ...privateKeySigner(keyOf('bob')), address: addressOf('ada') };
    const wallet = await createWallet(client, other, chain);
    const refused = wallet.sign(unsigned);
    await expect(refused).rejects.toMatchObject({ code: 'WALLET_SIGNATURE' });
    await expect(refused).rejects.toThrow(toHex(addressOf('bob')));
  });
});

describe('a mnemonic', () => {
  const words = 'test test test test test test test test test test test junk';
  const keyText = async (mnemonic: string, options?: MnemonicOptions): Promise<string> =>
    toHex(await mnemonicPrivateKey(mnemonic, options));

  test('has the accounts that Ethereum wallets show', async () => {
    for (const index of [0, 1, 7, 2 ** 31 - 1]) {
      const { address } = mnemonicToAccount(words, { addressIndex: index });
      const signer = await mnemonicSigner(words, { index });
      expect(toHex(signer.address)).toBe(address.toLowerCase());
    }
    // The first account of Hardhat and Anvil.
    expect(await keyText(words)).toBe('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');
  });

  test('has other accounts under another passphrase', async () => {
    const key = await mnemonicPrivateKey(words, { passphrase: 'TREZOR' });
    const { address } = mnemonicToAccount(words, { passphrase: 'TREZOR' });
    expect(toHex(addressOfPrivateKey(key))).toBe(address.toLowerCase());
  });

  test('is the same with other spaces and capitals', async () => {
    const written = `  ${words.toUpperCase().replace(' ', '\n\t ')}  `;
    expect(await keyText(written)).toBe(await keyText(words));
  });

  test('with wrong words names them and their places, and no other word', async () => {
    const wrong = words.replace('junk', 'jumk').replace('test', 'tset');
    const refused = mnemonicPrivateKey(wrong);
    await expect(refused).rejects.toMatchObject({
      code: 'MNEMONIC_WORD',
      message:
        'mnemonic: word 1 ("tset") is not in the English word list; word 12 ("jumk") is not in the English word list',
      fault: { data: { position: 1, positions: ['1', '12'] } },
    });
    await expect(mnemonicPrivateKey(words.replace('junk', 'abandn'))).rejects.toThrow(
      'word 12 ("abandn") is not in the English word list; is it abandon?',
    );
    await expect(mnemonicPrivateKey(`${words}.`)).rejects.toThrow(
      'word 12 ("junk.") is not in the English word list; is it junk?',
    );
  });

  test('with numbers between the words names the first of them', async () => {
    const numbered = words.split(' ').flatMap((word, i) => [`${i + 1}.`, word]);
    await expect(mnemonicPrivateKey(numbered.slice(0, 22).join(' '))).rejects.toThrow(
      'not 22; "1.", the 1. of them, is no word: give the words alone',
    );
    await expect(mnemonicPrivateKey(`key ${'ab'.repeat(16)}1`)).rejects.not.toThrow('ab');
  });

  test.each([
    ['', 0],
    ['test', 1],
    [words.replace(' junk', ''), 11],
    [`${words} test`, 13],
    ['a '.repeat(5_000), 5_000],
  ])('has 12, 15, 18, 21 or 24 words', async (mnemonic, count) => {
    await expect(mnemonicPrivateKey(mnemonic)).rejects.toMatchObject({
      code: 'MNEMONIC_LENGTH',
      fault: { data: { words: count } },
    });
  });

  test('whose words do not belong together says so, and shows none', async () => {
    const refused = mnemonicPrivateKey(words.replace('junk', 'test'));
    await expect(refused).rejects.toMatchObject({ code: 'MNEMONIC_CHECKSUM' });
    await expect(refused).rejects.not.toThrow('test');
  });

  test.each<[unknown, MnemonicOptions, string]>([
    [5, {}, 'mnemonic'],
    [null, {}, 'mnemonic'],
    [words, { index: -1 }, 'index'],
    [words, { index: 2 ** 31 }, 'index'],
    [words, { index: 0.5 }, 'index'],
    [words, { index: '0' as never }, 'index'],
    [words, { passphrase: 5 as never }, 'passphrase'],
    [words, { passphrase: 'half of a pair: \ud83d' }, 'passphrase'],
  ])('of a wrong type is refused: %j, %j', async (mnemonic, options, field) => {
    await expect(mnemonicPrivateKey(mnemonic as string, options)).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      fault: { data: { field } },
    });
  });
});
