/** The loop of a service against a scripted chain: nodes that go away, work that fails, and what a restart finds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Type from 'typebox';
import Value from 'typebox/value';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createWallet } from '../../../src/client/wallet.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { CodedError, failWith } from '../../../src/lib/errors.ts';
import { addressOfPrivateKey } from '../../../src/lib/secp256k1.ts';
import { Attestor, AttestorMemory } from '../../../src/services/attest/attestor.ts';
import type { Fact } from '../../../src/services/run/report.ts';
import {
  runService,
  type Service,
  type ServiceContext,
  ServiceStateSchema,
} from '../../../src/services/run/service.ts';
import { openStateFile } from '../../../src/services/run/state-file.ts';
import { refused, ScriptedChain } from './support/scripted-chain.ts';
import { account, hex, ScriptedData, words } from './support/scripted-data.ts';
import { KEY } from './support/scripted-service.ts';

const OWN = toHex(addressOfPrivateKey(KEY));
let chain: ScriptedChain;
let folder: string;
beforeEach(() => {
  chain = new ScriptedChain();
  folder = mkdtempSync(join(tmpdir(), 'openledger-loop-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Starts a service. @param until - stops it as soon as a fact or a round satisfies it */
const run = async <M>(
  memory: ReturnType<typeof Type.Unsafe<M>>,
  make: (context: ServiceContext, memory: M | undefined, stop: () => void) => Service<M>,
  onFact: (fact: Fact, stop: () => void) => void = () => undefined,
  lookMs?: number,
): Promise<readonly Fact[]> => {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  const facts: Fact[] = [];
  const schema = Type.Object({ ...ServiceStateSchema.properties, memory });
  type State = Type.Static<typeof ServiceStateSchema> & { readonly memory: M };
  const isState = (value: unknown): value is State => Value.Check(schema, value);
  await runService<M>(
    {
      client: chain.client,
      wallet: await createWallet(chain.client, KEY),
      signs: true,
      file: openStateFile<State>(join(folder, 'state.json'), { genesis: '0x01', account: OWN }, isState),
      from: toHeight(1n),
      ...(lookMs === undefined ? {} : { lookMs }),
      report: (fact) => {
        facts.push(fact);
        onFact(fact, stop);
      },
      signal: stopping.signal,
    },
    (context, kept) => make(context, kept, stop),
  );
  return facts;
};

const Count = Type.Unsafe<number>(Type.Integer());
const counter = (work: (height: bigint) => Promise<void>): Service<number> => ({
  events: ['transfer'],
  see: () => undefined,
  learn: () => undefined,
  work,
  isDue: () => false,
  memory: () => 1,
});

