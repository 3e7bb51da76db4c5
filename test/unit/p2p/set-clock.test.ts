/** What a clock of the system that somebody sets does to the network. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startHost } from './hosts.ts';
import { until } from './networks.ts';

const HOUR_MS = 3_600_000;
/** The library pings every connection as often. */
const PINGS_MS = 10_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('connections outlive a clock that is set ahead and back by two hours', async () => {
  const host = await startHost('a', []);
  const other = await startHost('b', host.addresses());
  const areConnected = (): boolean =>
    other.connectionTo(host.name) !== undefined && host.connectionTo(other.name) !== undefined;
  await until(areConnected, 'they are connected');
  const connection = other.connectionTo(host.name);
  for (const byMs of [0, 2 * HOUR_MS, -2 * HOUR_MS, 0, 0]) {
    vi.setSystemTime(Date.now() + byMs);
    vi.advanceTimersByTime(PINGS_MS);
    const began = performance.now();
    await until(() => performance.now() > began + 200, 'the pings are answered');
  }
  expect(other.connectionTo(host.name)?.id).toBe(connection?.id);
});
