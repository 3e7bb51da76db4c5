/**
 * Reads the facts of a receipt from a node. What it says of the state is believed, as of any node one asks; the texts are
 * not: each is held against the root that stands on the chain.
 */

import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import { ownerOf } from '../../client/contribution-info.ts';
import { heightOf } from '../../client/event-follower.ts';
import { pages } from '../../client/pages.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { toHeight } from '../../lib/brands.ts';
import { toHex } from '../../lib/bytes.ts';
import { ok, type Result, unwrap } from '../../lib/errors.ts';
import type { ModelId } from '../../lib/ids.ts';
import { maxBig } from '../../lib/math.ts';
import { datanetReader } from './datanet-facts.ts';
import type { CalibrationStanding } from './explanation.ts';
import type { CalibrationFacts, CitedContribution, Facts, RevertedClaim, SettlementFacts } from './facts.ts';
import { receiptStatusOf, reversionOf } from './receipt-status.ts';
import { inferenceAt, itemTextsOf } from './texts.ts';

const settlementOf = (
  { settlement, claim, sections }: ResultOf<'attribution_get'>,
  { end, closed }: ResultOf<'model_getEpoch'>,
): SettlementFacts => ({
  id: toHex(settlement.id),
  attestor: toHex(settlement.attestor),
  height: settlement.height,
  // A claim that is short becomes final after the last block in which others can join it, if it ever does.
  finalAt: settlement.finalAt ?? settlement.short?.until ?? settlement.height,
  claim,
  sections,
  outcome: settlement.outcome,
  epoch: { end, closed: closed ?? undefined },
});

/** Items by contribution id, of all matches, shared runs and picks. */
const citedBy = (settlement: SettlementFacts | undefined): ReadonlyMap<number, number[]> => {
  const cited = new Map<number, Set<number>>();
  const { matches = [], shared = [] } = settlement?.claim ?? {};
  const picks = (settlement?.sections ?? []).flatMap((section) => section.picks);
  for (const { contribution, item } of [...matches, ...shared, ...picks])
    cited.set(contribution, (cited.get(contribution) ?? new Set()).add(item));
  return new Map([...cited].map(([contribution, items]) => [contribution, [...items]]));
};

const total = (money: ResultOf<'contribution_get'>['earned']): bigint | undefined =>
  money === null ? undefined : money.spans + money.relevance + money.remainder;

const hexOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : toHex(bytes);

const contributionsOf = async (
  client: RpcClient,
  cited: ReadonlyMap<number, readonly number[]>,
): Promise<ReadonlyMap<number, CitedContribution>> => {
  const datanetOf = datanetReader(client);
  const out = new Map<number, CitedContribution>();
  for (const [contribution, items] of cited) {
    const info = await client.call('contribution_get', { contribution });
    const datanet = await datanetOf(info.datanet);
    const earned = total(info.earned);
    const claimed = total(info.claimed);
    out.set(contribution, {
      owner: ownerOf(info),
      datanet: { id: datanet.id, name: datanet.name, licence: datanet.licence },
      root: hexOf(info.content?.root),
      committedAt: info.stage === 'commons' ? datanet.height : (info.committedAt ?? undefined),
      revealedAt: info.declared?.revealedAt,
      revealedBy: hexOf(info.declared?.transaction),
      totals: earned === undefined || claimed === undefined ? undefined : { earned, claimed },
      items: await itemTextsOf(client, info.content?.root, items),
    });
  }
  return out;
};

/** How far a pending calibration has come: as far as the round that is behind the other. */
const pendingStanding = (rounds: ResultOf<'model_getCalibration'>['rounds']): CalibrationStanding => {
  const awaited = rounds.find(({ status }) => status === 'awaited');
  if (awaited !== undefined) return { type: 'awaited', drawAt: awaited.drawAt?.toString() ?? '' };
  if (rounds.some(({ status }) => status === 'drawn')) return { type: 'drawn' };
  const ends = rounds.flatMap(({ status, claim }) =>
    status === 'claimed' && claim !== null ? [claim.finalAt] : [],
  );
  return { type: 'claimed', finalAt: ends.reduce(maxBig, 0n).toString() };
};

