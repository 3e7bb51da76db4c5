import { describe, expect, test } from 'vitest';
import { verifyCommit } from '../../../consensus/certificates.ts';
import { Fleet, toAll } from './fleet.ts';
import { DOMAIN, FOUR } from './support.ts';

const start = async (fleet: Fleet, nodes: readonly number[]): Promise<void> => {
  for (const node of nodes) expect(await fleet.start(node)).toMatchObject({ ok: true });
};

describe('four runners', () => {
  test('decide one height after another, the same on each, each with a commit that verifies', async () => {
    const fleet = new Fleet({ of: FOUR, nodes: 4, deliver: toAll });
    await start(fleet, [0, 1, 2, 3]);
    await fleet.runUntil(() => fleet.heights().every((height) => height >= 5));
    expect(fleet.disagreement()).toBeUndefined();
    expect(fleet.fatal).toEqual([]);
    for (const { chain } of fleet.homes)
      for (const { commit } of chain)
        expect(verifyCommit(FOUR.validators, DOMAIN, commit)).toMatchObject({ ok: true });
  });
});
