import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type * as attribution from '../../src/attribution/index.ts';
import type * as openledger from '../../src/index.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { transactionDigest } from '../../state/tx/transaction.ts';
import { playHistory } from '../unit/state/golden/history.ts';
import { type Bundle, bundle } from './bundle.ts';
import { ROOT } from './planted.ts';

/** The most bytes of the client, compressed, without the INFO-1 table. */
const CLIENT_MAX = 124 * 1024;
const INFO_1 = readFileSync(join(ROOT, 'state/attribution/info-1.bin'));

const [CLIENT, ATTRIBUTION] = ['src/index.ts', 'src/attribution/index.ts'] as const;

/** What a page has besides the language itself. There is no Buffer and no process. */
const webGlobals = (fetch: typeof globalThis.fetch) => ({
  AbortController,
  AbortSignal,
  TextDecoder,
  TextEncoder,
  URL,
  Uint8Array,
  clearTimeout,
  console,
  crypto,
  fetch,
  performance,
  setTimeout,
});

/** Runs an entry in a realm that has only what a page has. */
const runInPage = async <T>(entry: string, fetch: typeof globalThis.fetch): Promise<T> => {
  const { code } = await bundle(entry, { format: 'iife', name: 'exported' });
  return vm.runInNewContext(`${code}; exported`, webGlobals(fetch)) as T;
};

const noFetch = () => vi.fn<typeof globalThis.fetch>(() => Promise.reject(new Error('offline')));
const served = (bytes: Uint8Array, status = 200) =>
  vi.fn<typeof globalThis.fetch>(() => Promise.resolve(new Response(new Uint8Array(bytes), { status })));

