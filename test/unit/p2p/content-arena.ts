/**
 * A content exchange among simulated peers, some of them hostile. The exchange is the real one, shell and core. Its clock,
 * its store and its network are simulated: a run of minutes takes as long as its decisions do, and is the same every time.
 */
import { vi } from 'vitest';
import { ContentExchange } from '../../../p2p/content/exchange.ts';
import { fail, type Result } from '../../../p2p/errors.ts';
import type { ContentChunk } from '../../../p2p/protocols.ts';
import { PeerScores } from '../../../p2p/scores.ts';
import * as content from '../../../src/content/errors.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { equal, toBareHex, utf8 } from '../../../src/lib/bytes.ts';
import { ok } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { quiet } from './networks.ts';

/** What `Requests.ask` allows: so long for each chunk, and for the whole answer. */
const CHUNK_MS = 5_000;
const ANSWER_MS = 30_000;
const STEP_MS = 10;
const OBJECT_BYTES = 200;

export type Question = {
  readonly roots: readonly Root[];
  /** The time of the arena, in milliseconds. */
  readonly now: number;
};

/** What a peer does with a request: the objects it sends or a fault, after so many milliseconds. */
export type Reply = { readonly afterMs: number; readonly answer: Result<readonly ContentChunk[]> };
export type Behaviour = (question: Question) => Reply;

export type SimulatedPeer = {
  readonly name: string;
  readonly configured?: boolean;
  readonly reply: Behaviour;
  /** Announces every root again and again. */
  readonly announces?: boolean;
  /** Comes back under another name after a request that it did not answer. */
  readonly renews?: boolean;
};

const encodedOf = (name: string): Uint8Array => utf8(name.padEnd(OBJECT_BYTES, '.'));

/** Objects of the arena: the root of one is its sha256. */
export const objectsOf = (name: string, count: number): readonly ContentChunk[] =>
  Array.from({ length: count }, (_, i) => {
    const encoded = encodedOf(`${name} ${i}`);
    return { root: sha256(encoded), encoded };
  });

/** A peer that has these objects, and sends them after its latency at some megabytes per second. */
export const honest = (objects: readonly ContentChunk[], latencyMs: number): Behaviour => {
  const byRoot = new Map(objects.map((object) => [toBareHex(object.root), object]));
  return ({ roots }) => {
    const answer = roots.flatMap((root) => byRoot.get(toBareHex(root)) ?? []);
    return { afterMs: latencyMs + answer.length / 4, answer: ok(answer) };
  };
};

export const silent: Behaviour = () => ({ afterMs: CHUNK_MS, answer: fail('P2P_TIMEOUT', 'silent') });

/** Sends byte after byte, and is cut off at the end of the time for the whole answer. */
export const dripping: Behaviour = () => ({
  afterMs: ANSWER_MS,
  answer: fail('P2P_TIMEOUT', 'byte after byte'),
});

export const empty: Behaviour = () => ({ afterMs: 1, answer: ok([]) });

export const lying: Behaviour = ({ roots }) => ({
  afterMs: 1,
  answer: ok(roots.map((root) => ({ root, encoded: encodedOf('a lie') }))),
});

/** Sends everything, each time after so long. */
export const slow = (objects: readonly ContentChunk[], afterMs: number): Behaviour => {
  const reply = honest(objects, 0);
  return (question) => ({ ...reply(question), afterMs });
};

/** Sends one object of all that it was asked for. */
export const stingy = (objects: readonly ContentChunk[], afterMs: number): Behaviour => {
  const reply = honest(objects, 0);
  return ({ roots, now }) => ({ ...reply({ roots: roots.slice(0, 1), now }), afterMs });
};

/** Behaves in one way and then in another, in turn. */
export const inTurn = (...behaviours: readonly Behaviour[]): Behaviour => {
  let turn = -1;
  return (question) => {
    turn += 1;
    return (behaviours[turn % behaviours.length] ?? silent)(question);
  };
};

export type ArenaOptions = {
  readonly peers: readonly SimulatedPeer[];
  /** What the node wants from the start. */
  readonly wants: readonly Root[];
  /** What the hostile peers announce besides, in each step of 10 ms. */
  readonly noise?: (step: number) => readonly Root[];
};

export type Outcome = {
  /** Simulated milliseconds until the last of the wanted objects was here; undefined if that did not happen. */
  readonly tookMs: number | undefined;
  /** Milliseconds of processor time of the whole arena. */
  readonly processorMs: number;
  readonly received: number;
  /** Requests by the name of the peer. */
  readonly asked: ReadonlyMap<string, number>;
  /** The most roots that were pending at a time. */
  readonly pendingMax: number;
  /** The most requests that were under way at a time. */
  readonly inFlightMax: number;
};

