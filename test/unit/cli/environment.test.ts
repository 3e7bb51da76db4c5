import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { connect, RPC_VARIABLE } from '../../../src/cli/connection.ts';
import { readVariable } from '../../../src/cli/environment.ts';
import {
  KEYSTORE_VARIABLE,
  keystoreDirectory,
  PASSWORD_VARIABLE,
  readPassword,
} from '../../../src/cli/secrets.ts';

import { userPath } from '../../../src/lib/files.ts';

afterEach(() => void vi.unstubAllEnvs());

test('a variable has its value, and an empty one is not set', () => {
  vi.stubEnv('OPENLEDGER_SOME', 'value');
  expect(readVariable('OPENLEDGER_SOME')).toBe('value');
  vi.stubEnv('OPENLEDGER_SOME', '');
  expect(readVariable('OPENLEDGER_SOME')).toBeUndefined();
  vi.stubEnv('OPENLEDGER_SOME', undefined);
  expect(readVariable('OPENLEDGER_SOME')).toBeUndefined();
});

test('keys are in the folder of the user where the variable of the keystore is empty, and not in the current one', () => {
  vi.stubEnv(KEYSTORE_VARIABLE, 'somewhere');
  expect(keystoreDirectory({})).toBe(resolve('somewhere'));
  vi.stubEnv(KEYSTORE_VARIABLE, '');
  expect(keystoreDirectory({})).toBe(userPath('keys'));
});

test('the folder of the user does not depend on the current one where HOME is empty', () => {
  vi.stubEnv('HOME', '');
  expect(userPath('keys')).toBe(join(userInfo().homedir, '.openledger', 'keys'));
  vi.stubEnv('HOME', '/home/somebody');
  expect(userPath('keys')).toBe(join('/home/somebody', '.openledger', 'keys'));
});

test('an empty variable is no password, and names no node', async () => {
  vi.stubEnv(PASSWORD_VARIABLE, '');
  await expect(readPassword({}, 'password', false)).rejects.toMatchObject({ code: 'PASSWORD_MISSING' });
  vi.stubEnv(RPC_VARIABLE, '');
  await expect(connect({})).rejects.toMatchObject({ code: 'RPC_URL_MISSING' });
});
