/**
 * Signs with a wallet that keeps its key to itself: a provider of EIP-1193, such as `window.ethereum`, or an account or
 * a wallet client of viem. The types say what is used of them, so that none of these packages is needed here.
 */
import type { Address } from '../../lib/brands.ts';
import { equal, fromHex, toHex } from '../../lib/bytes.ts';
import { CodedError, toFault } from '../../lib/errors.ts';
import { addressToChecksum, parseAddress } from '../../lib/secp256k1.ts';
import { fault } from '../errors.ts';
import type { Signer, SignRequest } from './signer.ts';

/** What is used of a provider (https://eips.ethereum.org/EIPS/eip-1193). */
export type Eip1193Provider = {
  request(args: { method: string; params?: unknown }): Promise<unknown>;
  on?(event: string, listener: (...args: never[]) => void): unknown;
  removeListener?(event: string, listener: (...args: never[]) => void): unknown;
};

/** What is used of an account of viem (`privateKeyToAccount` and others), or of a wallet client with an account. */
export type ViemAccount = {
  readonly address?: string;
  readonly account?: { readonly address: string } | undefined;
  // A bivariant method: viem derives the type of its argument from the argument itself.
  signTypedData?(typedData: never): Promise<string>;
};

export type ExternalWallet = Eip1193Provider | ViemAccount;

