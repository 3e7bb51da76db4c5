/** The hosts of configured peers, and the names of them that do not resolve. */
import { Writable } from 'node:stream';
import { multiaddr } from '@multiformats/multiaddr';
import { expect, onTestFinished, test } from 'vitest';
import { ConfiguredHosts } from '../../../../p2p/guard/addresses.ts';
import { createLogger } from '../../../../src/lib/log.ts';
import { until } from '../networks.ts';

test('a name that does not resolve is known and logged, and holds up no other name', async () => {
  let log = '';
  const out = new Writable({
    write: (chunk: Buffer, _, done) => {
      log += chunk.toString();
      done();
    },
  });
  const addresses = ['/dns/nowhere.invalid/tcp/1', '/dns4/localhost/tcp/1', '/ip4/192.0.2.7/tcp/1'];
  const logger = createLogger({ level: 'info', format: 'text' }, out);
  const hosts = new ConfiguredHosts(
    addresses.map((each) => multiaddr(each)),
    logger,
  );
  onTestFinished(() => hosts.stop());
  hosts.start();
  await until(() => hosts.unresolved().length > 0 && hosts.has('127.0.0.1'), 'both names were looked up');
  expect(hosts.unresolved()).toEqual(['nowhere.invalid']);
  expect(hosts.has('192.0.2.7')).toBe(true);
  await until(() => log.includes('does not resolve'), 'the log says so');
  expect(log).toContain('host=nowhere.invalid');
});
