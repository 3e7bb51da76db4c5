import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { createRpcClient, type RpcClient } from '../../../src/client/rpc-client.ts';
import { type ContentObject, createRootOf } from '../../../src/content/objects.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { ContentFetcher, type Waiting, waitingText } from '../../../src/services/corpus/content-fetcher.ts';
import { openTextCache } from '../../../src/services/corpus/text-cache.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const rootOf = createRootOf(infoTable());
const salt = new Uint8Array(32).fill(3);
const inferenceOf = (output: string) => ({
  type: 'inference' as const,
  rules: 2 as const,
  prompt: utf8('which'),
  output: utf8(output),
  salt,
  ids: undefined,
});
/** The root of the texts of a receipt with this output. */
const textsRoot = (output: string): Root => unwrap(rootOf(inferenceOf(output)));

type Answer = { readonly result: unknown } | 'not found' | 'never';

/** A node that answers content_get as the test has it; counts how often each root was asked for. */
const node = async (answers: Map<string, Answer>) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { id, params } = JSON.parse(Buffer.concat(chunks).toString()) as {
        id: number;
        params: { root: string };
      };
      asked.push(params.root);
      const answer = answers.get(params.root) ?? 'not found';
      if (answer === 'never') return;
      const error = { code: -32001, message: 'not there', data: { code: 'CONTENT_NOT_FOUND' } };
      response.end(JSON.stringify({ jsonrpc: '2.0', id, ...(answer === 'not found' ? { error } : answer) }));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = createRpcClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    timeoutMs: 2_000,
  });
  return { client, asked };
};

const shown = (output: string) => ({
  type: 'inference',
  rules: 2,
  prompt: 'which',
  output,
  salt: toHex(salt),
  ids: null,
});
const output = (text: string): Answer => ({ result: shown(text) });

describe('a text cache', () => {
  test('gives what is there though a node still seeks something else, and waits for that once', async () => {
    const [there, sought] = [textsRoot('one two'), textsRoot('three')];
    const answers = new Map<string, Answer>([
      [toHex(there), output('one two')],
      [toHex(sought), 'never'],
    ]);
    const { client, asked } = await node(answers);
    const kept: string[] = [];
    const fetcher = new ContentFetcher(client, (root) => {
      kept.push(root);
      return [];
    });
    const roots = [there, sought].map(toHex);
    await fetcher.get(
      roots.map((root) => [root]),
      50,
    );
    // On a slow machine it arrives after that.
    await expect.poll(() => kept).toEqual([toHex(there)]);
    // If it waited once more, it would do so for longer than a test may take.
    await fetcher.get([[toHex(sought)]], 600_000);
    expect(asked.toSorted()).toEqual(roots.toSorted());
  });

  test('requests content that was not available again after a pause', async () => {
    const late = textsRoot('late');
    let ahead = 0;
    const start = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => start + ahead);
    onTestFinished(() => void vi.restoreAllMocks());
    const answers = new Map<string, Answer>([[toHex(late), 'not found']]);
    const { client, asked } = await node(answers);
    const textCache = openTextCache(client);
    expect(await textCache.inferences([late])).toEqual([undefined]);
    answers.set(toHex(late), output('late'));
    expect(await textCache.inferences([late])).toEqual([undefined]);
    expect(asked.length).toBe(1);
    ahead = 2_000;
    // It is asked for, and not waited for.
    await textCache.inferences([late]);
    await expect.poll(async () => (await textCache.inferences([late]))[0]?.output.tokens.count).toBe(1);
    expect(asked.length).toBe(2);
  });

  test('takes no text under a root that is not its own', async () => {
    const root = textsRoot('the true one');
    const { client } = await node(new Map([[toHex(root), output('another')]]));
    await expect(openTextCache(client).inferences([root])).rejects.toMatchObject({ code: 'CONTENT_ROOT' });
  });

  test('puts contributions together from their items, and leaves out those that lack one', async () => {
    const item = (text: string): ContentObject => ({
      type: 'item',
      rules: 2,
      text: utf8(text),
      promptTokens: 1,
      salt,
    });
    const roots = ['a b c', 'd e'].map((text) => unwrap(rootOf(item(text))));
    const whole = unwrap(rootOf({ type: 'contribution', items: roots.slice(0, 1) }));
    const part = unwrap(rootOf({ type: 'contribution', items: roots }));
    const [first] = roots.map(toHex);
    const { client } = await node(
      new Map<string, Answer>([
        [toHex(whole), { result: { type: 'contribution', items: [first] } }],
        [toHex(part), { result: { type: 'contribution', items: roots.map(toHex) } }],
        [
          first ?? '',
          { result: { type: 'item', rules: 2, text: 'a b c', promptTokens: 1, salt: toHex(salt) } },
        ],
      ]),
    );
    const [known, lacking] = await openTextCache(client).contributions([whole, part]);
    expect(known?.items.map(({ tokens, promptTokens }) => [tokens.count, promptTokens])).toEqual([[3, 1]]);
    expect(lacking).toBeUndefined();
  });
});

