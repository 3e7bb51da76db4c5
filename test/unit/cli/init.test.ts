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
