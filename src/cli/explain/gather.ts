/**
 * Reads the facts of a receipt from a node. What it says of the state is believed, as of any node one asks; the texts are
 * not: each is held against the root that stands on the chain.
 */

import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import { attributeClaim } from '../../../state/attribution/settlement.ts';
import { ChallengeTargetType } from '../../../state/tx/challenge-target.ts';
import { heightOf } from '../../client/event-follower.ts';
import { pages } from '../../client/pages.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { type Height, toHeight } from '../../lib/brands.ts';
import { toHex } from '../../lib/bytes.ts';
import { CodedError, type Result, unwrap } from '../../lib/errors.ts';
import type { Json } from '../../lib/ssz.ts';
import { fault } from '../errors.ts';
import type { CalibrationStanding, ReceiptStatus } from './explanation.ts';
import type { CalibrationFacts, CitedContribution, Facts, RevertedClaim, SettlementFacts } from './facts.ts';
import { itemTextsOf, textAt } from './texts.ts';

const receiptStatusOf = (
  { status, settlement, deadline }: ResultOf<'receipt_get'>,
  reverted: RevertedClaim | undefined,
): ReceiptStatus => {
  const finalAt = settlement?.finalAt ?? deadline;
  switch (status) {
    case 'open':
      return {
        type: 'open',
        deadline,
        ...(reverted === undefined
          ? {}
          : { reverted: { height: reverted.revertedAt.toString(), unanswered: reverted.unanswered } }),
      };
    case 'settled':
      return { type: 'settled', finalAt, demands: settlement?.demands.length ?? 0 };
    case 'final':
      return { type: 'final', finalAt };
    case 'expired':
      return { type: 'expired' };
    case 'void':
      return { type: 'void' };
    default:
      return status satisfies never;
  }
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** A parameter of the chain's attribution; the others may be those of another version of this software. */
const parameter = (params: unknown, name: string): number => {
  const attribution = isRecord(params) ? params.attribution : undefined;
  const value = isRecord(attribution) ? attribution[name] : undefined;
  if (typeof value !== 'number')
    throw new CodedError(fault('RPC_ANSWER_INVALID', `the node gave no parameter attribution.${name}`));
  return value;
};

type Sums = ResultOf<'model_getEpoch'>['closed'] & object;

const sumsOf = ({ data, gain, expected }: Sums['sums']) => ({
  data: BigInt(data),
  gain: BigInt(gain),
  expected: BigInt(expected),
});

const settlementOf = (
  { settlement, claim }: ResultOf<'attribution_get'>,
  { end, closed }: ResultOf<'model_getEpoch'>,
): SettlementFacts => ({
  id: settlement.id,
  attestor: settlement.attestor,
  height: toHeight(BigInt(settlement.height)),
  finalAt: toHeight(BigInt(settlement.finalAt)),
  claim,
  outcome: settlement.outcome,
  epoch: {
    end: BigInt(end),
    closed:
      closed === null
        ? undefined
        : {
            sums: sumsOf(closed.sums),
            settled: BigInt(closed.settled),
            spans: BigInt(closed.spans),
            weight: BigInt(closed.weight),
            remainder: BigInt(closed.remainder),
          },
  },
});

/** Items by contribution id, of all matches of those that own something. */
const citedBy = (settlement: SettlementFacts | undefined, tokens: number): ReadonlyMap<number, number[]> => {
  const cited = new Map<number, Set<number>>();
  if (settlement !== undefined) {
    const { claim } = settlement;
    for (const { contribution } of attributeClaim(claim, tokens).spans) cited.set(contribution, new Set());
    for (const { contribution, item } of claim.matches) cited.get(contribution)?.add(item);
  }
  return new Map([...cited].map(([contribution, items]) => [contribution, [...items]]));
};

const total = (money: { readonly spans: string; readonly remainder: string } | null): bigint | undefined =>
  money === null ? undefined : BigInt(money.spans) + BigInt(money.remainder);

const optionalHeight = (height: string | null | undefined): Height | undefined =>
  height === null || height === undefined ? undefined : toHeight(BigInt(height));

const contributionsOf = async (
  client: RpcClient,
  cited: ReadonlyMap<number, readonly number[]>,
): Promise<ReadonlyMap<number, CitedContribution>> => {
  const datanets = new Map<number, ResultOf<'datanet_get'>>();
  const out = new Map<number, CitedContribution>();
  for (const [contribution, items] of cited) {
    const info = await client.call('contribution_get', { contribution });
    const datanet = datanets.get(info.datanet) ?? (await client.call('datanet_get', { id: info.datanet }));
    datanets.set(info.datanet, datanet);
    const earned = total(info.earned);
    const claimed = total(info.claimed);
    out.set(contribution, {
      owner: info.owner,
      datanet: { id: datanet.id, name: datanet.terms.name, licence: datanet.terms.licence },
      root: info.content?.root,
      committedAt: info.owner === null ? toHeight(BigInt(datanet.height)) : optionalHeight(info.committedAt),
      revealedAt: optionalHeight(info.declared?.revealedAt),
      revealedBy: info.declared?.transaction,
      totals: earned === undefined || claimed === undefined ? undefined : { earned, claimed },
      items: await itemTextsOf(client, info.content?.root, items),
    });
  }
  return out;
};

/** The version of the model whose manifest the receipt names: mostly the last. */
const versionOf = async (
  client: RpcClient,
  { id, version, manifest }: ResultOf<'model_get'>,
  named: string,
): Promise<number> => {
  if (manifest === named) return version;
  for (let earlier = version - 1; earlier > 0; earlier--)
    if ((await client.call('model_getVersion', { id, version: earlier })).manifest === named) return earlier;
  throw new CodedError(fault('RPC_ANSWER_INVALID', `no version of model ${id} has the receipt’s manifest`));
};

const standingOf = ({
  status,
  drawAt,
  claim,
  matchBits,
  controlBps,
}: ResultOf<'model_getCalibration'>): CalibrationStanding => {
  switch (status) {
    case 'awaited':
      return { type: status, drawAt: drawAt ?? '' };
    case 'drawn':
    case 'unattributed':
      return { type: status };
    case 'claimed':
      return { type: status, finalAt: claim?.finalAt ?? '' };
    case 'final':
      return { type: status, matchBits: matchBits ?? 0, controlBps: controlBps ?? 0 };
    default:
      return status satisfies never;
  }
};

const calibrationOf = async (
  client: RpcClient,
  model: ResultOf<'model_get'>,
  manifest: string,
  matchBitsLeast: number,
): Promise<CalibrationFacts> => {
  const version = await versionOf(client, model, manifest);
  const calibration = await client.call('model_getCalibration', { id: model.id, version });
  const { draw, claim, figures } = calibration;
  return {
    version,
    standing: standingOf(calibration),
    matchBitsLeast,
    drawnAt: optionalHeight(draw?.height),
    claim:
      claim === null
        ? undefined
        : {
            id: claim.id,
            attestor: claim.attestor,
            height: toHeight(BigInt(claim.height)),
            finalAt: toHeight(BigInt(claim.finalAt)),
          },
    figures:
      figures.data === '0'
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
        found.set(data.settlement, { attestor: data.attestor, height: toHeight(heightOf(cursor)) });
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
    const { type, value } = unwrap(ChallengeTargetType.fromJson(target as Json));
    // A malformed text refutes the receipt itself, so no claim was reverted.
    if (type !== 'receipt' || witness === 'malformed') continue;
    if (state !== 'upheld' && state !== 'unanswered') continue;
    const settlement = toHex(value.settlement);
    const unanswered = state === 'unanswered';
    revertedClaims.push({
      settlement,
      made: settlements.get(settlement),
      unanswered,
      revertedAt: toHeight(BigInt(unanswered ? (answerBy ?? height) : height)),
    });
  }
  return revertedClaims.toSorted((a, b) => Number(a.revertedAt - b.revertedAt));
};

/** @throws CodedError those of the client, `RECEIPT_NOT_FOUND` */
export const gatherFacts = async (client: RpcClient, id: string): Promise<Facts> => {
  const receipt = await client.call('receipt_get', { id });
  const [statusAnswer, modelAnswer, paramsAnswer, challengesAnswer] = await client.batch([
    { method: 'node_status', params: {} },
    { method: 'model_get', params: { id: receipt.model } },
    { method: 'chain_getParams', params: {} },
    { method: 'attribution_getChallenges', params: { subject: id } },
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
          await client.call('model_getEpoch', { id: receipt.model, height: attribution.settlement.finalAt }),
        );
  const { challenges } = unwrap(challengesAnswer);
  const revertedClaims = await revertedClaimsOf(client, receipt.id, challenges);
  const { body, split } = receipt;
  return {
    asOf: { height: toHeight(BigInt(status.height)), stateRoot: status.stateRoot },
    receipt: {
      id: receipt.id,
      payer: receipt.payer,
      provider: receipt.provider,
      height: toHeight(BigInt(receipt.height)),
      deadline: toHeight(BigInt(receipt.deadline)),
      manifest: receipt.manifest,
      promptRoot: body.promptRoot,
      outputRoot: body.outputRoot,
      tokensIn: body.tokensIn,
      tokensOut: body.tokensOut,
      compute: BigInt(body.compute),
      fee: BigInt(body.fee),
      split: {
        burned: BigInt(split.burned),
        treasury: BigInt(split.treasury),
        attestor: BigInt(split.attestor),
        model: BigInt(split.model),
        stakers: BigInt(split.stakers),
        data: BigInt(split.data),
      },
    },
    status: receiptStatusOf(receipt, revertedClaims.at(-1)),
    model: {
      id: model.id,
      name: model.terms.name,
      height: toHeight(BigInt(model.height)),
      debt: BigInt(model.debt),
      running: model.running === null ? undefined : sumsOf(model.running.sums),
    },
    calibration: await calibrationOf(client, model, receipt.manifest, parameter(params, 'iMin')),
    spanBps: parameter(params, 'spanShareBps'),
    challenges: challenges.map(({ id: challenge, witness, state, challenger, height }) => ({
      id: challenge,
      witness,
      state,
      challenger,
      height: toHeight(BigInt(height)),
    })),
    revertedClaims,
    settlement,
    output: await textAt(client, body.outputRoot, 'output'),
    contributions: await contributionsOf(client, citedBy(settlement, body.tokensOut)),
  };
};
