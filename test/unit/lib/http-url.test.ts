import { expect, test } from 'vitest';
import { parseHttpUrl, shownUrl } from '../../../src/lib/http-url.ts';

test.each([
  ['http://127.0.0.1:8545', 'http://127.0.0.1:8545', undefined, 'http://127.0.0.1:8545'],
  ['http://127.0.0.1:8545/', 'http://127.0.0.1:8545/', undefined, 'http://127.0.0.1:8545/'],
  ['https://ana:s%C3%A9cret@x.org/rpc', 'https://x.org/rpc', 'ana:sécret', 'https://x.org/…'],
  ['https://ana@x.org', 'https://x.org/', 'ana:', 'https://x.org'],
  ['https://a:%zz@x.org/', 'https://x.org/', 'a:%zz', 'https://x.org/'],
  ['https://x.org/v1?key=s3cret#f', 'https://x.org/v1?key=s3cret#f', undefined, 'https://x.org/…'],
  ['https://x.org/v2/s3cret', 'https://x.org/v2/s3cret', undefined, 'https://x.org/…'],
  ['https://x.org?s3cret', 'https://x.org?s3cret', undefined, 'https://x.org/…'],
  ['https://x.org#s3cret/', 'https://x.org#s3cret/', undefined, 'https://x.org'],
])('%s is sent to %s', (text, address, credentials, shown) => {
  const url = parseHttpUrl(text);
  expect(url).toMatchObject({ address, shown });
  const [, encoded] = url.authorization?.split(' ') ?? [];
  expect(encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString()).toBe(credentials);
});

test('what cannot be read shows no password', () => {
  expect(shownUrl('ftp://ana:s3cret@x.org')).not.toContain('s3cret');
  expect(shownUrl('http//ana:s3cret@x.org')).not.toContain('s3cret');
  expect(shownUrl('banana')).toBe('banana');
});

test.each([
  ['x.org/v2/s3cret', 'x.org/…'],
  ['localhost:8545/s3cret', 'localhost:8545/…'],
  ['htps://x.org:1/v2/s3cret', 'htps://x.org:1/…'],
  ['https://x y.org/v2/s3cret', 'https://x y.org/…'],
  ['x.org?key=s3cret', 'x.org/…'],
  ['x.org\\v2\\s3cret', 'x.org/…'],
  ['ws://x.org/v2/s3cret', 'ws://x.org/…'],
])('of %s, which is no http URL, nothing behind the host is shown', (text, shown) => {
  expect(shownUrl(text)).toBe(shown);
});
