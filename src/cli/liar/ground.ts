/** What the liar and those around it work with: a node, keys, and patience. */

import type { Kind } from '../../../state/tx/kind.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { sleep } from '../../client/sleep.ts';
import { waitForTransaction } from '../../client/wait.ts';
import { createWallet, type Wallet } from '../../client/wallet.ts';
import { fromHex, type Hex, toHex } from '../../lib/bytes.ts';
import { CodedError, unwrap } from '../../lib/errors.ts';
import { fault } from '../errors.ts';

export type Ground = {
  readonly client: RpcClient;
  /** Returns the wallet of an account of the devnet, by its name. */
  readonly wallet: (name: string) => Promise<Wallet>;
  /** Returns the name of an account, or its address if it has none. */
  readonly label: (address: Uint8Array | string) => string;
  /** Is told what is waited for. */
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
};

/** An account of a devnet, as its file and its first line name it. */
export type KeyOfDevnet = { readonly name: string; readonly privateKey: string };

/** Returns the ground on the accounts of a devnet. Its wallets fault with `ACCOUNT_UNKNOWN`. */
export const groundOf = (accounts: readonly KeyOfDevnet[], ground: Omit<Ground, 'wallet'>): Ground => ({
  ...ground,
  wallet: async (name) => {
    const account = accounts.find((each) => each.name === name);
    if (account === undefined)
      throw new CodedError(fault('ACCOUNT_UNKNOWN', `the devnet has no account named ${name}`));
    return createWallet(ground.client, unwrap(fromHex(account.privateKey, 32)));
  },
});

const POLL_MS = 200;
const REPORT_MS = 5_000;

/**
 * Asks until there is an answer, and says now and then what it waits for and since when. How long that takes depends on
 * the machine, so it has no limit of time.
 * @throws the reason of the signal
 */
export const untilThere = async <T>(
  { progress, signal }: Pick<Ground, 'progress' | 'signal'>,
  what: string,
  read: () => Promise<T | undefined>,
): Promise<T> => {
  const started = performance.now();
  let reported = started;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    const now = performance.now();
    if (now >= reported + REPORT_MS) {
      reported = now;
      progress(`waiting for ${what}, since ${Math.round((now - started) / 1000)} s`);
    }
    await sleep(POLL_MS, signal);
  }
};

/** Sends a transaction and waits until a block has executed it. @returns its id and its events */
export const commit = async <P>(
  { client }: Pick<Ground, 'client'>,
  wallet: Wallet,
  kind: Kind<P>,
  payload: NoInfer<P>,
): Promise<{ readonly id: Hex; readonly fee: bigint }> => {
  const { id } = await wallet.send<string>(kind.name, kind.payload.toJson(payload));
  const { status, error, fee } = await waitForTransaction(client, id, {
    timeoutMs: Number.POSITIVE_INFINITY,
  });
  if (status !== 'committed')
    throw new CodedError(
      fault('TX_NOT_COMMITTED', `${kind.name} ${toHex(id)}: ${status}, ${error?.code}: ${error?.message}`, {
        id: toHex(id),
      }),
    );
  return { id: toHex(id), fee: fee ?? 0n };
};
