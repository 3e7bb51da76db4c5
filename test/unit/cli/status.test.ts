import { expect, test } from 'vitest';
import type { Waiting } from '../../../rpc/schemas/waiting.ts';
import { waitingText } from '../../../src/cli/status.ts';
import { toHeight } from '../../../src/lib/brands.ts';

test('the status says in words what a node waits for, and since when', () => {
  expect(waitingText(null)).toBe('no');
  const waiting: Waiting = {
    reason: 'quorum',
    since: 1_796_126_400_000n,
    message: 'power 2 of 3, more than 2/3 needed; \u001b[31mnode-3 was last seen 12 s ago',
    data: { height: toHeight(8n), round: 0, power: 2n, totalPower: 3n, missing: [] },
  };
  expect(waitingText(waiting)).toBe(
    'quorum since 2026-12-01T12:00:00.000Z: power 2 of 3, more than 2/3 needed; \uFFFD[31mnode-3 was last seen 12 s ago',
  );
});