describe('the loop of a service', () => {
  test('reports work that fails, and works again at the next height', async () => {
    chain.block();
    const worked: bigint[] = [];
    const facts = await run(Count, (_, __, stop) =>
      counter(async (height) => {
        worked.push(height);
        chain.block();
        if (worked.length === 3) stop();
        if (worked.length === 1) throw new Error('the index is broken');
      }),
    );
    expect(worked).toEqual([1n, 2n, 3n]);
    expect(facts.map(({ event }) => event)).toEqual(['started', 'failed', 'stopped']);
    expect(facts[1]).toMatchObject({ level: 'warn', fields: { message: 'the index is broken' } });
    expect(facts.at(-1)).toMatchObject({ fields: { height: '3' } });
  });

  test('waits while its node is away, and goes on where it was', async () => {
    chain.block();
    const worked: bigint[] = [];
    const facts = await run(
      Count,
      (_, __, stop) =>
        counter(async (height) => {
          worked.push(height);
          chain.block();
          if (worked.length === 2) stop();
          if (worked.length === 1) chain.isAway = true;
        }),
      ({ event }) => {
        if (event === 'away') chain.isAway = false;
      },
    );
    expect(worked).toEqual([1n, 2n]);
    expect(facts.map(({ event }) => event)).toEqual(['started', 'away', 'back', 'stopped']);
  });

  /** Runs a service that works at two heights, and stops. Returns what it reported. */
  const workTwice = async (): Promise<readonly Fact[]> => {
    const worked: bigint[] = [];
    const facts = await run(Count, (_, __, stop) =>
      counter(async (height) => {
        worked.push(height);
        chain.block();
        if (worked.length === 2) stop();
      }),
    );
    expect(worked).toEqual([1n, 2n]);
    return facts;
  };

  test('waits while its node says that it hears too much, and goes on where it was', async () => {
    chain.block();
    let asked = 0;
    const real = chain.client.batch.bind(chain.client);
    const batch: typeof chain.client.batch = async (calls) => {
      asked += 1;
      if (asked === 2) throw new CodedError({ code: 'RATE_LIMITED', message: 'slower' });
      return real(calls);
    };
    Object.assign(chain.client, { batch });
    const facts = await workTwice();
    expect(facts.map(({ event }) => event)).toEqual(['started', 'away', 'back', 'stopped']);
  });

  test.each([1, 2])('goes on after an odd answer to its query %i, and names its code', async (nth) => {
    chain.block();
    const real = chain.client.batch.bind(chain.client);
    let asked = 0;
    const batch: typeof chain.client.batch = async (calls) => {
      asked += 1;
      const odd = { code: 'RPC_ERROR', message: 'upstream timeout', data: { nodeCode: 'GATEWAY_TIMEOUT' } };
      return asked === nth ? (calls.map(() => failWith(odd)) as never) : real(calls);
    };
    Object.assign(chain.client, { batch });
    const facts = await workTwice();
    expect(facts.map(({ event }) => event)).toEqual(['started', 'away', 'back', 'stopped']);
    expect(facts[1]).toMatchObject({ fields: { code: 'RPC_ERROR', nodeCode: 'GATEWAY_TIMEOUT' } });
  });

  test('says once why the node has no new blocks, and that it has some again', async () => {
    chain.block();
    const waiting = { reason: 'quorum', since: 1n, message: '1 of 4 validators vote', data: {} };
    let looks = 0;
    const attempt = async () => {
      looks += 1;
      if (looks >= 5) chain.block();
      return { ok: true, value: { height: BigInt(chain.height), waiting: looks < 5 ? waiting : null } };
    };
    Object.assign(chain.client, { attempt });
    const facts = await run(
      Count,
      () => counter(async () => undefined),
      ({ event }, stop) => {
        if (event === 'blocks') stop();
      },
      1,
    );
    expect(facts).toMatchObject([
      { event: 'started' },
      { event: 'noBlocks', fields: { reason: 'quorum', message: '1 of 4 validators vote' } },
      { event: 'blocks' },
      { event: 'stopped' },
    ]);
  });

  test('says that a chain stands still of which the node does not say why', async () => {
    chain.block();
    const facts = await run(
      Count,
      () => counter(async () => undefined),
      ({ event }, stop) => {
        if (event === 'noBlocks') stop();
      },
      1,
    );
    expect(facts[1]).toMatchObject({
      event: 'noBlocks',
      fields: { reason: 'none', message: expect.stringMatching('stays at height 1') as unknown },
    });
  });

  test('says once that no node takes its transactions, and why', async () => {
    chain.block();
    chain.answer('tx_send', () => refused('MEMPOOL_FULL'));
    let outbox: ServiceContext['outbox'] | undefined;
    const facts = await run(Count, (context, _, stop) =>
      counter(async (height) => {
        ({ outbox } = context);
        await outbox.send(`pay/${height}`, 'transfer', { to: addressOfPrivateKey(KEY), amount: 1n });
        if (height === 4n) stop();
        chain.block();
      }),
    );
    expect(facts).toMatchObject([
      { event: 'started' },
      { event: 'untaken', level: 'warn', fields: { code: 'MEMPOOL_FULL', others: 0 } },
      { event: 'stopped' },
    ]);
  });

  test('does not go on when its node has come back with another chain', async () => {
    chain.block();
    await expect(
      run(
        Count,
        () =>
          counter(async () => {
            chain.isAway = true;
            chain.answer('chain_getDomain', () => ({ chainId: '1', genesisHash: hex(0x22) }));
          }),
        ({ event }) => {
          if (event === 'away') chain.isAway = false;
        },
      ),
    ).rejects.toMatchObject({ code: 'CHAIN_CHANGED' });
  });

  test('lets an attestor that is stopped after sending learn the outcome from its state file', async () => {
    const data = new ScriptedData(chain);
    data.contribute(1, [words('alpha', 30)]);
    data.serve(hex(2), { prompt: 'p', output: words('alpha', 30) });
    const memory = Type.Unsafe<Type.Static<typeof AttestorMemory>>(AttestorMemory);
    const attest = (last: string) =>
      run(
        memory,
        (context, kept) => new Attestor(context, data.reviewers(), [OWN, account(1)], kept),
        ({ event }, stop) => {
          // A service that is stopped while it sends has stored what it sends.
          if (event === last) setTimeout(stop, 0);
        },
      );
    expect((await attest('settling')).map(({ event }) => event)).toEqual(['started', 'settling', 'stopped']);
    const [sent] = chain.sent;
    if (sent === undefined) return expect.unreachable();
    chain.settle(sent.id, 'committed');
    data.settle(hex(2), [0], { id: sent.id, attestor: OWN });
    const facts = await attest('settled');
    expect(facts).toMatchObject([
      { event: 'started', fields: { from: '2', waiting: 1 } },
      { event: 'settled', fields: { settlement: sent.id } },
      { event: 'stopped' },
    ]);
    expect(chain.sent).toHaveLength(1);
  });
});
