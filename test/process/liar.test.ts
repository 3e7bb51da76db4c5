/** A lie on a devnet, as a newcomer sees it: told, refuted by the shipped watcher, and paid for by the liar. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { defaultGenesis } from '../../node/genesis-file.ts';
import { startProgram } from '../../src/cli/liar/programs.ts';
import { createRpcClient } from '../../src/client/rpc-client.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { genesisToJson } from '../../state/genesis.ts';
import { openWorkshop, type Ready, result } from '../e2e/processes.ts';

const shop = openWorkshop();
afterAll(() => shop.close());

/** Blocks that come quickly, and a window that is long enough for a watcher that runs already. */
const quickGenesis = (): string => {
  const { params, ...rest } = defaultGenesis();
  const path = join(shop.folder, 'quick.json');
  const quick = {
    ...rest,
    params: {
      ...params,
      blocks: { ...params.blocks, commitPauseMs: 100 },
      attribution: {
        ...params.attribution,
        challengeWindow: 12,
        epochBlocks: 6,
        settleEpochs: 1_000,
        calibrationDraws: 64,
      },
    },
  };
  writeFileSync(path, JSON.stringify(genesisToJson(quick)));
  return path;
};

test('a devnet with a liar shows a lie, the words that refute it, and who is paid in the end', async () => {
  const home = join(shop.folder, 'net');
  const devnet = shop.run(
    'devnet',
    '--nodes',
    '1',
    '--home',
    home,
    '--genesis',
    quickGenesis(),
    '--liar',
    '--json',
  );
  const ready = JSON.parse(await devnet.line(0)) as Ready;
  const addressOf = (name: string): string =>
    ready.accounts.find((each) => each.name === name)?.address ?? expect.unreachable();
  const steps: { readonly title: string; readonly lines: readonly string[] }[] = [];
  let lie: {
    receipt: string;
    challenge: string;
    slashed: string;
    paid: readonly { address: string; amount: string }[];
  };
  for (let n = 1; ; n++) {
    const said = JSON.parse(await devnet.line(n)) as {
      event: string;
      lie: typeof lie;
    } & (typeof steps)[number];
    if (said.event === 'liar') steps.push(said);
    if (said.event !== 'lie') continue;
    lie = said.lie;
    break;
  }
  expect(
    steps.map(({ title }) => title).filter((title) => title !== 'nobody has challenged the lie'),
  ).toEqual(
    expect.arrayContaining([
      'an answer, and whose words it repeats',
      'the lie',
      'the witness',
      'the bond falls',
      'the contributors are paid rightly',
      'look at it yourself',
    ]),
  );
  const text = steps.flatMap(({ lines }) => lines).join('\n');
  expect(text).toMatch(/The words in brackets are in contribution 1, by carol\./);
  expect(text).toMatch(
    /attestor-2 settles the receipt, and claims that these words are in contribution 2, by dave\./,
  );
  expect(text).toMatch(/in the answer: {2}Before\n {2}in contribution 2: {2}A\n/);
  expect(text).toContain(`npx openledger explain ${lie.receipt} --home ${home}`);

  // What the chain says about it.
  const client = createRpcClient(ready.nodes[0]?.rpc ?? '');
  const challenge = await client.call('attribution_getChallenge', { id: lie.challenge });
  expect([challenge.state, challenge.witness, toHex(challenge.challenger)]).toEqual([
    'upheld',
    'invalid',
    addressOf('heidi'),
  ]);
  const receipt = await client.call('receipt_get', { id: lie.receipt });
  // What the lie could have diverted.
  expect(BigInt(lie.slashed)).toBe(receipt.split.data);
  expect([receipt.status, toHex(receipt.settlement?.attestor ?? new Uint8Array())]).toEqual([
    'final',
    addressOf('attestor-1'),
  ]);
  expect(lie.paid).toMatchObject([{ address: addressOf('carol') }]);
  expect(BigInt(lie.paid[0]?.amount ?? 0)).toBeGreaterThan(0n);

  devnet.kill('SIGINT');
  expect(await devnet.ended).toEqual({ code: 0, signal: null });
  // A window of 12 blocks is no time for a person.
  const { code, err } = await result(shop.run('devnet', '--home', home, '--liar', '--no-watcher', '--json'));
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/error ARGUMENT_INVALID: --no-watcher: .* 12 blocks only/),
  ]);
});

test('a program that ends before it is stopped is named, with its last words', async () => {
  const program = startProgram('attest', ['--rpc', 'nowhere', '--key', 'nobody']);
  await expect(program.died).rejects.toMatchObject({
    code: 'PROGRAM_ENDED',
    message: expect.stringContaining('RPC_URL_INVALID'),
  });
});