/** Whether all contributions that a version is calibrated by are of one account. It reads no more than shows that they are not. */
const isOfOneAccount = async (
  client: RpcClient,
  params: { id: ModelId; version: number },
): Promise<boolean> => {
  const owners = new Set<string>();
  for await (const { contributions } of pages(client, 'model_getDrawOrder', params)) {
    for (const { brought, voidedAt } of contributions)
      if (brought !== null && voidedAt === null) owners.add(toHex(brought.owner));
    if (owners.size > 1) return false;
  }
  return owners.size === 1;
};

const standingOf = async (
  client: RpcClient,
  params: { id: ModelId; version: number },
  { status, rounds, matchBits, controlBps }: ResultOf<'model_getCalibration'>,
): Promise<CalibrationStanding> => {
  switch (status) {
    case 'pending':
      return pendingStanding(rounds);
    case 'calibrated':
      return {
        type: 'final',
        matchBits: matchBits ?? 0,
        controlBps: controlBps ?? 0,
        // Only then is nothing measured.
        isOfOneAccount: (controlBps ?? 0) === 0 && (await isOfOneAccount(client, params)),
      };
    case 'unattributed':
      return { type: status };
    default:
      return status satisfies never;
  }
};

const calibrationOf = async (
  client: RpcClient,
  { model, version }: Pick<ResultOf<'receipt_get'>, 'model' | 'version'>,
  matchBitsLeast: number,
): Promise<CalibrationFacts> => {
  const params = { id: model, version };
  const calibration = await client.call('model_getCalibration', params);
  const { rounds, figures } = calibration;
  return {
    version,
    standing: await standingOf(client, params, calibration),
    matchBitsLeast,
    rounds: rounds.map(({ draw, claim }) => ({
      drawnAt: draw?.height,
      claim:
        claim === null
          ? undefined
          : {
              id: toHex(claim.id),
              attestor: toHex(claim.attestor),
              height: claim.height,
              finalAt: claim.finalAt,
            },
    })),
    figures:
      figures.data === 0n
        ? undefined
        : {
            coverageBps: Number(figures.coverageBps),
            controlBps: Number(figures.controlBps),
            liftBps: Number(figures.liftBps),
          },
  };
};

const attributionAt = async (
  client: RpcClient,
  id: string,
): Promise<ResultOf<'attribution_get'> | undefined> => {
  const found: Result<ResultOf<'attribution_get'>> = await client.attempt('attribution_get', { id });
  return found.ok || found.fault.code !== 'ATTRIBUTION_NOT_FOUND' ? unwrap(found) : undefined;
};

/** Returns who made each settlement that a receipt has had, and at which height, by the id of the settlement. */
const settlementsOf = async (
  client: RpcClient,
  receipt: string,
): Promise<ReadonlyMap<string, RevertedClaim['made']>> => {
  const found = new Map<string, RevertedClaim['made']>();
  for await (const { events } of pages(client, 'events_query', { types: 'receiptsSettled', receipt }))
    for (const { cursor, type, data } of events)
      if (type === 'receiptsSettled')
        found.set(toHex(data.settlement), {
          attestor: toHex(data.attestor),
          height: toHeight(heightOf(cursor)),
        });
  return found;
};

