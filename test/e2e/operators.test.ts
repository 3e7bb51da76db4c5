/** Several operators make a chain together, by the steps of docs/operators.md. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createRpcClient } from '../../src/client/rpc-client.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { addressOfPrivateKey, randomPrivateKey } from '../../src/lib/secp256k1.ts';
import { eventually, heightOf, openWorkshop } from './processes.ts';

const shop = openWorkshop();
afterAll(() => shop.close());

const succeed = async (...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await shop.finish(...args);
  expect(code, `${args.join(' ')}: ${err}`).toBe(0);
  return out;
};

type Made = {
  readonly home: string;
  readonly publicKey: string;
  readonly peer: string;
  readonly rpc: string;
};

test('two operators make a genesis by hand, compare its hash, start, and agree on blocks', async () => {
  const at = (...parts: readonly string[]): string => join(shop.folder, ...parts);
  const key = randomPrivateKey();
  const address = toHex(addressOfPrivateKey(key));
  writeFileSync(at('key'), toHex(key), { mode: 0o600 });

  const operators: Made[] = [];
  for (const name of ['ana', 'ben'])
    operators.push(JSON.parse(await succeed('init', '--home', at(name), '--name', name, '--json')) as Made);

  const genesis = at('genesis.json');
  await succeed('genesis', 'new', '--chain-id', '424242', '--name', 'ournet', '--out', genesis);
  for (const [i, { publicKey }] of operators.entries()) {
    const entry = [
      '--name',
      `operator-${i}`,
      '--public-key',
      publicKey,
      '--stake',
      '1000',
      '--payout',
      address,
    ];
    await succeed('genesis', 'add-validator', genesis, ...entry);
  }
  await succeed('genesis', 'add-account', genesis, '--address', address, '--balance', '5');

  const hashes = new Set<string>();
  for (const { home } of operators) {
    copyFileSync(genesis, join(home, 'genesis.json'));
    const shown = await succeed('genesis', 'validate', join(home, 'genesis.json'), '--json');
    hashes.add(String(Object.entries(JSON.parse(shown) as object).find(([name]) => name === 'hash')?.[1]));
  }
  expect(hashes.size).toBe(1);

  for (const { home, peer } of operators) {
    const others = operators.filter((other) => other.peer !== peer).map((other) => other.peer);
    shop.run('start', '--home', home, '--peers', others.join(','));
  }
  const clients = operators.map(({ rpc }) => createRpcClient(rpc));
  for (const client of clients)
    await eventually(`block 2 at ${client.url}`, async () => (await heightOf(client)) >= 2n);
  const headers = await Promise.all(clients.map((client) => client.call('chain_getHeader', { height: 2 })));
  expect(headers[1]).toEqual(headers[0]);
  expect(headers[0]).toMatchObject({ chainId: 424242n });

  // The key of an operator's account works on the chain that they made.
  const to = toHex(addressOfPrivateKey(randomPrivateKey()));
  const [first, second] = operators;
  const pay = ['--to', to, '--amount', '1.25', '--private-key-file', at('key')];
  const sent = await succeed('tx', 'transfer', '--home', first?.home ?? '', ...pay, '--json');
  const { height } = JSON.parse(sent) as { readonly height: string };
  const other = createRpcClient(second?.rpc ?? '');
  await eventually('the payment', async () => (await heightOf(other)) >= BigInt(height));
  expect(await other.call('account_get', { address: to })).toEqual({
    balance: 1_250_000_000_000_000_000n,
    nonce: 0n,
  });
});
