import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { divideDescriptors, planDescriptors, readDescriptorLimit } from '../../../node/descriptors.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { silent, thrown } from './support.ts';

const WANTED = { configuredPeers: 3, otherPeers: 32, halfOpen: 256, rpcConnections: 512 };

const total = (limit: number): number => {
  const plan = divideDescriptors(limit, WANTED);
  if (!plan.ok) throw new Error(plan.fault.message);
  const { storage, process, configuredConnections, otherPeers, halfOpen, rpcConnections } = plan.value;
  return storage + process + configuredConnections + 2 * otherPeers + halfOpen + rpcConnections;
};

describe('the descriptors of a process', () => {
  test('are never promised twice, whatever the limit', () => {
    for (let limit = 300; limit < 5_000; limit += 7) expect(total(limit)).toBeLessThanOrEqual(limit);
  });

  test('are enough for all that is wanted at a limit of 4096', () => {
    expect(divideDescriptors(4_096, WANTED)).toMatchObject({
      ok: true,
      value: { otherPeers: 32, halfOpen: 256, rpcConnections: 512 },
    });
  });

  test('go to storage and configured peers first: at a limit of 512 only the edges give way', () => {
    const plenty = divideDescriptors(100_000, WANTED);
    const few = divideDescriptors(512, WANTED);
    if (!plenty.ok || !few.ok) throw new Error('both limits are enough');
    expect(few.value.configuredConnections).toBe(plenty.value.configuredConnections);
    expect(few.value.process).toBe(plenty.value.process);
    expect(few.value.storage).toBeGreaterThanOrEqual(64);
    expect(few.value.rpcConnections).toBeLessThan(512);
    expect(few.value.rpcConnections).toBeGreaterThanOrEqual(16);
    expect(few.value.otherPeers).toBeGreaterThanOrEqual(8);
  });

  test('that are too few are DESCRIPTORS_TOO_FEW, which names a limit that is enough and not one more', () => {
    const refused = divideDescriptors(128, WANTED);
    if (refused.ok) throw new Error('128 open files are too few');
    expect(refused.fault.code).toBe('DESCRIPTORS_TOO_FEW');
    const needed = Number(refused.fault.data?.needed);
    expect(refused.fault.message).toContain(`ulimit -n ${needed}`);
    expect(divideDescriptors(needed, WANTED).ok).toBe(true);
    expect(divideDescriptors(needed - 1, WANTED).ok).toBe(false);
  });

  test('grow with the number of configured peers', () => {
    const one = divideDescriptors(300, { ...WANTED, configuredPeers: 1 });
    const many = divideDescriptors(300, { ...WANTED, configuredPeers: 100 });
    expect([one.ok, many.ok]).toEqual([true, false]);
  });

  test('are read from the system', () => {
    const limit = readDescriptorLimit();
    expect(limit).toBeGreaterThan(64);
  });

  test('are planned with one line in the log, which warns where connections are given up', () => {
    const lines = (limit: number): { level: number; msg: string }[] => {
      const out = new PassThrough();
      planDescriptors(limit, WANTED, createLogger({ level: 'info', format: 'json' }, out));
      return String(out.read())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { level: number; msg: string });
    };
    expect(lines(4_096)).toMatchObject([{ level: 30, limit: 4_096, rpcConnections: 512 }]);
    expect(lines(512)).toMatchObject([{ level: 40, limit: 512 }]);
  });

  test('that cannot be read are assumed, with a warning', () => {
    const out = new PassThrough();
    const logger = createLogger({ level: 'info', format: 'json' }, out);
    const plan = planDescriptors(undefined, WANTED, logger);
    expect(plan.limit).toBe(1_024);
    expect(String(out.read())).toContain('cannot be read');
  });

  test('that are too few stop the start', async () => {
    const fault = await thrown(() => planDescriptors(64, WANTED, silent));
    expect(fault.code).toBe('DESCRIPTORS_TOO_FEW');
  });
});
