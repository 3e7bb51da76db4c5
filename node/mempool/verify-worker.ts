/** The thread that checks transactions: decoding, the signature and the stateless checks, off the node's loop. */
import { parentPort, workerData } from 'node:worker_threads';
import { recoverAddress } from '../../src/lib/secp256k1.ts';
import { checkSigned, decodeTransaction, type TransactionRules } from '../../state/tx/transaction.ts';
import type { Checked, VerifyAnswer, VerifyRequest } from './verify-pool.ts';

const rules = workerData as TransactionRules;

const check = (bytes: Uint8Array): Checked => {
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) return { ...decoded, signed: false };
  const signed = checkSigned(decoded.value, rules, recoverAddress);
  if (!signed.ok) return { ...signed, signed: false };
  const refused = decoded.value.body.check(rules.params);
  return refused === undefined ? signed : { ok: false, fault: refused, signed: true };
};

parentPort?.on('message', ({ job, transactions }: VerifyRequest) => {
  const answer: VerifyAnswer = { job, checked: transactions.map(check) };
  parentPort?.postMessage(answer);
});
