/** Examines one receipt: what can be challenged, and whether there is still time for it. */

import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import { attributionSettlement } from '../../../state/tx/attribution-settlement.ts';
import type { ChallengeTarget } from '../../../state/tx/challenge-target.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { ZERO_ROOT } from '../../lib/brands.ts';
import { equal, toHex } from '../../lib/bytes.ts';
import { CodedError, invariant, type Result, unwrap } from '../../lib/errors.ts';
import { answeredIn, challengesOn } from '../../services/challenge/challenging.ts';
import { type Review, reviewClaim, reviewReceipt } from '../../services/challenge/review.ts';
import { waitingText } from '../../services/corpus/content-fetcher.ts';
import { openTextCache } from '../../services/corpus/text-cache.ts';
import { openTracers } from '../../services/corpus/tracers.ts';
import { fetchPayload } from '../../services/run/transactions.ts';
import { openAnswers } from '../../services/watch/answers.ts';
import { receiptTarget } from '../../services/watch/claim-standing.ts';
import { fault } from '../errors.ts';
import { note } from '../output.ts';

/** `unsettled`: there is no claim, and the receipt itself is well-formed as far as its texts are available. */
export type Verdict = 'holds' | 'false' | 'unknown' | 'unsettled';

export type Examined = {
  readonly target: ChallengeTarget;
  /** Null where there is no claim. */
  readonly attestor: string | null;
  readonly settlement: string | null;
  readonly verdict: Verdict;
  readonly review: Review;
  /** Whether the claim was reverted by somebody else while it was reviewed. */
  readonly overtaken: boolean;
};

type Receipt = ResultOf<'receipt_get'>;

const hexOf = (bytes: Uint8Array | undefined): string | null => (bytes === undefined ? null : toHex(bytes));

/** If fewer blocks of the window are left than this, the command waits less for contributions that arrive slowly. */
const SHORT_WINDOW = 20n;
const SHORT_WAIT_MS = 1_000;

const openReceipt = async (client: RpcClient, id: string): Promise<Receipt> => {
  const receipt = await client.call('receipt_get', { id });
  const { status, settlement } = receipt;
  if (status === 'settled' || status === 'open') return receipt;
  // A late proof: payments stay, but what the attestor has earned and the bond beside it can be lost.
  if (status === 'final' && settlement !== null && settlement.vestsAt !== null) return receipt;
  throw new CodedError(
    fault('RECEIPT_CLOSED', `the receipt is ${status}: nothing of it can be challenged`, { status }),
  );
};

const isShort = async (client: RpcClient, { settlement }: Receipt): Promise<boolean> => {
  if (settlement === null) return false;
  const { height } = await client.call('node_status');
  const { finalAt } = settlement;
  return finalAt !== null && finalAt - height < SHORT_WINDOW;
};

/**
 * @param hurried - that what is withheld is to be demanded: what a short window leaves no time for is not waited for
 * @throws CodedError `RECEIPT_NOT_FOUND`, `RECEIPT_CLOSED` for one that is paid out, `MODEL_UNCALIBRATED`
 */
export const examine = async (
  client: RpcClient,
  id: string,
  hurried: boolean,
  overtaken = false,
): Promise<Examined> => {
  const receipt = await openReceipt(client, id);
  const { settlement, texts } = receipt;
  const wait = hurried && (await isShort(client, receipt)) ? { contributionWaitMs: SHORT_WAIT_MS } : {};
  const textCache = openTextCache(client, {
    ...wait,
    onWaiting: (waiting) => note(waitingText(waiting)),
  });
  const tracers = openTracers(client, textCache, undefined);
  const [batch = '', index = ''] = id.split('/');
  const bare = receiptTarget({ batch, index: Number(index), settlement: toHex(ZERO_ROOT) });
  const known = { settlement: hexOf(settlement?.id), attestor: hexOf(settlement?.attestor), overtaken };
  // Both at once: each that nobody has takes a second to be missed.
  await textCache.inferences([texts]);
  if (settlement === null) {
    const review = await reviewReceipt(textCache, receipt);
    const verdict = review.type === 'false' ? 'false' : 'unsettled';
    return { ...known, target: bare, verdict, review };
  }
  const target = receiptTarget({ batch, index: Number(index), settlement: toHex(settlement.id) });
  const challenges = await challengesOn({ client }, target);
  const shown = await openAnswers(client)(challenges);
  // A claim about an output that nobody shows cannot be checked: there is no need to read what it cites.
  const itself = await reviewReceipt(textCache, receipt, shown);
  const outputs = itself.type === 'unknown' ? itself.withheld.filter(({ text }) => text === 'output') : [];
  if (outputs.length > 0)
    return {
      ...known,
      target,
      verdict: 'unknown',
      review: { type: 'unknown', withheld: outputs, missing: [] },
    };
  if (itself.type === 'false') return { ...known, target: bare, verdict: 'false', review: itself };
  const given: Result<ResultOf<'attribution_get'>> = await client.attempt('attribution_get', { id });
  // The claim stood a moment ago, so it was reverted in between.
  const isReverted = given.ok
    ? !equal(given.value.settlement.id, settlement.id)
    : given.fault.code === 'ATTRIBUTION_NOT_FOUND';
  if (isReverted && !overtaken) return examine(client, id, hurried, true);
  const { claims } = await fetchPayload(client, unwrap(given).settlement.id, attributionSettlement);
  const claimed = claims.find((each) => each.index === Number(index));
  invariant(claimed !== undefined, 'a settlement holds the claims that it makes');
  const { asOf } = settlement;
  const tracer = await tracers.tracer(receipt.model, receipt.version, asOf);
  if (tracer === undefined)
    throw new CodedError(
      fault('MODEL_UNCALIBRATED', `version ${receipt.version} of model ${receipt.model} has no calibration`),
    );
  const review = await reviewClaim(
    { textCache, tracers },
    tracer,
    receipt,
    claimed,
    shown,
    answeredIn(challenges),
  );
  const isReceipt = review.type === 'false' && review.refuted === 'receipt';
  return { ...known, target: isReceipt ? bare : target, verdict: review.type, review };
};

/**
 * Whether what was examined is still there to be challenged: a challenge that comes too late costs its fee and does
 * nothing. False if somebody else brought the claim down meanwhile.
 * @throws CodedError `RECEIPT_CLOSED` if its window has ended
 */
export const stillOpen = async (client: RpcClient, id: string, examined: Examined): Promise<boolean> =>
  hexOf((await openReceipt(client, id)).settlement?.id) === examined.settlement;
