/** `openledger challenge`: finds what is false in the claim for one receipt, and says so on the chain. */
import type { Command } from 'commander';
import { openAnswers } from '../../node/services/answers.ts';
import { challengeFields, challengePayload, challengesOn } from '../../node/services/challenging.ts';
import { openLibrary } from '../../node/services/library.ts';
import { type Review, reviewClaim, reviewReceipt } from '../../node/services/review.ts';
import { openStudies } from '../../node/services/studies.ts';
import { receiptTarget } from '../../node/services/watched-settlements.ts';
import { ClaimType } from '../../state/attribution/claim.ts';
import type { Witness } from '../../state/attribution/witness/types.ts';
import type { ChallengeTarget } from '../../state/modules/challenges.ts';
import { parseReceiptId } from '../../state/tx/receipt.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import { createWallet } from '../client/wallet.ts';
import { ZERO_ROOT } from '../lib/brands.ts';
import { toHex } from '../lib/bytes.ts';
import { CodedError, fault, unwrap } from '../lib/errors.ts';
import type { Json } from '../lib/ssz.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { note, printFields, printJson } from './output.ts';
import { type KeyOptions, readSigningKey, withKey } from './secrets.ts';

type Options = ConnectionOptions &
  KeyOptions & {
    readonly node?: string;
    readonly receipt: string;
    readonly demand?: true;
    readonly dryRun?: true;
    readonly json?: true;
  };

/** What there is to challenge of a receipt, and what was found. */
type Examined = {
  readonly target: ChallengeTarget;
  readonly attestor: string | null;
  readonly review: Review;
};

/** @throws CodedError `RECEIPT_NOT_FOUND`, `RECEIPT_CLOSED` for one that is paid out, `MODEL_UNCALIBRATED` */
const examine = async (client: RpcClient, id: string): Promise<Examined> => {
  const receipt = await client.call('receipt_get', { id });
  const { status, settlement } = receipt;
  if (status !== 'held' && status !== 'pending')
    throw new CodedError(
      fault('RECEIPT_CLOSED', `the receipt is ${status}: nothing of it can be challenged`, { status }),
    );
  const library = openLibrary(client);
  const studies = openStudies(client, library, undefined);
  const [batch = '', index = ''] = id.split('/');
  const bare = receiptTarget({ batch, index: Number(index), settlement: toHex(ZERO_ROOT) });
  if (settlement === null)
    return { target: bare, attestor: null, review: await reviewReceipt(library, receipt) };
  const target = receiptTarget({ batch, index: Number(index), settlement: settlement.id });
  const study = await studies.study(receipt.model, receipt.version);
  if (study === undefined)
    throw new CodedError(
      fault('MODEL_UNCALIBRATED', `version ${receipt.version} of model ${receipt.model} has no calibration`),
    );
  const { claim } = await client.call('attribution_get', { id });
  const shown = await openAnswers(client)(await challengesOn({ client }, target));
  const review = await reviewClaim(
    { library, studies },
    study,
    receipt,
    unwrap(ClaimType.fromJson(claim as Json)),
    shown,
  );
  const falls = review.type === 'false' && review.falls === 'receipt';
  return { target: falls ? bare : target, attestor: settlement.attestor, review };
};

/** The witness to send, if any: of what is false, or, if asked for, a demand for the first of what is withheld. */
const witnessIn = (review: Review, demand: boolean): Witness | undefined => {
  if (review.type === 'false') return review.witness;
  const [first] = review.type === 'unknown' && demand ? review.withheld : [];
  return first === undefined ? undefined : { type: 'demand', value: first };
};

const verdictOf = ({ type }: Review): string =>
  ({ holds: 'the claim holds', false: 'the claim is false', unknown: 'texts are withheld' })[type];

const run = async (options: Options): Promise<void> => {
  const { node, receipt, json } = options;
  const client = await connect(node === undefined ? options : { ...options, rpc: node });
  if (!parseReceiptId(receipt).ok)
    throw new CodedError(
      fault(
        'ARGUMENT_INVALID',
        `--receipt takes 0x<transaction of the batch>/<index>, not ${receipt.slice(0, 80)}`,
      ),
    );
  const { target, attestor, review } = await examine(client, receipt);
  const witness = witnessIn(review, options.demand === true);
  const found = {
    receipt,
    attestor,
    verdict: review.type,
    withheld: review.type === 'unknown' ? review.withheld : [],
    witness: witness === undefined ? null : challengeFields(target, witness),
  };
  const sent =
    witness === undefined || options.dryRun === true
      ? undefined
      : await (await createWallet(client, await readSigningKey(options))).send(
          'attributionChallenge',
          challengePayload(target, witness),
          { mode: 'commit' },
        );
  if (json) printJson({ ...found, sent: sent ?? null });
  else
    printFields([
      ['receipt', receipt],
      ...(attestor === null ? [] : [['attestor', attestor] as const]),
      ['verdict', verdictOf(review)],
      ...Object.entries(found.witness ?? {}).map(([name, value]) => [name, String(value)] as const),
      ...found.withheld.map(
        ({ text, seq, item, first, count }) =>
          [
            'withheld',
            `${text}${text === 'source' ? ` ${seq}/${item}` : ''}, chunks ${first} to ${first + count}`,
          ] as const,
      ),
      ...(sent === undefined ? [] : [['sent', sent.id] as const]),
      ...(sent?.events ?? []).map(({ type, data }) => [type, JSON.stringify(data)] as const),
    ]);
  if (review.type === 'unknown' && witness === undefined && !json)
    note('say --demand to demand the first of what is withheld');
  if (sent !== undefined && sent.error !== null)
    throw new CodedError(fault(sent.error.code, `${sent.status}: ${sent.error.message}`));
};

export const registerChallenge = (program: Command): void => {
  withKey(
    withConnection(
      program
        .command('challenge')
        .description('review the claim for a receipt, and challenge it if it is false')
        .requiredOption('--receipt <id>', '0x<id of the transaction of its batch>/<index>'),
    ),
  )
    .option('--node <url>', 'the same as --rpc')
    .option('--demand', 'demand the first of what is withheld, if nothing false is found in the rest')
    .option('--dry-run', 'say what would be sent, and send nothing; needs no --key')
    .option('--json', 'print one JSON object')
    .action(run);
};