/** Numbers from 0 to below 1, the same in every run. */
const seeded = (): (() => number) => {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
};

/** Runs an exchange until it has all that `awaited` says, or the limit is reached. */
export const runArena = async (
  options: ArenaOptions,
  limitMs: number,
  awaited: readonly Root[] = options.wants,
): Promise<Outcome> => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
  });
  const random = vi.spyOn(Math, 'random').mockImplementation(seeded());
  try {
    return await simulate(options, limitMs, awaited);
  } finally {
    random.mockRestore();
    vi.useRealTimers();
  }
};

const simulate = async (
  { peers, wants, noise }: ArenaOptions,
  limitMs: number,
  awaited: readonly Root[],
): Promise<Outcome> => {
  const origin = performance.now();
  const here = new Set<string>();
  const named = new Set(wants.map(toBareHex));
  const asked = new Map<string, number>();
  let present = [...peers];
  let renewals = 0;
  let inFlight = 0;
  let inFlightMax = 0;
  let received = 0;
  const scores = new PeerScores({
    now: () => performance.now(),
    onOffence: () => undefined,
    onBan: () => undefined,
  });
  const connected = (): readonly SimulatedPeer[] => present.filter(({ name }) => !scores.isBanned(name));

  const exchange = new ContentExchange({
    store: {
      hasMany: async (roots) => roots.map((root) => here.has(toBareHex(root))),
      mostItems: async () => 0,
      missing: async (root) => (here.has(toBareHex(root)) ? [] : [root]),
      receive: async (objects) =>
        objects.map(({ root, encoded }) => {
          if (!equal(sha256(encoded), root)) return content.fail('CONTENT_ROOT', 'a lie');
          here.add(toBareHex(root));
          received += 1;
          return ok({ type: 'item', rules: 2, text: encoded, promptTokens: 0, salt: root });
        }),
    },
    peers: () => connected().map(({ name, configured = false }) => ({ name, configured })),
    isPeer: (name) => connected().some((peer) => peer.name === name),
    fetch: (name, roots, signal) => {
      asked.set(name, (asked.get(name) ?? 0) + 1);
      const peer = connected().find((each) => each.name === name);
      if (peer === undefined) return Promise.resolve(fail('P2P_NOT_CONNECTED', 'gone'));
      inFlight += 1;
      inFlightMax = Math.max(inFlightMax, inFlight);
      const { afterMs, answer } = peer.reply({ roots, now: performance.now() - origin });
      return new Promise((resolve) => {
        const end = (result: typeof answer): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', abandon);
          inFlight -= 1;
          if (!result.ok && peer.renews === true) {
            renewals += 1;
            present = present.map((each) =>
              each.name === name ? { ...peer, name: `hostile, come back ${renewals} times` } : each,
            );
          }
          resolve(result.ok ? ok({ objects: result.value, isCut: false }) : result);
        };
        const timer = setTimeout(() => end(answer), afterMs);
        const abandon = (): void => end(fail('P2P_RESET', 'abandoned'));
        signal.addEventListener('abort', abandon);
      });
    },
    announce: () => undefined,
    penalise: (peer, offence) => scores.penalise(peer, offence),
    warn: () => undefined,
    wanted: () => [wants],
    areWanted: async (roots) => roots.map((root) => named.has(toBareHex(root)) && !here.has(toBareHex(root))),
    logger: quiet,
  });

  const before = process.cpuUsage();
  exchange.start();
  let pendingMax = 0;
  let tookMs: number | undefined;
  for (let step = 0; step * STEP_MS < limitMs; step++) {
    for (const { name, announces } of connected()) {
      if (announces !== true) continue;
      for (const [period, roots] of [
        [20, wants],
        [1, noise?.(step) ?? []],
      ] as const)
        for (let from = 0; step % period === 0 && from < roots.length; from += 256)
          exchange.onAnnouncement({ holder: name, roots: roots.slice(from, from + 256) }, name);
    }
    await vi.advanceTimersByTimeAsync(STEP_MS);
    pendingMax = Math.max(pendingMax, exchange.stats().pending);
    if (!awaited.every((root) => here.has(toBareHex(root)))) continue;
    tookMs = performance.now() - origin;
    break;
  }
  const { user, system } = process.cpuUsage(before);
  const stopped = exchange.stop();
  await vi.advanceTimersByTimeAsync(ANSWER_MS);
  await stopped;
  return { tookMs, processorMs: (user + system) / 1_000, received, asked, pendingMax, inFlightMax };
};