export type ExternalOptions = {
  /** The account that is to sign, as bytes or 0x-hex: the first one that the wallet offers if left out. */
  readonly account?: Uint8Array | string;
  /** How long the wallet may take to answer: ten minutes if left out, as a person has to read and confirm. */
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 600_000;

const badArgument = (field: string, must: string): CodedError =>
  new CodedError(fault('ARGUMENT_INVALID', `${field}: ${must}`, { field }));

const read = (value: unknown, name: string): unknown =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'
    ? Reflect.get(value, name)
    : undefined;

/** The most errors that are looked through: libraries wrap the error of a wallet in errors of their own. */
const CAUSES_MAX = 8;

/** The code of the provider (EIP-1193, EIP-1474) in an error or in what caused it. */
const providerCode = (error: unknown): number | undefined => {
  let each = error;
  for (let i = 0; i < CAUSES_MAX && each !== undefined && each !== null; i++) {
    const original = read(read(each, 'data'), 'originalError');
    for (const code of [read(original, 'code'), read(each, 'code')])
      if (code === 4001 || code === 4100 || code === 4900 || code === 4901) return code;
    each = read(each, 'cause');
  }
  return undefined;
};

const messageOf = (error: unknown): string => {
  const message = read(error, 'message');
  return (typeof message === 'string' && message !== '' ? message : toFault(error).message).slice(0, 300);
};

const vanished = (why: string): CodedError =>
  new CodedError(fault('WALLET_UNAVAILABLE', `the wallet does not answer: ${why}`));

/** Returns the error of a wallet with a code of the client. */
const walletError = (error: unknown): CodedError => {
  if (error instanceof CodedError) return error;
  switch (providerCode(error)) {
    case 4001:
      return new CodedError(fault('WALLET_REFUSED', 'the user of the wallet refused'), { cause: error });
    case 4100:
      return new CodedError(
        fault('WALLET_ACCOUNT', `the wallet does not give access to the account: ${messageOf(error)}`),
        { cause: error },
      );
    case 4900:
    case 4901:
      return vanished(messageOf(error));
    default:
      return new CodedError(fault('WALLET_FAILED', `the wallet failed: ${messageOf(error)}`), {
        cause: error,
      });
  }
};

/** Waits for a wallet, as long as it is there. */
const answerOf = async (
  wallet: ExternalWallet,
  timeoutMs: number,
  ask: () => Promise<unknown>,
): Promise<unknown> => {
  const { promise: left, reject: gone } = Promise.withResolvers<never>();
  const timer = setTimeout(() => gone(vanished(`no answer within ${timeoutMs} ms`)), timeoutMs);
  const disconnected = (): void => gone(vanished('it was disconnected'));
  const provider = 'request' in wallet ? wallet : undefined;
  try {
    provider?.on?.('disconnect', disconnected);
    return await Promise.race([ask(), left]);
  } catch (error) {
    throw walletError(error);
  } finally {
    clearTimeout(timer);
    provider?.removeListener?.('disconnect', disconnected);
  }
};

const requested = ({ account }: ExternalOptions): Address | undefined => {
  if (account === undefined) return undefined;
  if (account instanceof Uint8Array && account.length === 20) return account as Address;
  const parsed = typeof account === 'string' ? parseAddress(account) : undefined;
  if (parsed === undefined)
    throw badArgument('account', 'must be an address: a Uint8Array of 20 bytes, or 0x and 40 hex digits');
  if (!parsed.ok) throw badArgument('account', parsed.fault.message);
  return parsed.value;
};

/** The accounts of a wallet, which gives them as 0x-hex, with or without a checksum. */
const accountsOf = (answer: unknown): readonly Address[] =>
  (Array.isArray(answer) ? answer : []).flatMap((each: unknown) => {
    const address = typeof each === 'string' ? fromHex(each, 20) : undefined;
    return address?.ok ? [address.value as Address] : [];
  });

/** Chooses the account. @throws CodedError `WALLET_ACCOUNT` */
const chosenOf = (offered: readonly Address[], account: Address | undefined): Address => {
  const [first] = offered;
  if (first === undefined)
    throw new CodedError(fault('WALLET_ACCOUNT', 'the wallet offers no account; unlock it, or add one'));
  if (account === undefined) return first;
  if (offered.some((each) => equal(each, account))) return account;
  const names = offered.slice(0, 10).map(addressToChecksum);
  throw new CodedError(
    fault(
      'WALLET_ACCOUNT',
      `the wallet does not offer the account ${addressToChecksum(account)}; it offers ${names.join(', ')}`,
      { account: toHex(account), offered: names },
    ),
  );
};

const signatureOf = (answer: unknown): Uint8Array => {
  const bytes = typeof answer === 'string' ? fromHex(answer) : undefined;
  if (bytes?.ok) return bytes.value;
  throw new CodedError(
    fault('WALLET_SIGNATURE', 'what the wallet returned is no signature: it must be 0x-hex'),
  );
};

type TypedDataSigner = { signTypedData(typedData: unknown): Promise<unknown> };

const isTypedDataSigner = (value: unknown): value is TypedDataSigner =>
  typeof read(value, 'signTypedData') === 'function';
const isProvider = (value: unknown): value is Eip1193Provider => typeof read(value, 'request') === 'function';

/**
 * Signs with a wallet of the browser, or of viem.
 *
 * @example
 * const wallet = await createWallet(client, await externalSigner(window.ethereum));
 *
 * @throws CodedError `WALLET_UNAVAILABLE` (there is no wallet, or it does not answer), `WALLET_REFUSED` (its user said no),
 * `WALLET_ACCOUNT` (it has another account), `WALLET_FAILED`, `ARGUMENT_INVALID`. Its `sign` throws these too, and
 * `WALLET_SIGNATURE`.
 */
export const externalSigner = async (
  wallet: ExternalWallet,
  options: ExternalOptions = {},
): Promise<Signer> => {
  const { timeoutMs = TIMEOUT_MS } = options;
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0)
    throw badArgument('timeoutMs', 'must be a number of milliseconds above 0');
  const account = requested(options);
  const ask = (run: () => Promise<unknown>): Promise<unknown> => answerOf(wallet, timeoutMs, run);

  // A wallet client of viem is a provider too, but only this way does it use an account of its own.
  if (isTypedDataSigner(wallet)) {
    const own = read(wallet, 'address') ?? read(read(wallet, 'account'), 'address');
    const address = chosenOf(accountsOf([own]), account);
    return {
      address,
      sign: async ({ typedData }) => signatureOf(await ask(() => wallet.signTypedData(typedData))),
    };
  }
  if (!isProvider(wallet))
    throw vanished(
      'there is none: a provider of EIP-1193 has `request`, an account of viem has `signTypedData`',
    );
  const offered = accountsOf(await ask(() => wallet.request({ method: 'eth_requestAccounts' })));
  const address = chosenOf(offered, account);
  const sign = async ({ typedData }: SignRequest): Promise<Uint8Array> => {
    const params = [toHex(address), JSON.stringify(typedData)];
    return signatureOf(await ask(() => wallet.request({ method: 'eth_signTypedData_v4', params })));
  };
  return { address, sign };
};
