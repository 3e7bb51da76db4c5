/**
 * What the examples read from their environment: the URL of a node in `OPENLEDGER_RPC`, and private keys as 0x-hex in
 * variables such as `OPENLEDGER_KEY`.
 */
import { env } from 'node:process';
import { fromHex, unwrap } from 'openledger';

const read = (name: string): string => {
  const value = env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set: see docs/examples/README.md`);
  return value;
};

/** The URL of the RPC of a node. */
export const nodeUrl = (): string => read('OPENLEDGER_RPC');

/** The private key in a variable: 32 bytes. */
export const keyOf = (name = 'OPENLEDGER_KEY'): Uint8Array => unwrap(fromHex(read(name), 32));
