/** `openledger receipt`: a provider puts a paid answer on record. */
import type { Command } from 'commander';
import { inferenceRoot } from '../../state/attribution/commitment.ts';
import { formatReceiptId, type ReceiptBody } from '../../state/tx/receipt.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import { equal } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import { fault } from './errors.ts';
import { readId } from './numbers.ts';
import { openText } from './output.ts';
import { type NextReceipt, nextReceipts, uploadOf } from './receipt/answer.ts';
import { findPaidReceipt, readSignedVoucher } from './receipt/signed-voucher.ts';
import { openSender, type SendFlags, sameOptions, sendAndReport, withSending } from './sending.ts';

type Flags = SendFlags & {
  readonly model: string;
  readonly version?: string;
  readonly prompt: string;
  readonly output: string;
  readonly voucher: string;
  readonly upload: boolean;
};

/** Gives the texts to the node, so that attestors can trace the output. @throws CodedError `CONTENT_ROOT` */
const upload = async (client: RpcClient, next: NextReceipt, body: ReceiptBody): Promise<void> => {
  const { roots } = await client.call('content_put', { objects: [uploadOf(next)] });
  if (roots[0] !== undefined && equal(roots[0], inferenceRoot(body))) return;
  throw new CodedError(fault('CONTENT_ROOT', `${client.url} computed another root for the uploaded text`));
};

const send = async ({
  model: id,
  version: asked,
  prompt,
  output,
  voucher: file,
  upload: isShared,
  ...flags
}: Flags): Promise<void> => {
  const model = readId('--model', id);
  const sender = await openSender(flags);
  const { client, wallet, book } = sender;
  const signed = await readSignedVoucher(file, book);
  const { payer, provider, lane } = signed.voucher;
  if (signed.salt === undefined)
    throw new CodedError(
      fault(
        'VOUCHER_MISMATCH',
        'the voucher names no salt: make it with "openledger voucher new", which hides the texts of the receipt with one',
      ),
    );
  if (!equal(provider, wallet.address))
    throw new CodedError(
      fault(
        'VOUCHER_MISMATCH',
        `the voucher is for the provider ${book.show(provider)}, but the key is of ${book.show(wallet.address)}`,
      ),
    );
  const parties = { payer, provider, lane, model };
  const only = asked === undefined ? undefined : readId('--version', asked);
  const choice = { only, first: signed.version };
  const { group, body, next } = await findPaidReceipt(
    signed,
    nextReceipts(client, wallet.chain, parties, { prompt, output }, signed.salt, choice),
    only,
  );
  if (isShared && !flags.dryRun) await upload(client, next, body);
  await sendAndReport(sender, 'inferenceReceipt', { groups: [group] }, flags, (sent) => {
    const receipt = formatReceiptId({ batch: sent.id, index: 0 });
    const { tokensIn, tokensOut, compute, fee } = body;
    return {
      json: {
        receipt,
        model,
        version: next.version,
        payer,
        provider,
        lane,
        tokensIn,
        tokensOut,
        compute,
        modelFee: fee,
      },
      fields: [
        ['receipt', receipt],
        ['payer', book.show(payer)],
        ['tokens', `${tokensIn} in, ${tokensOut} out`],
        ['paid', `${openText(fee)} for the model, ${openText(compute)} for compute`],
      ],
      made: receipt,
      next: `follow it with "openledger settlement show ${receipt} ${sameOptions(flags)}"`,
    };
  });
};

export const registerReceipt = (program: Command): void => {
  const receipt = program.command('receipt').description('put paid answers on record');
  withSending(
    receipt
      .command('send')
      .description('record an answer that a payer has signed a voucher for; the provider sends it')
      .requiredOption('--model <id>', 'the model that made the answer')
      .requiredOption('--prompt <file>', 'the prompt, as UTF-8 text')
      .requiredOption('--output <file>', 'the answer, as UTF-8 text')
      .requiredOption('--voucher <file>', 'what the payer signed, from "openledger voucher new"; - for stdin')
      .option(
        '--version <n>',
        'the version of the model that made it (default: the one that the voucher names, if it pays for that one, or else the newest that it pays for)',
      )
      .option('--no-upload', 'keep the texts to yourself; without them nobody can trace the answer'),
  )
    .addHelpText(
      'after',
      '\nIt counts the tokens, computes the roots of the texts and the accumulator of the voucher, and sends a batch of one ' +
        'receipt. The price for compute is what the voucher pays beyond the fee of the model.',
    )
    .action(send);
};