describe('the package in a browser', () => {
  const bundles = new Map<string, Bundle>();
  beforeAll(async () => {
    for (const entry of [CLIENT, ATTRIBUTION]) bundles.set(entry, await bundle(entry));
  });

  test.each([CLIENT, ATTRIBUTION])('%s reaches nothing that only Node has', (entry) => {
    const made = bundles.get(entry);
    expect(made?.unfit).toEqual([]);
    expect(made?.modules).toContain('src/lib/platform/web/ssz.ts');
  });

  test('chooses the platform by the same imports in a checkout as in the package, where files are in dist/', () => {
    const importsOf = (path: string): unknown =>
      (JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as { readonly imports: unknown }).imports;
    const emitted = JSON.stringify(importsOf('src/package.json'))
      .replaceAll('"./', '"./dist/src/')
      .replaceAll('.ts"', '.js"');
    expect(importsOf('package.json')).toEqual(JSON.parse(emitted));
  });

  test.each([
    [
      'a module of Node',
      "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;\n",
      /node:fs/,
    ],
    ['a module of Node, later', "export const x = () => import('node:fs');\n", /node:fs/],
    ['LevelDB', "export { openContentStore as x } from '../content/store.ts';\n", /level/],
    ['libp2p', "export { createLibp2p as x } from 'libp2p';\n", /libp2p/],
    ['Buffer', 'export const x = (text: string) => Buffer.from(text);\n', /Buffer/],
    ['a native addon', "export { default as x } from 'secp256k1';\n", /secp256k1/],
    ['native speed', "export { native as x } from '../lib/platform/node/secp256k1.ts';\n", /platform\/node/],
  ])('a module that reaches %s is found', async (_, source, report) => {
    const { unfit } = await bundle('src/client/planted.ts', { source });
    expect(unfit.join('\n')).toMatch(report);
  });

  test(`the client has at most ${CLIENT_MAX} bytes, compressed, and INFO-1 is a file of its own`, () => {
    const sizes = [CLIENT, ATTRIBUTION].map((entry) => {
      const { code = '', gzipped = 0 } = bundles.get(entry) ?? {};
      return `${entry} ${code.length} bytes, ${gzipped} compressed`;
    });
    console.log(
      `${sizes.join('; ')}; info-1.bin ${INFO_1.length} bytes, ${gzipSync(INFO_1).length} compressed`,
    );
    expect(bundles.get(CLIENT)?.gzipped).toBeLessThanOrEqual(CLIENT_MAX);
    // INFO-1 does not fit in what is left of the limit. The code names its file, and that is all of it.
    for (const entry of [CLIENT, ATTRIBUTION]) {
      const { code = '' } = bundles.get(entry) ?? {};
      expect(code.length).toBeGreaterThan(10_000);
      expect(code.match(/info-1\.bin/g)?.length ?? 0).toBeGreaterThan(0);
      expect(code).not.toContain(INFO_1.subarray(0, 300).toString('base64').slice(4, 200));
    }
  });

  test('reads, writes and hashes every kind of transaction as a node does', async () => {
    const fetch = noFetch();
    const page = await runInPage<typeof openledger>(CLIENT, fetch);
    const separator = new Uint8Array(32).fill(7) as openledger.Root;
    const seen = new Set<number>();
    for (const { transactions } of playHistory().executed)
      for (const { bytes, transaction, body } of transactions) {
        const read = unwrap(page.decodeTransaction(unwrap(page.fromHex(toHex(bytes)))));
        const draft = { ...read.transaction, body: read.body };
        expect(page.toHex(page.encodeTransaction(draft, read.transaction.signature))).toBe(toHex(bytes));
        expect(page.toHex(page.transactionDigest(draft, separator))).toBe(
          toHex(transactionDigest({ ...transaction, body }, separator)),
        );
        seen.add(transaction.kind);
      }
    expect(seen.size).toBe(page.KINDS.length);
    expect(fetch).not.toHaveBeenCalled();
  });

  test('loads INFO-1 when information is asked for, from where it is told, and traces', async () => {
    const fetch = served(INFO_1);
    const page = await runInPage<typeof attribution>(ATTRIBUTION, fetch);
    expect(unwrap(page.rulesOf(2).tokenizeText('Ein Text')).count).toBe(2);
    expect(fetch).not.toHaveBeenCalled();
    const table = await page.loadInfoTable('/assets/info-1.bin');
    expect(fetch.mock.calls).toEqual([['/assets/info-1.bin']]);
    const text = 'seven wild geese crossed the frozen estuary before the lighthouse keeper had lit his lamp';
    const tracer = unwrap(page.createTextTracer(table, [{ contribution: 3, items: [text] }]));
    const { attribution: found } = unwrap(tracer.trace({ prompt: '', output: `They say that ${text}.` }));
    expect(found.spans.map(({ start, end, contribution }) => [start, end, contribution])).toEqual([
      [3, 18, 3],
    ]);
    expect(await page.loadInfoTable(new Uint8Array(INFO_1))).toEqual(table);
    expect(fetch).toHaveBeenCalledOnce();
  });

  test.each([
    ['no answer', noFetch(), 'INFO1_UNAVAILABLE'],
    ['a page of an error', served(INFO_1, 404), 'INFO1_UNAVAILABLE'],
    ['another file', served(INFO_1.subarray(1)), 'INFO1_HASH'],
    [
      'a file with one other byte',
      served(INFO_1.map((byte, i) => (i === 9 ? byte ^ 1 : byte))),
      'INFO1_HASH',
    ],
  ])('gets a fault for %s in place of INFO-1, and can try again', async (_, fetch, code) => {
    const page = await runInPage<typeof attribution>(ATTRIBUTION, fetch);
    await expect(page.loadInfoTable('/info-1.bin')).rejects.toMatchObject({ code });
    // A script that is no module has no place of its own, so the package cannot tell where its files are.
    await expect(page.loadInfoTable()).rejects.toMatchObject({ code: 'INFO1_UNAVAILABLE' });
    expect((await page.loadInfoTable(new Uint8Array(INFO_1))).length).toBe(65_536);
  });
});
