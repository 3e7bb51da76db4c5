/** An attestor's claims for receipts of one batch: the evidence of attribution.md §6, never its result. */
import type { Root } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { type Fault, fail, fault, ok, type Result } from '../../src/lib/errors.ts';
import { container, root32 } from '../../src/lib/ssz.ts';
import type { Claim } from '../attribution/claim.ts';
import { settleClaim } from '../attribution/settlement.ts';
import { attestorOf } from '../modules/attestors.ts';
import { type Accepted, acceptedOf } from '../modules/contributions.ts';
import { eligibleVersions, knownModel, type Model } from '../modules/models.ts';
import {
  type BatchReceipt,
  batchOf,
  batchStatusOf,
  receiptsOf,
  setBatchStatus,
} from '../modules/receipts.ts';
import {
  addSettlement,
  lockedBondOf,
  type ReceiptClaim,
  ReceiptClaimsType,
  type ReceiptOutcome,
  setLockedBond,
} from '../modules/settlements.ts';
import type { AttributionParams } from '../params.ts';
import type { ReadView } from '../view.ts';
import type { Kind, TxContext } from './kind.ts';
import { isAscending } from './order.ts';

export type AttributionSettlement = {
  /** The id of the transaction that carried the receipts. */
  readonly batch: Root;
  /** Ascending by index; any part of the batch. */
  readonly claims: readonly ReceiptClaim[];
};

const check = ({ claims }: AttributionSettlement): Fault | undefined => {
  if (claims.length === 0) return fault('SETTLEMENT_NONE', 'a settlement holds at least one claim');
  if (!isAscending(claims.map(({ index }) => index)))
    return fault('SETTLEMENT_ORDER', 'claims are in the order of their receipts, one for each');
  return undefined;
};

type EligibleModel = { readonly model: Model; readonly versions: ReadonlyMap<number, number> };

/** What claims of one settlement cite, each read from the state once. */
class Eligibility {
  readonly #view: ReadView;
  readonly #models = new Map<number, EligibleModel>();
  readonly #contributions = new Map<number, Accepted | undefined>();

  constructor(view: ReadView) {
    this.#view = view;
  }

