import type { Command } from 'commander';

type Register = (program: Command) => void;

/** Every verb of the command, with the module that adds it. A new verb is its file and its line here. */
export const VERBS: ReadonlyMap<string, () => Promise<Register>> = new Map([
  ['init', async () => (await import('./init.ts')).registerInit],
  ['start', async () => (await import('./start.ts')).registerStart],
  ['devnet', async () => (await import('./devnet.ts')).registerDevnet],
  ['genesis', async () => (await import('./genesis.ts')).registerGenesis],
  ['status', async () => (await import('./status.ts')).registerStatus],
  ['version', async () => (await import('./version.ts')).registerVersion],
  ['keys', async () => (await import('./keys.ts')).registerKeys],
  ['tx', async () => (await import('./tx.ts')).registerTx],
  ['balance', async () => (await import('./balance.ts')).registerBalance],
  ['datanet', async () => (await import('./datanet.ts')).registerDatanet],
  ['escrow', async () => (await import('./escrow.ts')).registerEscrow],
  ['model', async () => (await import('./model.ts')).registerModel],
  ['receipt', async () => (await import('./receipt.ts')).registerReceipt],
  ['review', async () => (await import('./review.ts')).registerReview],
  ['rewards', async () => (await import('./rewards.ts')).registerRewards],
  ['settlement', async () => (await import('./settlement.ts')).registerSettlement],
  ['voucher', async () => (await import('./voucher.ts')).registerVoucher],
  ['query', async () => (await import('./query.ts')).registerQuery],
  ['trace', async () => (await import('./trace.ts')).registerTrace],
  ['attest', async () => (await import('./attest.ts')).registerAttest],
  ['watch', async () => (await import('./watch.ts')).registerWatch],
  ['challenge', async () => (await import('./challenge.ts')).registerChallenge],
  ['contribute', async () => (await import('./contribute.ts')).registerContribute],
  ['explain', async () => (await import('./explain.ts')).registerExplain],
]);
