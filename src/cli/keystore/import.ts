/** Reads the key that another tool exported: a private key, a mnemonic or a Web3 Secret Storage file. */
import { decryptKeystore } from '../../client/keystore/keystore.ts';
import { mnemonicPrivateKey } from '../../client/signers/mnemonic.ts';
import { fromHex } from '../../lib/bytes.ts';
import { CodedError } from '../../lib/errors.ts';
import { isPrivateKey } from '../../lib/secp256k1.ts';
import { fault } from '../errors.ts';

export type ImportOptions = {
  /** Which account of a mnemonic. */
  readonly index: number;
  /** The passphrase of a mnemonic. */
  readonly passphrase: string;
  /** Asked for the password of a keystore, only if there is one to open. */
  readonly password: () => Promise<string>;
};

/** Whether a text means to be words, whatever else stands between them: it has letters that hex digits and 0x do not have. */
const areWords = (text: string): boolean => /\s/.test(text) && /(?![a-fx])\p{L}/iu.test(text);

/**
 * Returns the private key in a text: 64 hex digits with or without 0x, as wallets show them, a keystore (JSON), or else
 * the words of a mnemonic.
 * @param source - what the text is of, for messages
 * @throws CodedError `PRIVATE_KEY_INVALID`, those of the mnemonic and of the keystore
 */
export const readForeignKey = async (
  text: string,
  source: string,
  { index, passphrase, password }: ImportOptions,
): Promise<Uint8Array> => {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) return decryptKeystore(trimmed, await password());
  if (areWords(trimmed)) return mnemonicPrivateKey(trimmed, { index, passphrase });
  return privateKeyIn(trimmed, source);
};

/** Returns the private key of a text: 64 hex digits, with or without 0x. @throws CodedError `PRIVATE_KEY_INVALID` */
export const privateKeyIn = (text: string, source: string): Uint8Array => {
  const digits = text.trim();
  const bytes = fromHex(digits.startsWith('0x') ? digits : `0x${digits}`, 32);
  if (bytes.ok && isPrivateKey(bytes.value)) return bytes.value;
  throw new CodedError(
    fault('PRIVATE_KEY_INVALID', `${source} does not hold a private key: 0x and 64 hex digits`, { source }),
  );
};
