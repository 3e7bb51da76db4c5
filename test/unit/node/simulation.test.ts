/** A simulation shows what the next block would do, changes nothing, and is bounded. */
import { describe, expect, test } from 'vitest';
import { createSimulate, type SimulationParts } from '../../../node/simulation.ts';
import { createTurns } from '../../../node/turns.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { SIGNATURE_LENGTH } from '../../../src/lib/secp256k1.ts';
import { numberEvents } from '../../../state/events/block-events.ts';
import { chainIdentity } from '../../../state/genesis.ts';
import { accountOf } from '../../../state/modules/ledger/accounts.ts';
import { addressOf } from '../state/fixture.ts';
import { type OneChain, oneValidator, openChain } from './one-chain.ts';
import { refusalOf, temporaryFolder } from './support.ts';

const partsOf = ({ genesis, store }: OneChain): SimulationParts => ({
  identity: chainIdentity(genesis),
  info: infoTable(),
  tip: store.tip,
  view: store.uncachedView,
  now: () => genesis.time + 1_000n,
});

/** Simulations in the turns of one caller. */
const simulationsOf = (parts: SimulationParts, now = () => 0) => {
  const inTurn = createTurns({ now });
  const simulate = createSimulate(parts);
  const call = { caller: { address: '192.0.2.1', connection: 1 }, pace: () => undefined };
  return (transactions: readonly Uint8Array[]) => inTurn(call, (turn) => simulate(transactions, turn));
};

const open = async (genesis = oneValidator()) => {
  const chain = await openChain(temporaryFolder(), genesis);
  return { chain, simulate: simulationsOf(partsOf(chain)) };
};

/** Transfers of ada, the last of them of more than she has. */
const transfers = (chain: OneChain): readonly Uint8Array[] => [
  chain.transfer('ada', 0n).bytes,
  chain.transfer('ada', 1n, { tip: 3n }).bytes,
  chain.sign('ada', 'transfer', { to: toHex(addressOf('bob')), amount: `${10n ** 30n}` }, { nonce: 2n })
    .bytes,
];

describe('a simulation', () => {
  test('shows the results and the events of the block that executes the same transactions', async () => {
    const { chain, simulate } = await open();
    const sent = transfers(chain);
    const { height, transactions, events } = unwrap(await simulate(sent));
    for (const bytes of sent) unwrap(unwrap(await chain.pool.submit(bytes, '127.0.0.1')).admitted);
    await chain.next();
    expect(height).toBe(1n);
    expect(transactions.map(({ result }) => result)).toEqual(chain.store.results(height));
    expect(transactions.map(({ result }) => result.status)).toEqual(['success', 'success', 'failed']);
    const executed = chain.committed[0]?.executed.events;
    expect(events).toEqual(numberEvents({ transactions: executed?.transactions ?? [], end: [] }));
    expect(events.map(({ event }) => event.type)).toEqual(['transfer', 'transfer']);
  });

  test('changes neither the state nor the mempool', async () => {
    const { chain, simulate } = await open();
    const accounts = () => ['ada', 'bob'].map((name) => accountOf(chain.store.view, addressOf(name)));
    const before = [chain.store.tip(), accounts(), chain.mempool.size()];
    const first = unwrap(await simulate(transfers(chain)));
    expect(unwrap(await simulate(transfers(chain)))).toEqual(first);
    expect([chain.store.tip(), accounts(), chain.mempool.size()]).toEqual(before);
  });

  test('needs no signature: whoever asks moves nothing', async () => {
    const { chain, simulate } = await open();
    const { bytes } = chain.transfer('ada', 0n);
    const unsigned = Uint8Array.from(bytes).fill(0, bytes.length - SIGNATURE_LENGTH);
    expect(unwrap(await simulate([unsigned]))).toEqual(unwrap(await simulate([bytes])));
    const submitted = await chain.pool.submit(unsigned, '127.0.0.1');
    expect(refusalOf(submitted).code).toMatch(/^SIGNATURE_/);
  });

  test('names the transaction that no block could hold', async () => {
    const { chain, simulate } = await open();
    const good = chain.transfer('ada', 0n).bytes;
    const zero = chain.sign('ada', 'transfer', { to: toHex(addressOf('bob')), amount: '0' }).bytes;
    expect(refusalOf(await simulate([good, Uint8Array.of(1, 2)]))).toMatchObject({
      code: 'TX_DECODE',
      data: { index: 1 },
    });
    expect(refusalOf(await simulate([zero]))).toMatchObject({ code: 'TRANSFER_ZERO', data: { index: 0 } });
  });

  test('is refused if it has too many bytes, or more than a quarter of the gas of a block', async () => {
    const { simulate } = await open();
    const long = Array.from({ length: 3 }, () => new Uint8Array(200_000));
    expect(refusalOf(await simulate(long))).toMatchObject({
      code: 'SIMULATION_TOO_LARGE',
      data: { bytes: 600_000, limit: 524_288 },
    });
    const genesis = oneValidator();
    const { params } = genesis;
    const tight = await open({
      ...genesis,
      params: { ...params, blocks: { ...params.blocks, maxGas: 40_000n } },
    });
    expect(refusalOf(await tight.simulate(transfers(tight.chain)))).toMatchObject({
      code: 'SIMULATION_TOO_LARGE',
      data: { limit: '10000' },
    });
  });

  test('waits for its turn, and is refused where too many wait', async () => {
    const { chain, simulate } = await open();
    const one = [chain.transfer('ada', 0n).bytes];
    const all = await Promise.all(Array.from({ length: 70 }, () => simulate(one)));
    const refused = all.flatMap((each) => (each.ok ? [] : [each.fault.code]));
    expect(all[0]?.ok).toBe(true);
    expect(refused.length).toBe(5);
    expect(new Set(refused)).toEqual(new Set(['SIMULATION_BUSY']));
  });

  test('begins anew if a block comes in between, and gives up if blocks never stop coming', async () => {
    const { chain } = await open();
    const parts = partsOf(chain);
    const old = { ...chain.store.tip() };
    let asked = 0;
    // Asked for the rules, for the state to begin on, and before each transaction: the second finds another tip.
    const once = simulationsOf({ ...parts, tip: () => (++asked <= 3 ? old : chain.store.tip()) });
    const sent = transfers(chain);
    expect(unwrap(await once(sent))).toEqual(unwrap(await simulationsOf(parts)(sent)));
    expect(asked).toBeGreaterThan(4);
    let time = 0;
    const tip = () => {
      time += 100;
      return { ...old };
    };
    const never = simulationsOf({ ...parts, tip }, () => time);
    expect(refusalOf(await never(sent)).code).toBe('SIMULATION_BUSY');
  });
});
