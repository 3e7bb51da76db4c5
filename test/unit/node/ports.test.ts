import { createServer, type Server } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { BASE_PORT_MAX, chooseFreePorts, isPortFree } from '../../../node/ports.ts';
import { thrown } from './support.ts';

/** Something that listens on a port until the test is over. */
const occupy = async (port: number): Promise<Server> => {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, resolve);
  });
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return server;
};

describe('free ports', () => {
  test('are distinct, below those that the system hands out, and free', async () => {
    const ports = await chooseFreePorts(8);
    expect(new Set(ports).size).toBe(8);
    for (const port of ports) {
      expect(port).toBeGreaterThanOrEqual(20_000);
      expect(port).toBeLessThan(32_768);
      expect(await isPortFree(port)).toBe(true);
    }
  });

  test('may be a base, even the last that a search looks at', async () => {
    // The search begins at its last place, and goes on from its first.
    const random = vi.spyOn(Math, 'random').mockReturnValue(1 - Number.EPSILON);
    onTestFinished(() => random.mockRestore());
    const ports = await chooseFreePorts(3);
    expect(Math.max(...ports)).toBeLessThanOrEqual(BASE_PORT_MAX);
    expect(Math.min(...ports)).toBeLessThan(20_100);
  });

  test('of which more are asked for than a search looks at are refused', async () => {
    const error = await thrown(() => chooseFreePorts(BASE_PORT_MAX - 20_000 + 2));
    expect(error).toMatchObject({ code: 'PORT_NONE_FREE' });
  });

  test('leave out what is in use', async () => {
    const [port = 0] = await chooseFreePorts(1);
    await occupy(port);
    expect(await isPortFree(port)).toBe(false);
    expect(await chooseFreePorts(40)).not.toContain(port);
  });

  test('from a base on are consecutive, and one that is in use is named', async () => {
    // Four in a row that are free now: someone else may take one meanwhile, so a few places are tried.
    const run = async (tries: number): Promise<number> => {
      const [base = 0] = await chooseFreePorts(1);
      const four = [base, base + 1, base + 2, base + 3];
      const free = await Promise.all(four.map((port) => isPortFree(port)));
      return free.every(Boolean) || tries === 0 ? base : run(tries - 1);
    };
    const base = await run(20);
    expect(await chooseFreePorts(4, base)).toEqual([base, base + 1, base + 2, base + 3]);
    await occupy(base + 2);
    expect(await thrown(() => chooseFreePorts(4, base))).toMatchObject({
      code: 'PORT_IN_USE',
      data: { port: base + 2 },
    });
  });
});