describe('a fetcher', () => {
  test('does not take a refusal that passes for content that nobody has', async () => {
    const root = toHex(textsRoot('there'));
    let refusals = 1;
    const client: Pick<RpcClient, 'url' | 'attempt'> = {
      url: 'http://busy.test',
      attempt: async () => {
        refusals -= 1;
        if (refusals >= 0) return { ok: false, fault: { code: 'RATE_LIMITED', message: 'slower' } };
        return { ok: true, value: { ...shown('there'), salt, ids: null } as never };
      },
    };
    const arrived: string[] = [];
    const fetcher = new ContentFetcher(client as RpcClient, (each) => {
      arrived.push(each);
      return [];
    });
    await expect(fetcher.get([[root]], 1_000)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await fetcher.get([[root]], 1_000);
    expect(arrived).toEqual([root]);
  });

  test('waits for as long as content keeps arriving, however long all of it takes, and says so', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const texts = Array.from({ length: 8 }, (_, i) => `text ${i}`);
    const wait = 8_000;
    const client: Pick<RpcClient, 'url' | 'attempt'> = {
      url: 'http://slow.test',
      attempt: async (_method, ...[params]) => {
        const text = texts.find((each) => toHex(textsRoot(each)) === (params as { root: string }).root) ?? '';
        await new Promise((resolve) => setTimeout(resolve, (wait / 2) * texts.indexOf(text)));
        return { ok: true, value: { ...shown(text), salt, ids: null } as never };
      },
    };
    const arrived = new Set<string>();
    const waited: Waiting[] = [];
    const fetcher = new ContentFetcher(
      client as RpcClient,
      (root) => {
        arrived.add(root);
        return [];
      },
      (waiting) => waited.push(waiting),
    );
    const all = fetcher.get(
      texts.map((text) => [toHex(textsRoot(text))]),
      wait,
    );
    await vi.advanceTimersByTimeAsync((wait / 2) * texts.length);
    await all;
    expect(arrived.size).toBe(texts.length);
    expect(waited.map(({ missing, of }) => [missing, of])).toEqual([
      [6, 8],
      [5, 8],
      [4, 8],
      [2, 8],
      [1, 8],
    ]);
    expect(waited.map(waitingText)[1]).toBe('waiting for 5 of 8 texts, since 10 s');
  });

  test('says that a node is away, and not that something is missing', async () => {
    const fetcher = new ContentFetcher(createRpcClient('http://127.0.0.1:9'), () => expect.unreachable());
    const root = toHex(textsRoot('x'));
    await expect(fetcher.get([[root]], 1_000)).rejects.toMatchObject({ code: 'RPC_UNREACHABLE' });
    await expect(fetcher.get([[root]], 1_000)).rejects.toMatchObject({ code: 'RPC_UNREACHABLE' });
  });
});
