import { createWalletClient, custom, http, type TypedDataDefinition } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { createRpcClient } from '../../../../src/client/rpc-client.ts';
import {
  type Eip1193Provider,
  type ExternalOptions,
  type ExternalWallet,
  externalSigner,
} from '../../../../src/client/signers/external.ts';
import { createWallet } from '../../../../src/client/wallet.ts';
import { toHeight } from '../../../../src/lib/brands.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import { domainSeparator } from '../../../../src/lib/eip712.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { addressToChecksum } from '../../../../src/lib/secp256k1.ts';
import { chainIdentity } from '../../../../state/genesis.ts';
import { KINDS } from '../../../../state/tx/registry.ts';
import { signTransaction } from '../../../../state/tx/transaction.ts';
import { addressOf, genesisOf, keyOf } from '../../state/fixture.ts';

const chain = chainIdentity(genesisOf());
const client = createRpcClient('http://127.0.0.1:9');
const ada = privateKeyToAccount(toHex(keyOf('ada')));
const bob = privateKeyToAccount(toHex(keyOf('bob')));
const unsigned = {
  nonce: 7n,
  maxFee: 10n ** 18n,
  tip: 3n,
  validUntil: toHeight(100n),
  body: unwrap(
    KINDS.find(({ name }) => name === 'transfer')?.fromJson({ to: bob.address, amount: '12' }) ??
      expect.unreachable('there are transfers'),
  ),
};
const expected = signTransaction(keyOf('ada'), unsigned, domainSeparator(chain));

const typedData = (params: unknown): TypedDataDefinition => {
  const [, text] = params as readonly [string, string];
  return JSON.parse(text) as TypedDataDefinition;
};

/** A wallet of the browser that signs with the key of ada, unless a test says what it answers to a method. */
const browserWallet = (answers: Readonly<Record<string, (params: unknown) => unknown>> = {}) => {
  const asked: { method: string; params: unknown }[] = [];
  const listeners = new Map<string, Set<() => void>>();
  const own: typeof answers = {
    eth_requestAccounts: () => [ada.address, bob.address],
    eth_signTypedData_v4: (params) => ada.signTypedData(typedData(params)),
    ...answers,
  };
  const wallet: Eip1193Provider = {
    request: async ({ method, params }) => {
      asked.push({ method, params });
      return own[method]?.(params);
    },
    on: (event, listener) => {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set.add(listener));
    },
    removeListener: (event, listener) => listeners.get(event)?.delete(listener),
  };
  return { wallet, asked, listeners };
};

const signed = async (wallet: ExternalWallet, options?: ExternalOptions) => {
  const signer = await externalSigner(wallet, options);
  return (await createWallet(client, signer, chain)).sign(unsigned);
};
const failing = (error: unknown) => () => {
  throw error;
};
const providerError = (code: number, message: string): Error => Object.assign(new Error(message), { code });

