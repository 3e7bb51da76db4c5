import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkHost,
  httpUrl,
  isEveryAddress,
  ownHost,
  parseHost,
  resolveHost,
  tcpMultiaddr,
} from '../../../node/hosts.ts';
import { parsePeers } from '../../../p2p/dialer.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { codeOf, thrown } from './support.ts';

const ID = '12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8';

describe('a host', () => {
  test.each([
    ['203.0.113.5', '/ip4/203.0.113.5/tcp/1', 'http://203.0.113.5:1'],
    ['2001:DB8::5', '/ip6/2001:db8::5/tcp/1', 'http://[2001:db8::5]:1'],
    ['::1', '/ip6/::1/tcp/1', 'http://[::1]:1'],
    ['localhost', '/dns/localhost/tcp/1', 'http://localhost:1'],
    ['Node-1.Example.org', '/dns/node-1.example.org/tcp/1', 'http://node-1.example.org:1'],
    ['xn--bcher-kva.example', '/dns/xn--bcher-kva.example/tcp/1', 'http://xn--bcher-kva.example:1'],
  ])('%s has the multiaddr %s and the URL %s', (host, address, url) => {
    expect(tcpMultiaddr(host, 1)).toBe(address);
    expect(httpUrl(host, 1)).toBe(url);
    expect(unwrap(parsePeers([`${address}/p2p/${ID}`])).has(ID)).toBe(true);
    expect(new URL(url).port).toBe('1');
  });

  test.each([
    '',
    ' ',
    'a b',
    'http://x.org',
    'x.org:80',
    '127.0.0.1:80',
    '[::1]',
    'fe80::1%eth0',
    '1.2.3',
    '1.2.3.256',
    '0x7f.1',
    '0x7f000001',
    'a.0x1',
    'node.7',
    '2130706433',
    'a..org',
    '-a.org',
    'a-.org',
    'x.org/p2p',
    'bücher.example',
    `${'a'.repeat(64)}.org`,
    `${'a.'.repeat(127)}org`,
    '1::2::3',
  ])('is not %j', (text) => {
    expect(codeOf(parseHost(text))).toBe('HOST_INVALID');
  });

  test('of any text is read or refused, and what is read makes a URL', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.domain(), fc.ipV4(), fc.ipV6()), (text) => {
        const host = parseHost(text);
        if (host.ok) expect(new URL(httpUrl(text, 80)).pathname).toBe('/');
        else expect(host.fault.code).toBe('HOST_INVALID');
      }),
    );
  });

  test('that means every address is reached at the loopback address of its family', () => {
    expect(['0.0.0.0', '::', '0:0:0:0:0:0:0:0'].map(ownHost)).toEqual(['127.0.0.1', '::1', '::1']);
    expect(['127.0.0.1', '::1', '10.0.0.0', 'localhost'].map(isEveryAddress)).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(ownHost('203.0.113.5')).toBe('203.0.113.5');
  });

  test('is resolved to addresses: an address is itself, localhost is of this machine', async () => {
    expect(await resolveHost('2001:db8::5')).toEqual(['2001:db8::5']);
    for (const address of await resolveHost('localhost')) expect(address).toMatch(/^127\.|^::1$/);
    expect(await thrown(() => resolveHost('nowhere.invalid'))).toMatchObject({ code: 'HOST_UNRESOLVED' });
  });

  test('without a dot must be known to this machine, and one with a dot may become known later', async () => {
    await checkHost('localhost');
    await checkHost('not-yet.example.invalid');
    expect(await thrown(() => checkHost('banana'))).toMatchObject({
      code: 'HOST_UNRESOLVED',
      data: { host: 'banana' },
    });
    expect(await thrown(() => checkHost('ba nana'))).toMatchObject({ code: 'HOST_INVALID' });
  });
});
