/** Accounts of a mnemonic, at the places where Ethereum wallets look for them (BIP-39, BIP-32, BIP-44). */
import { HDKey } from '@scure/bip32';
import { mnemonicToSeed, validateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { WELL_FORMED } from '../../lib/arguments.ts';
import { CodedError, type Fault } from '../../lib/errors.ts';
import { fault } from '../errors.ts';
import { privateKeySigner } from './private-key.ts';
import type { Signer } from './signer.ts';

export type MnemonicOptions = {
  /** The last part of the path m/44'/60'/0'/0/index: 0 if left out, which is the first account of a wallet. */
  readonly index?: number;
  /** The optional passphrase of BIP-39. Another passphrase gives other accounts, not an error. */
  readonly passphrase?: string;
};

const LENGTHS: readonly number[] = [12, 15, 18, 21, 24];
const INDEX_END = 2 ** 31;
/** Four letters tell any two words of the list apart (BIP-39). */
const PREFIX = 4;

const known = new Set(wordlist);

const unknownWord = (word: string, position: number): string => {
  const bare = word.replace(/[^a-z]/g, '');
  const meant = known.has(bare)
    ? bare
    : wordlist.find((each) => bare.length >= PREFIX && each.startsWith(bare.slice(0, PREFIX)));
  return `word ${position} (${JSON.stringify(word.slice(0, 20))}) is not in the English word list${meant === undefined ? '' : `; is it ${meant}?`}`;
};

/** The longest word of the list has 8 letters. What is much longer may be another secret, and is not shown. */
const SHOWN_MAX = 12;

/** A hint at numbers or signs between the words, which make them too many. */
const foreignSign = (words: readonly string[]): string => {
  const at = words.findIndex((word) => /[^a-z]/.test(word) && word.length <= SHOWN_MAX);
  const word = words[at];
  return word === undefined
    ? ''
    : `; ${JSON.stringify(word)}, the ${at + 1}. of them, is no word: give the words alone`;
};

/** Returns why the words are no mnemonic. The message names the wrong words, and none of the others. */
const faultOfWords = (words: readonly string[]): Fault | undefined => {
  if (!LENGTHS.includes(words.length))
    return fault(
      'MNEMONIC_LENGTH',
      `mnemonic: must be 12, 15, 18, 21 or 24 words, not ${words.length > 100 ? 'more than 100' : words.length}${foreignSign(words)}`,
      { words: words.length },
    );
  const wrong = words.flatMap((word, i) => (known.has(word) ? [] : [{ word, position: i + 1 }]));
  const [first] = wrong;
  if (first !== undefined)
    return fault(
      'MNEMONIC_WORD',
      `mnemonic: ${wrong.map(({ word, position }) => unknownWord(word, position)).join('; ')}`,
      { position: first.position, positions: wrong.map(({ position }) => `${position}`) },
    );
  return validateMnemonic(words.join(' '), wordlist)
    ? undefined
    : fault(
        'MNEMONIC_CHECKSUM',
        'mnemonic: the checksum is wrong: each word is in the list, but one of them, or their order, is not right',
      );
};

const badArgument = (field: string, must: string): CodedError =>
  new CodedError(fault('ARGUMENT_INVALID', `${field}: ${must}`, { field }));

/**
 * Returns the private key of an account of a mnemonic. Case and the kind and number of spaces do not matter.
 * @throws CodedError `MNEMONIC_LENGTH`, `MNEMONIC_WORD` (with the positions, from 1), `MNEMONIC_CHECKSUM`,
 * `ARGUMENT_INVALID`
 */
export const mnemonicPrivateKey = async (
  mnemonic: string,
  { index = 0, passphrase = '' }: MnemonicOptions = {},
): Promise<Uint8Array> => {
  if (typeof mnemonic !== 'string')
    throw badArgument('mnemonic', `must be a string of words, not ${typeof mnemonic}`);
  if (!Number.isInteger(index) || index < 0 || index >= INDEX_END)
    throw badArgument('index', `must be an integer of 0 to ${INDEX_END - 1}`);
  if (typeof passphrase !== 'string')
    throw badArgument('passphrase', `must be a string, not ${typeof passphrase}`);
  if (!WELL_FORMED.is(passphrase)) throw badArgument('passphrase', `must be ${WELL_FORMED.be}`);
  const words = mnemonic.normalize('NFKD').toLowerCase().split(/\s+/).filter(Boolean);
  const wrong = faultOfWords(words);
  if (wrong !== undefined) throw new CodedError(wrong);
  const seed = await mnemonicToSeed(words.join(' '), passphrase);
  const { privateKey } = HDKey.fromMasterSeed(seed).derive(`m/44'/60'/0'/0/${index}`);
  if (privateKey === null) throw badArgument('index', 'must be another one: this one has no key');
  return privateKey;
};

/**
 * Signs for an account of a mnemonic.
 *
 * @example
 * const wallet = await createWallet(client, await mnemonicSigner(words));
 *
 * @throws CodedError as {@link mnemonicPrivateKey}
 */
export const mnemonicSigner = async (mnemonic: string, options?: MnemonicOptions): Promise<Signer> =>
  privateKeySigner(await mnemonicPrivateKey(mnemonic, options));
