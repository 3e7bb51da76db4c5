/** A page in a real Chromium uses the package: it signs, sends and contributes to a real node, through CORS. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Devnet, openDevnet } from '../../node/devnet/devnet.ts';
import { readConfig, writeConfig } from '../../node/home.ts';
import type * as face from '../../src/index.ts';
import { createRpcClient, createWallet, fromHex, type Hex, toHex, waitForHeight } from '../../src/index.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { bundle } from '../house/bundle.ts';
import { ROOT } from '../house/planted.ts';
import { eventually, openWorkshop } from './processes.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
if (CHROMIUM === undefined)
  console.log('skipped: no Chromium is installed, so no page tries the package (apt-get install chromium)');

const shop = openWorkshop();
const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
  await shop.close();
});

/** Serves files to a page, and says what was asked for. */
type Site = { readonly origin: string; readonly asked: readonly string[] };

const serve = async (files: Readonly<Record<string, readonly [type: string, body: string | Buffer]>>) => {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const file = files[path];
    if (file === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': file[0] }).end(file[1]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, asked } satisfies Site;
};

const HTML =
  '<!doctype html><meta charset="utf-8"><title>page</title><script type="module">' +
  "import * as openledger from '/openledger.js'; globalThis.openledger = openledger;</script>";

/** What the script of the page has put where its functions find it. */
declare global {
  var openledger: typeof face;
}

describe.skipIf(CHROMIUM === undefined)('a page in Chromium', () => {
  let site: Site;
  let stranger: Site;
  let net: Devnet;
  let rpc: string;
  let page: Page;
  const errors: string[] = [];

  const open = async ({ origin }: Site): Promise<Page> => {
    const browser = await chromium.launch({
      ...(CHROMIUM === undefined ? {} : { executablePath: CHROMIUM }),
      args: ['--no-sandbox'],
    });
    closing.push(() => browser.close());
    const opened = await browser.newPage();
    opened.on('pageerror', (error) => errors.push(error.message));
    await opened.goto(`${origin}/`);
    await opened.waitForFunction(() => 'openledger' in globalThis);
    return opened;
  };

  const keyOf = (name: string): Hex =>
    net.accounts.find((account) => account.name === name)?.privateKey as Hex;
  const walletOf = (name: string) => createWallet(createRpcClient(rpc), unwrap(fromHex(keyOf(name), 32)));

  beforeAll(async () => {
    const { code } = await bundle('src/index.ts');
    const files = {
      '/': ['text/html', HTML],
      '/openledger.js': ['text/javascript', code],
      '/info-1.bin': ['application/octet-stream', readFileSync(join(ROOT, 'state/attribution/info-1.bin'))],
    } as const;
    site = await serve(files);
    stranger = await serve(files);

    net = await openDevnet({
      home: join(shop.folder, 'net'),
      nodes: 1,
      basePort: undefined,
      genesis: undefined,
    });
    const home = net.nodes[0]?.home ?? '';
    const config = unwrap(readConfig(home));
    writeConfig(home, { ...config, rpc: { ...config.rpc, cors_origins: [site.origin] } });
    rpc = `http://127.0.0.1:${config.rpc.port}`;
    shop.run('start', '--home', home);
    const client = createRpcClient(rpc);
    await eventually('the node answers', async () => (await client.attempt('node_status')).ok);
    await waitForHeight(client, 1n, { timeoutMs: Number.POSITIVE_INFINITY });
    page = await open(site);
  });

  test('signs a transfer with a key of its own, and sends it', async () => {
    const [to, amount] = [`0x${'5c'.repeat(20)}`, 123_456_789n];
    const sent = await page.evaluate(
      async ([url, key, payee, base]) => {
        const { createRpcClient: connect, createWallet: open, fromHex: bytesOf, toHex: hexOf } = openledger;
        const privateKey = bytesOf(key, 32);
        if (!privateKey.ok) throw new Error(privateKey.fault.message);
        const account = bytesOf(payee, 20);
        if (!account.ok) throw new Error(account.fault.message);
        const wallet = await open(connect(url), privateKey.value);
        const { status } = await wallet.send(
          'transfer',
          { to: account.value, amount: BigInt(base) },
          { mode: 'commit' },
        );
        return { status, from: hexOf(wallet.address) };
      },
      [rpc, keyOf('alice'), to, amount.toString()] as const,
    );
    expect(sent.status).toBe('committed');
    expect(sent.from).toBe(toHex((await walletOf('alice')).address));
    const { balance } = await createRpcClient(rpc).call('account_get', { address: to });
    expect(BigInt(balance)).toBe(amount);
    expect(errors).toEqual([]);
  });

  test('contributes two rows, which reviewers accept, and loads INFO-1 only for that', async () => {
    const [founder, ...reviewers] = await Promise.all(['bob', 'carol', 'dave'].map(walletOf));
    if (founder === undefined) throw new Error('the devnet has a founder');
    const created = await founder.send(
      'datanetCreate',
      {
        name: 'river names',
        rules: 2,
        domain: 'geography',
        licence: 'CC-BY-4.0',
        schema: { fields: ['question', 'answer'], promptFields: 1 },
        commons: undefined,
        matchBitsFloor: 0,
        access: 'open',
        contributors: [],
        reviewers: reviewers.map(({ address }) => address),
        quorum: 2,
        bondPerByte: 10n ** 11n,
        prices: { inMin: 0n, outMin: 0n },
      },
      { mode: 'commit' },
    );
    expect(created.status).toBe('committed');
    const client = createRpcClient(rpc);
    const datanets = await client.call('datanet_list');
    const datanet = datanets.find(({ terms }) => terms.name === 'river names')?.id ?? 0;
    const rows = [
      {
        question: 'Where does the Neretva begin?',
        answer: 'In the karst below Jabuka, far above the town of Konjic, where it is a cold brook still.',
      },
      {
        question: 'Which river did the mill of Sromlje stand on?',
        answer:
          'It stood on a nameless tributary of the Sava that dries up in the late summer of most years.',
      },
    ];
    expect(site.asked).not.toContain('/info-1.bin');
    const { contributed, said } = await page.evaluate(
      async ([url, key, id, texts]) => {
        const { contribute, createRpcClient: connect, createWallet: open, fromHex: bytesOf } = openledger;
        const privateKey = bytesOf(key, 32);
        if (!privateKey.ok) throw new Error(privateKey.fault.message);
        const node = connect(url);
        const lines: string[] = [];
        return {
          contributed: await contribute({
            client: node,
            wallet: await open(node, privateKey.value),
            datanet: id,
            rows: texts,
            infoTable: '/info-1.bin',
            progress: (line) => lines.push(line),
          }),
          said: lines,
        };
      },
      [rpc, keyOf('alice'), datanet, rows] as const,
    );
    expect(site.asked.filter((path) => path === '/info-1.bin')).toHaveLength(1);
    const [{ contribution = 0, ...rest } = {}, ...more] = contributed;
    expect(more).toEqual([]);
    expect(rest).toMatchObject({ from: 0, to: 2, revealed: expect.stringMatching(/^0x[0-9a-f]{64}$/) });
    expect(said.join('\n')).toContain('2 rows as 1 contributions');

    for (const reviewer of reviewers) {
      const quality = { authenticity: 90, ownership: 90, quality: 90, uniqueness: 90 };
      const review = { contribution, quality, verdict: 'accept' as const };
      const { status } = await reviewer.send('contributionReview', review, { mode: 'commit' });
      expect(status).toBe('committed');
    }
    const stage = await page.evaluate(
      async ([url, id]) =>
        (await openledger.createRpcClient(url).call('contribution_get', { contribution: id })).stage,
      [rpc, contribution] as const,
    );
    expect(stage).toBe('accepted');
    expect(errors).toEqual([]);
  });

  test('of an origin that is not listed reaches no node', async () => {
    const outside = await open(stranger);
    const code = await outside.evaluate(async (url) => {
      const answer = await openledger.createRpcClient(url).attempt('node_status');
      return answer.ok ? 'answered' : answer.fault.code;
    }, rpc);
    expect(code).toBe('RPC_UNREACHABLE');
  });
});
