/** The thread that checks transactions: decoding, the stateless checks and the signature, off the node's loop. */
import { parentPort, workerData } from 'node:worker_threads';
import { recoverAddress } from '../../src/lib/secp256k1.ts';
import { checkTransaction, decodeTransaction, type TransactionRules } from '../../state/tx/transaction.ts';
import type { Checked, VerifyAnswer, VerifyRequest } from './verify-pool.ts';

const rules = workerData as TransactionRules;

const check = (bytes: Uint8Array): Checked => {
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) return decoded;
  const verified = checkTransaction(decoded.value, rules, recoverAddress);
  return verified.ok ? { ok: true, value: { id: verified.value.id, gas: verified.value.gas } } : verified;
};

parentPort?.on('message', ({ job, transactions }: VerifyRequest) => {
  const answer: VerifyAnswer = { job, checked: transactions.map(check) };
  parentPort?.postMessage(answer);
});
