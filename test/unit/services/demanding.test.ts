/** What a service does about missing contributions: demand them on the chain, or show them. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { proveContribution } from '../../../src/attribution/evidence/chunks.ts';
import { createRpcClient, toWire } from '../../../src/client/rpc-client.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { utf8 } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import type { Json } from '../../../src/lib/ssz.ts';
import { Answering } from '../../../src/services/challenge/answering.ts';
import { Challenger } from '../../../src/services/challenge/challenger.ts';
import { CONTRIBUTION_PATIENCE, Demanding, nextDemand } from '../../../src/services/challenge/demanding.ts';
import {
  type KnownContribution,
  type KnownPart,
  partOf,
  type TextCache,
} from '../../../src/services/corpus/text-cache.ts';
import type { Tracers } from '../../../src/services/corpus/tracers.ts';
import type { ServiceContext } from '../../../src/services/run/service.ts';
import { itemRoot, itemSource } from '../../../state/attribution/commitment.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import { checkAnswer } from '../../../state/attribution/witness/demand.ts';
import { chainIdentity } from '../../../state/genesis.ts';
import { attributionAnswer } from '../../../state/tx/attribution-answer.ts';
import { attributionChallenge } from '../../../state/tx/attribution-challenge.ts';
import { actor, World } from '../state/economy/world.ts';

const SEQ = 3;
const ID = `0x${'ab'.repeat(32)}`;
const target = { type: 'contribution', value: { contribution: SEQ } } as const;
const demand = { text: 'source', contribution: SEQ, item: 1, first: 0, count: 2 } as const;

const salt = new Uint8Array(32);
const texts = [10, 100].map((words) => {
  const source = utf8(Array.from({ length: words }, (_, i) => `w${i}`).join(' '));
  return { tokens: unwrap(rulesOf(2).tokenize(source)), source, promptTokens: 0, salt };
});
const items = texts.map((each) => ({ ...each, source: itemSource(each) }));
const itemRoots = texts.map((each) => unwrap(itemRoot(each)));
const { root } = proveContribution(itemRoots);
const contribution: KnownContribution = { root, rules: 2, itemRoots, items };

const shown = (state: string, change: object = {}) => ({
  id: ID,
  target: { type: 'contribution', value: { contribution: SEQ } },
  witness: 'demand',
  challenger: `0x${'01'.repeat(20)}`,
  height: '1',
  state,
  code: '',
  bond: '1',
  demand: { ...demand, ...change },
  outdone: null,
  excuses: null,
  answerBy: '11',
  cost: '1',
});

/** What the node says of challenges. */
let challenges: ReturnType<typeof shown>[] = [];
const answers: Readonly<Record<string, () => unknown>> = {
  attribution_getChallenges: () => ({ total: challenges.length, challenges }),
  attribution_getChallenge: () => challenges[0],
  contribution_getDeclaration: () => ({
    role: 'data',
    sources: [],
    shapes: items.map(({ tokens }) => ({ tokens: tokens.count, promptTokens: 0 })),
    copied: [],
    novelRuns: [],
    sketch: [],
    struck: { novelRuns: [], passages: [] },
  }),
};

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (piece: Buffer) => {
    body += piece.toString();
  });
  request.on('end', () => {
    type Asked = { readonly id: number; readonly method: string };
    const said = ({ id, method }: Asked) => ({ jsonrpc: '2.0', id, result: answers[method]?.() });
    const asked = JSON.parse(body) as Asked | readonly Asked[];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify('id' in asked ? said(asked) : asked.map(said)));
  });
});
beforeAll(() => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)));
afterAll(() => server.close());

type Send = {
  readonly key: string;
  readonly kind: string;
  readonly payload: Json;
};
let sent: Send[] = [];
let missing: number | undefined;
/** The item that is demanded. */
let part: KnownPart | undefined;
/** The contribution, if all of its text is here, by whatever rules. */
let here: KnownContribution | undefined;
/** Whether the node still looks for the text. */
let isPending: boolean;
/** Called when a text is requested although it was missing a moment ago. */
let arriving: () => void;

beforeEach(() => {
  challenges = [];
  sent = [];
  missing = 1;
  part = undefined;
  here = undefined;
  isPending = false;
  arriving = () => undefined;
});

const textCache: TextCache = {
  inferences: async (roots) => roots.map(() => undefined),
  contributions: async (roots) => roots.map(() => undefined),
  missing: () => missing,
  item: () => part,
  isPending: () => false,
};
const tracers: Tracers = {
  params: () => expect.unreachable('no parameters are needed'),
  novelRuns: () => expect.unreachable('no novel runs are needed'),
  tracer: () => expect.unreachable('nothing is traced'),
  contribution: async (_, reading) => {
    if (reading === 'again') arriving();
    return here;
  },
  missing: async () => missing,
  isPending: async () => isPending,
  item: async () => part,
  commitment: async () => ({ root: contribution.root, items: items.length }),
};

