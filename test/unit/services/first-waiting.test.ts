/** The first block that an attestor without a memory looks at. */
import { expect, test } from 'vitest';
import { firstUnsettled } from '../../../src/services/attest/first-waiting.ts';
import { ScriptedChain } from './support/scripted-chain.ts';
import { ScriptedData } from './support/scripted-data.ts';

/** Four windows of five blocks to settle, and one more to challenge. */
const BACK = 25;

const chainAt = (height: number, endedAt: string | null, registered: number) => {
  const chain = new ScriptedChain({ epochBlocks: 10, settleEpochs: 2, challengeWindow: 5 });
  const data = new ScriptedData(chain);
  chain.height = height;
  data.calibration = { status: endedAt === null ? 'pending' : 'calibrated', endedAt };
  data.registeredAt = registered;
  return chain;
};

test.each([
  ['a version is not calibrated: its receipts wait', 1_000, null, 40, 40n],
  ['a calibration has ended lately: its receipts may still be settled', 1_000, String(1_000 - BACK), 40, 40n],
  ['all calibrations have ended long ago', 1_000, String(999 - BACK), 40, BigInt(1_000 - BACK)],
  ['a version is younger than the time to settle', 1_000, null, 990, BigInt(1_000 - BACK)],
  ['the chain is young', 10, null, 3, 1n],
])('%s', async (_what, height, endedAt, registered, first) => {
  expect(await firstUnsettled(chainAt(height, endedAt, registered).client)).toBe(first);
});