describe('a wallet of the browser (EIP-1193)', () => {
  test('signs the typed data, whose digest is the id of the transaction', async () => {
    const { wallet, asked, listeners } = browserWallet();
    expect(await signed(wallet)).toEqual(expected);
    expect(asked.map(({ method }) => method)).toEqual(['eth_requestAccounts', 'eth_signTypedData_v4']);
    const [, request] = asked;
    expect(request?.params).toMatchObject([toHex(addressOf('ada')), expect.any(String)]);
    expect(typedData(request?.params)).toMatchObject({
      primaryType: 'Transaction',
      domain: { chainId: Number(chain.chainId), salt: toHex(chain.genesisHash) },
      message: { nonce: '7' },
    });
    expect([...listeners.values()].every((set) => set.size === 0)).toBe(true);
  });

  test.each([addressToChecksum(addressOf('bob')), toHex(addressOf('bob')), addressOf('bob')])(
    'signs for the account that is asked for: %s',
    async (account) => {
      const { wallet } = browserWallet({
        eth_signTypedData_v4: (params) => bob.signTypedData(typedData(params)),
      });
      const signer = await externalSigner(wallet, { account });
      expect(toHex(signer.address)).toBe(toHex(addressOf('bob')));
      await expect((await createWallet(client, signer, chain)).sign(unsigned)).resolves.toHaveProperty('id');
    },
  );

  test('that has another account says which ones it has', async () => {
    const { wallet } = browserWallet({ eth_requestAccounts: () => [bob.address] });
    await expect(externalSigner(wallet, { account: ada.address })).rejects.toMatchObject({
      code: 'WALLET_ACCOUNT',
      fault: { data: { offered: [bob.address] } },
    });
  });

  test.each([[[]], [undefined], [null], ['0x'], [[5, '0x12']]])(
    'that offers %j has no account',
    async (offered) => {
      const { wallet } = browserWallet({ eth_requestAccounts: () => offered });
      await expect(externalSigner(wallet)).rejects.toMatchObject({ code: 'WALLET_ACCOUNT' });
    },
  );

  test('that signs with another account than it said is not believed', async () => {
    const { wallet } = browserWallet({
      eth_signTypedData_v4: (params) => bob.signTypedData(typedData(params)),
    });
    await expect(signed(wallet)).rejects.toMatchObject({ code: 'WALLET_SIGNATURE' });
  });

  test.each([undefined, null, 5, '', '0x', 'signed', {}])(
    'that signs with %j is not believed',
    async (answer) => {
      const { wallet } = browserWallet({ eth_signTypedData_v4: () => answer });
      await expect(signed(wallet)).rejects.toMatchObject({ code: 'WALLET_SIGNATURE' });
    },
  );

  test.each([
    [providerError(4001, 'User rejected the request.'), 'WALLET_REFUSED'],
    [{ code: 4001, message: 'no' }, 'WALLET_REFUSED'],
    [
      Object.assign(new Error('Internal error'), { code: -32603, data: { originalError: { code: 4001 } } }),
      'WALLET_REFUSED',
    ],
    [new Error('wrapped', { cause: providerError(4001, 'no') }), 'WALLET_REFUSED'],
    [providerError(4100, 'not authorized'), 'WALLET_ACCOUNT'],
    [providerError(4900, 'disconnected'), 'WALLET_UNAVAILABLE'],
    [providerError(4901, 'chain disconnected'), 'WALLET_UNAVAILABLE'],
    [providerError(-32602, 'Provided chainId "4242" must match the active chainId "1"'), 'WALLET_FAILED'],
    ['whatever', 'WALLET_FAILED'],
    [undefined, 'WALLET_FAILED'],
  ])('that fails with %j has a code: %s', async (error, code) => {
    const asking = browserWallet({ eth_requestAccounts: failing(error) });
    await expect(externalSigner(asking.wallet)).rejects.toMatchObject({ code });
    const signing = browserWallet({ eth_signTypedData_v4: failing(error) });
    await expect(signed(signing.wallet)).rejects.toMatchObject({ code });
    expect([...signing.listeners.values()].every((set) => set.size === 0)).toBe(true);
  });

  test('that vanishes while it is asked is unavailable', async () => {
    const { wallet, listeners } = browserWallet({
      eth_signTypedData_v4: () => {
        queueMicrotask(() => {
          for (const listener of listeners.get('disconnect') ?? []) listener();
        });
        return new Promise(() => undefined);
      },
    });
    await expect(signed(wallet)).rejects.toMatchObject({ code: 'WALLET_UNAVAILABLE' });
  });

  test('that never answers is unavailable after a time', async () => {
    const { wallet } = browserWallet({ eth_requestAccounts: () => new Promise(() => undefined) });
    const { on: _, removeListener: __, ...silent } = wallet;
    await expect(externalSigner(silent, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'WALLET_UNAVAILABLE',
    });
  });

  test.each([undefined, null, {}, 5, 'ethereum'])('that is %j is none', async (wallet) => {
    await expect(externalSigner(wallet as never)).rejects.toMatchObject({ code: 'WALLET_UNAVAILABLE' });
  });

  test.each<[ExternalOptions, string]>([
    [{ account: '0x12' }, 'account'],
    [{ account: new Uint8Array(19) }, 'account'],
    [{ account: 5 as never }, 'account'],
    [{ account: toHex(addressOf('ada')).slice(2) }, 'account'],
    [{ account: ada.address.replace(/[a-f]/, (letter) => letter.toUpperCase()) }, 'account'],
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ timeoutMs: Number.NaN }, 'timeoutMs'],
  ])('is not asked with the options %j', async (options, field) => {
    const { wallet, asked } = browserWallet();
    await expect(externalSigner(wallet, options)).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      fault: { data: { field } },
    });
    expect(asked).toEqual([]);
  });
});

describe('viem', () => {
  test('signs with a local account', async () => {
    expect(await signed(ada)).toEqual(expected);
  });

  test('signs with a wallet client that has a local account', async () => {
    const transport = http('http://127.0.0.1:9');
    expect(await signed(createWalletClient({ account: ada, transport }))).toEqual(expected);
  });

  test('signs with a wallet client of a wallet of the browser', async () => {
    const { wallet } = browserWallet();
    const transport = custom(wallet);
    expect(await signed(createWalletClient({ account: ada.address, transport }))).toEqual(expected);
  });

  test('whose user refuses has the code for that', async () => {
    const { wallet } = browserWallet({ eth_signTypedData_v4: failing(providerError(4001, 'no')) });
    const transport = custom(wallet);
    const refused = signed(createWalletClient({ account: ada.address, transport }));
    await expect(refused).rejects.toMatchObject({ code: 'WALLET_REFUSED' });
  });

  test('has to be the account that is asked for', async () => {
    await expect(externalSigner(ada, { account: bob.address })).rejects.toMatchObject({
      code: 'WALLET_ACCOUNT',
    });
    const nobody = createWalletClient({ transport: http('http://127.0.0.1:9') });
    await expect(externalSigner(nobody)).rejects.toMatchObject({ code: 'WALLET_ACCOUNT' });
  });
});