const revertedClaimsOf = async (
  client: RpcClient,
  receipt: string,
  challenges: ResultOf<'attribution_getChallenges'>['challenges'],
): Promise<readonly RevertedClaim[]> => {
  if (challenges.every(({ state }) => state !== 'upheld' && state !== 'unanswered')) return [];
  const settlements = await settlementsOf(client, receipt);
  const revertedClaims: RevertedClaim[] = [];
  for (const { target, state, witness, height, answerBy } of challenges) {
    const { type, value } = target;
    // A malformed text refutes the receipt itself, so no claim was reverted.
    if (type !== 'receipt' || witness === 'malformed') continue;
    if (state !== 'upheld' && state !== 'unanswered') continue;
    const settlement = toHex(value.settlement);
    const because = reversionOf(state, witness);
    revertedClaims.push({
      settlement,
      made: settlements.get(settlement),
      because,
      revertedAt: because === 'refuted' ? height : (answerBy ?? height),
    });
  }
  return revertedClaims.toSorted((a, b) => Number(a.revertedAt - b.revertedAt));
};

/** @throws CodedError those of the client, `RECEIPT_NOT_FOUND` */
export const gatherFacts = async (client: RpcClient, id: string): Promise<Facts> => {
  const receipt = await client.call('receipt_get', { id });
  const [statusAnswer, modelAnswer, paramsAnswer, challengesAnswer, ownAnswer] = await client.batch([
    { method: 'node_status', params: {} },
    { method: 'model_get', params: { id: receipt.model } },
    { method: 'chain_getParams', params: {} },
    { method: 'attribution_getChallenges', params: { subject: id } },
    { method: 'model_getOwnDatanets', params: { id: receipt.model, version: receipt.version } },
  ]);
  const status = unwrap(statusAnswer);
  const model = unwrap(modelAnswer);
  const params = unwrap(paramsAnswer);
  const attribution = await attributionAt(client, id);
  const settlement =
    attribution === undefined
      ? undefined
      : settlementOf(
          attribution,
          await client.call('model_getEpoch', {
            id: receipt.model,
            height: attribution.settlement.finalAt ?? attribution.settlement.height,
          }),
        );
  const { challenges } = unwrap(challengesAnswer);
  const revertedClaims = await revertedClaimsOf(client, receipt.id, challenges);
  const { body, split } = receipt;
  const { iMin, lMin, lMax, promptMin, spanShareBps, noveltyShareBps } = params.attribution;
  const calibration = await calibrationOf(client, receipt, iMin);
  const texts = await inferenceAt(client, receipt.texts);
  return {
    asOf: { height: status.height, stateRoot: toHex(status.stateRoot) },
    receipt: {
      id: receipt.id,
      payer: toHex(receipt.payer),
      provider: toHex(receipt.provider),
      height: receipt.height,
      deadline: receipt.deadline,
      manifest: toHex(receipt.manifest),
      promptRoot: toHex(body.promptRoot),
      outputRoot: toHex(body.outputRoot),
      textRoot: toHex(body.textRoot),
      tokensIn: body.tokensIn,
      tokensOut: body.tokensOut,
      rules: body.rules,
      compute: body.compute,
      fee: body.fee,
      split,
    },
    status: receiptStatusOf(receipt, revertedClaims.at(-1)),
    model: {
      id: model.id,
      name: model.terms.name,
      height: model.height,
      debt: model.debt,
      running: model.running?.sums,
      owner: toHex(model.owner),
      own: {
        datanets: unwrap(ownAnswer).datanets,
        paid: { ...model.own, bps: model.ownBps },
      },
    },
    calibration,
    spanBps: spanShareBps,
    noveltyBps: noveltyShareBps,
    challenges: challenges.map(({ id: challenge, witness, state, challenger, height }) => ({
      id: toHex(challenge),
      witness,
      state,
      challenger: toHex(challenger),
      height,
    })),
    revertedClaims,
    settlement,
    output: texts.ok ? ok(texts.value.output) : texts,
    prompt: texts.ok ? ok(texts.value.prompt) : texts,
    rules: { version: body.rules, matchTokensMin: lMin, matchTokensMax: lMax, promptMin },
    contributions: await contributionsOf(client, citedBy(settlement)),
  };
};
