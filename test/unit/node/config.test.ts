import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyFlags, type Config, defaultConfig, formatConfig, parseConfig } from '../../../node/config.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { codeOf, refusalOf, thrown } from './support.ts';

const text = formatConfig(defaultConfig('node-1'));
const read = (toml: string) => parseConfig(toml, 'config.toml');
/** The default config with one line of it written otherwise. */
const edited = (from: string, to: string): string => {
  expect(text).toContain(from);
  return text.replace(from, to);
};

describe('a config', () => {
  test('comes back from its file as it was written', () => {
    const name = fc.string({ minLength: 1, maxLength: 64, unit: 'grapheme' }).filter((n) => n.length <= 64);
    const config = fc.record({
      name,
      log: fc.record({
        level: fc.constantFrom('trace', 'debug', 'info', 'warn', 'error', 'silent'),
        format: fc.constantFrom('text', 'json'),
      }),
      rpc: fc.record({
        host: fc.constantFrom('127.0.0.1', '::1', 'example.org'),
        port: fc.nat({ max: 65_535 }),
        max_body_bytes: fc.integer({ min: 1_024, max: 64 << 20 }),
        max_batch: fc.integer({ min: 1, max: 10_000 }),
        cors_origins: fc.subarray(['https://example.org', 'http://localhost:5173', 'http://[::1]:8080']),
        hosts: fc.subarray(['node.example.org', 'node']),
      }),
      p2p: fc.record({
        host: fc.constantFrom('127.0.0.1', '0.0.0.0'),
        port: fc.nat({ max: 65_535 }),
        peers: fc.array(name, { maxLength: 4 }),
      }),
      mempool: fc.record({
        max_transactions: fc.integer({ min: 1, max: 1_000_000 }),
        max_bytes: fc.integer({ min: 1 << 20, max: 1 << 30 }),
        max_per_sender: fc.integer({ min: 1, max: 1_000_000 }),
      }),
      content: fc.record({ host: fc.boolean(), max_bytes: fc.integer({ min: 1 << 20, max: 2 ** 50 }) }),
    });
    fc.assert(
      fc.property(config, (each) => {
        const written = each as Config;
        expect(unwrap(read(formatConfig(written)))).toEqual(written);
      }),
    );
  });

  test('that is no TOML is refused in one line that names the file', () => {
    for (const bad of ['name = ', '= 3', '[rpc\nport = 1', 'a = 1\na = 2', '\u0000']) {
      const refusal = refusalOf(read(bad));
      expect(refusal.code).toBe('CONFIG_NOT_TOML');
      expect(refusal.message).toMatch(/^config\.toml(?:, line [1-9])?: ./);
      expect(refusal.message).not.toContain('\n');
    }
  });

  test('with a section twice is refused by its line, and what to do is said', () => {
    expect(refusalOf(read(`${text}\n[p2p]\nport = 1\n`)).message).toMatch(
      /^config\.toml, line [0-9]+: .*replace the one that is there$/,
    );
  });

  test('with a key that nothing knows is refused by that key: a typo is no default', () => {
    expect(refusalOf(read(edited('max_batch = ', 'max_bath = ')))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'config.toml: rpc.max_bath is no key of a config',
      data: { source: 'config.toml', path: 'rpc.max_bath' },
    });
    expect(refusalOf(read(`colour = "red"\n${text}`)).data).toMatchObject({ path: 'colour' });
    expect(refusalOf(read(`${text}\n[extra]\nx = 1\n`)).data).toMatchObject({ path: 'extra' });
  });

  test('with a value of the wrong type or out of range is refused, and the key is named', () => {
    const wrong: readonly (readonly [from: string, to: string, path: string])[] = [
      ['max_batch = 100', 'max_batch = 0', 'rpc.max_batch'],
      ['max_batch = 100', 'max_batch = "1000"', 'rpc.max_batch'],
      ['max_batch = 100', 'max_batch = 1.5', 'rpc.max_batch'],
      ['level = "info"', 'level = "loud"', 'log.level'],
      ['format = "text"', 'format = "xml"', 'log.format'],
      ['host = true', 'host = 1', 'content.host'],
      ['peers = []', 'peers = [""]', 'p2p.peers.0'],
      ['name = "node-1"', 'name = ""', 'name'],
      ['max_per_sender = 4000', 'max_per_sender = 10000000', 'mempool.max_per_sender'],
    ];
    for (const [from, to, path] of wrong)
      expect(refusalOf(read(edited(from, to))).data).toMatchObject({ path });
  });

  test('lets no page call unless its origin is listed', () => {
    expect(unwrap(read(text)).rpc.cors_origins).toEqual([]);
    expect(unwrap(read(edited('cors_origins = []\n', ''))).rpc.cors_origins).toEqual([]);
  });

  test.each([
    '*',
    'null',
    '',
    'example.org',
    'https://example.org/',
    'https://example.org/page',
    'https://EXAMPLE.org',
    'https://example.org:443',
    'https://*.example.org',
    'file:///home/page.html',
    'ws://example.org',
  ])('refuses %j as an origin, which no browser sends', (origin) => {
    const listed = `cors_origins = ["https://fine.example", ${JSON.stringify(origin)}]`;
    const refusal = refusalOf(read(edited('cors_origins = []', listed)));
    expect(refusal).toMatchObject({ code: 'CONFIG_INVALID', data: { path: 'rpc.cors_origins.1' } });
    expect(refusal.message).toContain('must be the origin of a page, such as https://example.org');
  });

  test.each(['"https://example.org"', 'true', '[1]', '[["https://example.org"]]'])(
    'refuses %s, which is no list of origins',
    (value) => {
      const refusal = refusalOf(read(edited('cors_origins = []', `cors_origins = ${value}`)));
      expect(refusal.code).toBe('CONFIG_INVALID');
      expect(refusal.data?.path).toContain('rpc.cors_origins');
    },
  );

  test('has the default for what it leaves out, and the ports of the guide', () => {
    const { rpc, p2p, ...rest } = defaultConfig('node');
    const standard = { ...rest, rpc: { ...rpc, port: 8_545 }, p2p: { ...p2p, port: 26_656 } };
    expect(unwrap(read(''))).toEqual(standard);
    expect(unwrap(read('[rpc]\nmax_batch = 7\n'))).toEqual({
      ...standard,
      rpc: { ...standard.rpc, max_batch: 7 },
    });
    expect(refusalOf(read('rpc = 7')).data).toMatchObject({ path: 'rpc' });
  });

  test('of the guide for operators can be pasted, alone or in the place of its section', () => {
    const guide = readFileSync(new URL('../../../docs/operators.md', import.meta.url), 'utf8');
    const blocks = [...guide.matchAll(/^```toml\n(.*?)^```$/gms)].map(([, block = '']) => block);
    expect(blocks.length).toBeGreaterThan(1);
    for (const block of blocks) {
      const alone = unwrap(read(block));
      const [head = ''] = /^\[[a-z0-9]+\]/m.exec(block) ?? [];
      const section = head.slice(1, -1) as 'p2p' | 'rpc';
      const [before = '', after = ''] = text.split(`${head}\n`);
      const pasted = `${before}${block}\n${after.replace(/^(?:[a-z_]+ = .*\n)*/, '')}`;
      expect(unwrap(read(pasted))[section]).toEqual(alone[section]);
    }
  });

  test.each([
    '',
    'a b',
    'http://x.org',
    '1.2.3',
    '256.1.1.1',
    '127.0.0.1:80',
    '[::1]',
    'fe80::1%eth0',
    '-a.org',
    'a..org',
    '1::2::3',
  ])('refuses %j as a host', (host) => {
    for (const section of ['rpc', 'p2p'])
      expect(refusalOf(read(`[${section}]\nhost = ${JSON.stringify(host)}\n`))).toMatchObject({
        code: 'CONFIG_INVALID',
        data: { path: `${section}.host` },
      });
  });

  test('of any text is taken or refused, never thrown at', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), (any) => {
        const result = read(any);
        expect(result.ok || result.fault.code.startsWith('CONFIG_')).toBe(true);
      }),
    );
  });
});

