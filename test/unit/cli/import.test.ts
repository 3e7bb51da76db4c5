import { describe, expect, test } from 'vitest';
import { readForeignKey } from '../../../src/cli/keystore/import.ts';

const words = 'test test test test test test test test test test test junk';

const codeFor = async (text: string): Promise<unknown> => {
  const password = async (): Promise<string> => '';
  const refused = await readForeignKey(text, 'stdin', { index: 0, passphrase: '', password }).catch(
    (error: unknown) => error,
  );
  return refused instanceof Uint8Array ? undefined : Reflect.get(refused as Error, 'code');
};

describe('a text to import', () => {
  test.each([
    [words, undefined],
    [`${words}.`, 'MNEMONIC_WORD'],
    [words.replaceAll(' ', ', '), 'MNEMONIC_WORD'],
    [words.replaceAll('test', '1.test'), 'MNEMONIC_WORD'],
    [words.replaceAll('test', '1. test'), 'MNEMONIC_LENGTH'],
    [words.replaceAll('test', 'été'), 'MNEMONIC_WORD'],
    ['あいこくしん あいさつ', 'MNEMONIC_LENGTH'],
    ['00 0xab', 'PRIVATE_KEY_INVALID'],
    [`0x${'AB '.repeat(32)}`, 'PRIVATE_KEY_INVALID'],
    ['zoo', 'PRIVATE_KEY_INVALID'],
  ])('%j is taken for words where it has letters that no key has: %s', async (text, code) => {
    expect(await codeFor(text)).toBe(code);
  });
});