const serviceContext = (): ServiceContext => {
  const unused = () => expect.unreachable('the outbox signs and sends');
  return {
    client: createRpcClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    wallet: {
      address: actor('attestor').address,
      chain: chainIdentity(new World([]).genesis),
      draft: () => expect.unreachable(),
      sign: unused,
      signVoucher: unused,
      preview: unused,
      prepare: unused,
      send: unused,
    },
    log: { info: () => undefined, warn: () => undefined, fault: () => undefined },
    outbox: {
      has: (key) => sent.some((each) => each.key === key),
      hasAny: (prefix) => sent.some((each) => each.key.startsWith(prefix)),
      lastRefusal: () => undefined,
      send: async (key, kind, payload) => {
        sent.push({ key, kind, payload: JSON.parse(JSON.stringify(payload, toWire)) });
      },
      settle: async () => [],
      forget: () => undefined,
    },
    waiting: [],
    signal: new AbortController().signal,
  };
};

describe('a contribution that stands in the way', () => {
  const start = () => {
    const context = serviceContext();
    return new Demanding(context, tracers, new Challenger(context, false));
  };

  test('is waited for, and then demanded: the item that is missing, all of it', async () => {
    const demanding = start();
    demanding.note([SEQ], toHeight(7n));
    demanding.note([SEQ], toHeight(20n));
    await demanding.work(toHeight(7n + CONTRIBUTION_PATIENCE - 1n));
    expect(sent).toEqual([]);
    await demanding.work(toHeight(7n + CONTRIBUTION_PATIENCE));
    expect(sent.map(({ kind }) => kind)).toEqual(['attributionChallenge']);
    expect(attributionChallenge.payload.fromJson(sent[0]?.payload ?? null)).toEqual({
      ok: true,
      value: { target, witness: { type: 'demand', value: demand } },
    });
    // Once, until it is missed again.
    sent = [];
    await demanding.work(toHeight(100n));
    expect(sent).toEqual([]);
  });

  test('is not demanded if it has arrived by the time of the demand', async () => {
    const demanding = start();
    demanding.note([SEQ], toHeight(7n));
    arriving = () => {
      missing = undefined;
    };
    await demanding.work(toHeight(7n + CONTRIBUTION_PATIENCE));
    expect(sent).toEqual([]);
  });

  test('is not looked for in each round once its text is here, though by other rules', async () => {
    const demanding = start();
    [here, missing, isPending] = [contribution, undefined, true];
    demanding.note([SEQ], toHeight(0n));
    let looks = 0;
    arriving = () => {
      looks += 1;
    };
    for (const height of [50n, 51n, 52n]) await demanding.work(toHeight(height));
    expect([looks, sent]).toEqual([1, []]);
  });

  test('is left alone if it has come, or is demanded already', async () => {
    const demanding = start();
    missing = undefined;
    demanding.note([SEQ], toHeight(0n));
    await demanding.work(toHeight(50n));
    missing = 1;
    for (const state of ['open', 'answered']) {
      challenges = [shown(state)];
      demanding.note([SEQ], toHeight(50n));
      await demanding.work(toHeight(100n));
    }
    expect(sent).toEqual([]);
  });
});

test('an item is demanded 64 chunks at a time, and nothing of it twice', () => {
  const of = (state: 'open' | 'answered', first: number, count: number, item = 4) => ({
    state,
    demand: { text: 'source' as const, contribution: SEQ, item, first, count },
  });
  const next = (tokens: number, ...before: readonly ReturnType<typeof of>[]) =>
    nextDemand(SEQ, 4, tokens, before);
  expect(next(65)).toEqual({ text: 'source', contribution: SEQ, item: 4, first: 0, count: 2 });
  expect(next(100 * 64)).toMatchObject({ first: 0, count: 64 });
  expect(next(100 * 64, of('answered', 0, 64))).toMatchObject({ first: 64, count: 36 });
  expect(next(100 * 64, of('open', 0, 64))).toBeUndefined();
  expect(next(100 * 64, of('open', 0, 64, 5))).toMatchObject({ first: 0, count: 64 });
  expect(next(64, of('answered', 0, 1))).toBeUndefined();
});

describe('a demand on a contribution', () => {
  const answering = (): Answering => {
    const context = serviceContext();
    return new Answering(context, textCache, tracers, [ID]);
  };

  test('is answered by who has the item, whoever made it, and whatever else of the contribution is missing', async () => {
    challenges = [shown('open')];
    part = partOf(contribution, demand.item);
    await answering().work();
    expect(sent.map(({ kind }) => kind)).toEqual(['attributionAnswer']);
    const { opening } = unwrap(attributionAnswer.payload.fromJson(sent[0]?.payload ?? null));
    const asked = { type: 'item', contribution: { contribution: SEQ, root, items: 2 }, item: 1 } as const;
    expect(checkAnswer({ source: asked, first: 0, count: 2 }, opening)).toEqual({
      ok: true,
      value: undefined,
    });
  });

  test('is kept in mind by who has not, and forgotten when it is over', async () => {
    challenges = [shown('open')];
    const service = answering();
    await service.work();
    expect(sent).toEqual([]);
    expect(service.memory()).toEqual([ID]);
    challenges = [shown('unanswered')];
    await service.work();
    expect(service.memory()).toEqual([]);
  });
});
