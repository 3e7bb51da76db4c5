/** `openledger challenge`: finds what is false in the claim for one receipt, and says so on the chain. */
import type { Command } from 'commander';
import type { Witness } from '../../state/attribution/witness/types.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import { createWallet } from '../client/wallet.ts';
import { toHex } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import { challengeFields } from '../services/challenge/challenging.ts';
import type { Review } from '../services/challenge/review.ts';
import { type Examined, examine, stillOpen } from './challenge/examine.ts';
import { foundLines, nextStep } from './challenge/words.ts';
import { type ConnectionOptions, connect, nodeAsRpc, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import { endOnceWritten, eventField, note, printFields, printJson } from './output.ts';
import { readNodeState } from './reading.ts';
import { readReceiptId } from './receipt-id.ts';
import { type KeyOptions, readSigningKey, withKey } from './secrets.ts';
import { checkCommitted, sendOrReport, sentJson } from './sending.ts';

type Options = ConnectionOptions &
  KeyOptions & {
    readonly node?: string;
    readonly receipt?: string;
    readonly demand?: true;
    readonly dryRun?: true;
    readonly json?: true;
  };

/** The fields of a challenge that was not sent. */
const NOT_SENT = { id: null, status: null, height: null };

/** The witness to send, if any: it proves what is false, or, if requested, demands the first withheld text. */
const witnessIn = (review: Review, demand: boolean): Witness | undefined => {
  if (review.type === 'false') return review.witness;
  const [first] = review.type === 'unknown' && demand ? review.withheld : [];
  return first === undefined ? undefined : { type: 'demand', value: first };
};

const namedReceipt = (argument: string | undefined, { receipt }: Options): string => {
  const named = argument ?? receipt;
  if (named === undefined || (argument !== undefined && receipt !== undefined && argument !== receipt))
    throw new CodedError(
      fault('ARGUMENT_INVALID', 'which receipt? name one, 0x<transaction of its batch>/<index>'),
    );
  return readReceiptId(named);
};

/** Returns what was found, and what is to be sent for it if sending still has an effect. */
const settleOn = async (
  client: RpcClient,
  id: string,
  { demand: asked, dryRun }: Options,
): Promise<{
  readonly examined: Examined;
  readonly witness: Witness | undefined;
  readonly late: boolean;
}> => {
  const demand = asked === true;
  const examined = await examine(client, id, demand);
  // If there is no claim, the receipt itself can still be challenged as malformed.
  const witness = witnessIn(examined.review, demand && examined.attestor !== null);
  if (witness === undefined || dryRun === true || (await stillOpen(client, id, examined)))
    return { examined, witness, late: examined.overtaken };
  return { examined: await examine(client, id, demand), witness: undefined, late: true };
};

const run = async (argument: string | undefined, options: Options): Promise<void> => {
  const receipt = namedReceipt(argument, options);
  const { json } = options;
  const client = await connect(nodeAsRpc(options));
  const node = await readNodeState(client);
  const { examined, witness, late } = await settleOn(client, receipt, options);
  const { target, attestor, verdict, review } = examined;
  const found = {
    receipt,
    attestor,
    verdict,
    withheld: review.type === 'unknown' ? review.withheld : [],
    missing: review.type === 'unknown' ? review.missing : [],
    witness: witness === undefined ? null : challengeFields(target, witness),
  };
  const sent =
    witness === undefined || options.dryRun === true
      ? undefined
      : await sendOrReport(
          await createWallet(client, await readSigningKey(options)),
          'attributionChallenge',
          { target, witness },
          { mode: 'commit' },
          json === true,
        );
  if (json) printJson({ ...found, ...(sent === undefined ? NOT_SENT : sentJson(sent)), node });
  else
    printFields([
      ...foundLines(found),
      ...(sent === undefined ? [] : [['sent', toHex(sent.id)] as const]),
      ...(sent?.events ?? []).map(eventField),
    ]);
  if (late) note('another challenge was first, or the claim has changed: this is how it stands now');
  const next = witness === undefined ? nextStep(found) : undefined;
  if (next !== undefined && !json) note(next);
  if (sent !== undefined) await checkCommitted(client, sent);
};

export const registerChallenge = (program: Command): void => {
  withKey(
    withConnection(
      program
        .command('challenge')
        .description('review the claim for a receipt, and challenge it if it is false')
        .argument('[receipt]', '0x<id of the transaction of its batch>/<index>'),
    ),
  )
    .option('--receipt <id>', 'the same as the argument')
    .option('--node <url>', 'the same as --rpc')
    .option('--demand', 'demand the first of what is withheld, if nothing false is found in the rest')
    .option('--dry-run', 'say what would be sent, and send nothing; needs no --key')
    .option('--json', 'print one JSON object')
    .action(async (receipt: string | undefined, options: Options) => {
      await run(receipt, options);
      endOnceWritten();
    });
};
