import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readConfig } from '../../../node/home.ts';
import { registerInit } from '../../../src/cli/init.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { temporaryFolder, thrown } from '../node/support.ts';

/** Runs `openledger init` for a new home. @returns the home, and the JSON that it printed */
const init = async (...args: readonly string[]) => {
  const home = join(temporaryFolder(), 'home');
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  onTestFinished(() => write.mockRestore());
  const program = new Command();
  registerInit(program);
  await program.parseAsync(['init', '--home', home, '--json', ...args], { from: 'user' });
  const printed = String(write.mock.lastCall?.[0]);
  write.mockRestore();
  return { home, made: JSON.parse(printed) as { readonly peer: string; readonly rpc: string } };
};

test('the peer address that init prints has the port that was given, and so has the config', async () => {
  const { home, made } = await init('--host', '203.0.113.5', '--p2p-port', '26656');
  expect(made.peer).toMatch(/^\/ip4\/203\.0\.113\.5\/tcp\/26656\/p2p\/12D3KooW/);
  const { p2p, rpc } = unwrap(readConfig(home));
  expect(p2p).toMatchObject({ host: '203.0.113.5', port: 26_656 });
  expect(made.rpc).toBe(`http://127.0.0.1:${rpc.port}`);
});

test('init chooses two free ports if none is given, and keeps them in the config', async () => {
  const { home, made } = await init();
  const { p2p, rpc } = unwrap(readConfig(home));
  expect(p2p.port).toBeGreaterThan(0);
  expect(rpc.port).not.toBe(p2p.port);
  expect(made.peer).toContain(`/tcp/${p2p.port}/`);
});

test.each(['0', '65536', 'p2p'])('init refuses %s as a port for peers', async (port) => {
  expect(await thrown(() => init('--p2p-port', port))).toMatchObject({ code: 'ARGUMENT_INVALID' });
});

test.each([
  ['::1', '/ip6/::1/tcp/26656'],
  ['node-1.example.org', '/dns/node-1.example.org/tcp/26656'],
  ['localhost', '/dns/localhost/tcp/26656'],
])('init takes %s as a host', async (host, address) => {
  const { made } = await init('--host', host, '--p2p-port', '26656');
  expect(made.peer.startsWith(`${address}/p2p/`)).toBe(true);
});

test('init refuses what is no host, and makes nothing', async () => {
  const home = join(temporaryFolder(), 'home');
  for (const [host, code] of [
    ['ba nana', 'HOST_INVALID'],
    ['1.2.3', 'HOST_INVALID'],
    ['banana', 'HOST_UNRESOLVED'],
  ] as const) {
    expect(await thrown(() => init('--home', home, '--host', host))).toMatchObject({ code });
    expect(existsSync(home)).toBe(false);
  }
});

test('init refuses a name that no node could start with, and shortens the one of a long folder', async () => {
  expect(await thrown(() => init('--name', 'a'.repeat(300)))).toMatchObject({ code: 'CONFIG_INVALID' });
  const long = join(temporaryFolder(), 'b'.repeat(200));
  await init('--home', long);
  expect(unwrap(readConfig(long)).name).toBe('b'.repeat(64));
  const tooLong = join(temporaryFolder(), 'c'.repeat(300));
  expect(await thrown(() => init('--home', tooLong))).toMatchObject({ code: 'FILE_UNWRITABLE' });
});

test.skipIf(!existsSync('/proc/self'))('init ends where no directory can be made', async () => {
  expect(await thrown(() => init('--home', '/proc/openledger/home'))).toMatchObject({
    code: 'FILE_UNWRITABLE',
  });
});