  model(id: number): EligibleModel {
    const known = this.#models.get(id);
    if (known !== undefined) return known;
    const model = knownModel(this.#view, id);
    const read = { model, versions: eligibleVersions(this.#view, model) };
    this.#models.set(id, read);
    return read;
  }

  #contribution(seq: number): Accepted | undefined {
    if (!this.#contributions.has(seq)) this.#contributions.set(seq, acceptedOf(this.#view, seq));
    return this.#contributions.get(seq);
  }

  /**
   * Whether every match is of a contribution that the model may draw on, and within what it holds; returns those that
   * are commons. Faults: `CLAIM_INELIGIBLE`, `CLAIM_ITEM`.
   */
  check(claim: Claim, versions: ReadonlyMap<number, number>): Result<ReadonlySet<number>> {
    const commons = new Set<number>();
    for (const { seq, item, pos, start, end } of claim.matches) {
      const cited = this.#contribution(seq);
      const pinned = cited === undefined ? undefined : versions.get(cited.datanet);
      if (cited === undefined || pinned === undefined || (!cited.commons && cited.acceptance >= pinned))
        return fail(
          'CLAIM_INELIGIBLE',
          `contribution ${seq} is not of the model's manifest or its ancestors'`,
          {
            seq,
          },
        );
      if (item >= cited.items || BigInt(pos) + BigInt(end - start) > cited.tokens)
        return fail('CLAIM_ITEM', `contribution ${seq} has ${cited.items} items, ${cited.tokens} tokens`, {
          seq,
          item,
        });
      if (cited.commons) commons.add(seq);
    }
    return ok(commons);
  }
}

const settle = (
  { index, claim }: ReceiptClaim,
  receipt: BatchReceipt,
  eligibility: Eligibility,
  params: AttributionParams,
): Result<ReceiptOutcome> => {
  const { model, versions } = eligibility.model(receipt.model);
  const commons = eligibility.check(claim, versions);
  if (!commons.ok) return commons;
  const attribution = settleClaim(claim, {
    outputTokens: receipt.body.tokensOut,
    promptTokens: receipt.body.tokensIn,
    matchBitsMin: model.floors.matchBits,
    parameters: { matchTokensMin: params.lMin, matchTokensMax: params.lMax, promptMin: params.promptMin },
    commons: commons.value,
  });
  if (!attribution.ok) return attribution;
  const { scores, total, covered, coverageBps } = attribution.value;
  return ok({ index, scores, total, covered, coverageBps });
};

const apply = (
  { view, sender, block, id, emit }: TxContext,
  payload: AttributionSettlement,
): Fault | undefined => {
  const attestor = attestorOf(view, sender);
  if (attestor === undefined) return fault('ATTESTOR_UNKNOWN', 'the sender is no attestor');
  const batch = batchOf(view, payload.batch);
  if (batch === undefined)
    return fault('BATCH_UNKNOWN', `there is no batch ${toHex(payload.batch)}`, {
      batch: toHex(payload.batch),
    });
  if (block.height > batch.deadline)
    return fault('SETTLEMENT_LATE', `the receipts could be settled until height ${batch.deadline}`, {
      deadline: batch.deadline.toString(),
    });
  const params = block.params.attribution;
  const bond = params.bondPerReceipt * BigInt(payload.claims.length);
  const locked = lockedBondOf(view, sender) + bond;
  if (locked > attestor.bond)
    return fault('ATTESTOR_BOND', `${locked} of a bond of ${attestor.bond} would be locked`, {
      locked: locked.toString(),
      bond: attestor.bond.toString(),
    });
  const receipts = receiptsOf(view, payload.batch, batch);
  const status = batchStatusOf(view, payload.batch);
  const settledBy = [...status.settledBy];
  const eligibility = new Eligibility(view);
  const outcomes: ReceiptOutcome[] = [];
  for (const claim of payload.claims) {
    const { index } = claim;
    const receipt = receipts[index];
    if (receipt === undefined)
      return fault('SETTLEMENT_INDEX', `the batch has ${receipts.length} receipts`, { index });
    if (settledBy[index] !== 0)
      return fault('SETTLEMENT_TAKEN', `receipt ${index} is settled already`, { index });
    const outcome = settle(claim, receipt, eligibility, params);
    if (!outcome.ok) {
      const { code, message, data } = outcome.fault;
      return fault(code, `receipt ${index}: ${message}`, { ...data, receipt: index });
    }
    settledBy[index] = status.settlements.length + 1;
    outcomes.push(outcome.value);
  }
  setLockedBond(view, sender, locked);
  setBatchStatus(view, payload.batch, {
    ...status,
    settlements: [...status.settlements, { id, final: false }],
    settledBy,
  });
  const finalAt = block.height + BigInt(params.challengeWindow);
  const settlement = {
    batch: payload.batch,
    attestor: sender,
    height: block.height,
    finalAt,
    bond,
  };
  addSettlement(view, id, settlement, payload.claims, outcomes);
  emit({
    type: 'receiptsSettled',
    data: {
      settlement: toHex(id),
      batch: toHex(payload.batch),
      attestor: toHex(sender),
      receipts: outcomes.length,
      finalAt: finalAt.toString(),
    },
  });
  return undefined;
};

export const attributionSettlement: Kind<AttributionSettlement> = {
  id: 13,
  version: 1,
  name: 'attributionSettlement',
  payload: container<AttributionSettlement>({ batch: root32, claims: ReceiptClaimsType }),
  action: ({ batch, claims }) => `settle ${claims.length} receipts of batch ${toHex(batch)}`,
  check,
  gas: ({ claims }) =>
    5_000n +
    500n * BigInt(claims.length) +
    100n * BigInt(claims.reduce((sum, { claim }) => sum + claim.matches.length + claim.x.length, 0)),
  apply,
};