describe('flags', () => {
  const config = { ...defaultConfig('node-1'), p2p: { host: '127.0.0.1', port: 7, peers: ['/a/p2p/x'] } };

  test('that are left out change nothing', () => {
    expect(unwrap(applyFlags(config, {}))).toEqual(config);
  });

  test('stand over the config, and peers beside its own', () => {
    const applied = unwrap(
      applyFlags(config, {
        peers: '/b/p2p/y,/a/p2p/x,',
        rpcHost: '0.0.0.0',
        rpcPort: '8545',
        p2pHost: '::',
        p2pPort: '0',
        logLevel: 'debug',
        logFormat: 'json',
      }),
    );
    expect(applied).toEqual({
      ...config,
      log: { level: 'debug', format: 'json' },
      rpc: { ...config.rpc, host: '0.0.0.0', port: 8545 },
      p2p: { host: '::', port: 0, peers: ['/a/p2p/x', '/b/p2p/y'] },
    });
  });

  test('that are no ports are refused by their names', async () => {
    for (const bad of ['', '-1', '65536', '80a', '1e3', '0x10', '999999'])
      expect(await thrown(() => applyFlags(config, { rpcPort: bad }))).toMatchObject({
        code: 'ARGUMENT_INVALID',
        message: expect.stringContaining('--rpc-port') as string,
      });
    expect(refusalOf(applyFlags(config, { logLevel: 'loud' })).message).toBe(
      'the flags: log.level must be one of trace, debug, info, warn, error, silent',
    );
    expect(codeOf(applyFlags(config, { logFormat: 'xml' }))).toBe('CONFIG_INVALID');
  });
});
