/** Every kind of transaction there is. Adding one: its file, and its line in {@link KINDS}. */
import type { Root } from '../../src/lib/brands.ts';
import type { Fault, Result } from '../../src/lib/errors.ts';
import { ok } from '../../src/lib/errors.ts';
import type { Json, JsonSchema, Ssz } from '../../src/lib/ssz.ts';
import type { Params } from '../params.ts';
import { actionLine } from './action.ts';
import { attributionAnswer } from './attribution-answer.ts';
import { attributionChallenge } from './attribution-challenge.ts';
import { attributionSettlement } from './attribution-settlement.ts';
import { contributionCommit } from './contribution-commit.ts';
import { contributionReview } from './contribution-review.ts';
import { dataContribution } from './data-contribution.ts';
import { datanetCreate } from './datanet-create.ts';
import { escrowDeposit } from './escrow-deposit.ts';
import { escrowWithdraw } from './escrow-withdraw.ts';
import { inferenceReceipt } from './inference-receipt.ts';
import type { Kind, TxContext } from './kind.ts';
import { modelCalibration } from './model-calibration.ts';
import { modelRegistration } from './model-registration.ts';
import { modelRevision } from './model-revision.ts';
import { rewardClaim } from './reward-claim.ts';
import { transfer } from './transfer.ts';

/** A payload together with its kind: what can be done with it without knowing its type. */
export type Body = {
  readonly kind: AnyKind;
  /** The canonical encoding of the payload. */
  readonly encode: () => Uint8Array;
  readonly root: () => Root;
  readonly action: () => string;
  readonly check: (params: Params) => Fault | undefined;
  readonly gas: (params: Params) => bigint;
  readonly apply: (context: TxContext) => Fault | undefined;
  readonly toJson: () => Json;
};

/** A kind, its payload's type hidden behind {@link Body}. */
export type AnyKind = {
  readonly id: number;
  readonly version: number;
  readonly name: string;
  readonly schema: JsonSchema;
  readonly decode: (bytes: Uint8Array) => Result<Body>;
  readonly fromJson: (json: Json | undefined) => Result<Body>;
};

const hide = <P>(kind: Kind<P>): AnyKind => {
  const type: Ssz<P> = kind.payload;
  const bind = (payload: P): Body => ({
    kind: hidden,
    encode: () => type.encode(payload),
    root: () => type.root(payload),
    action: () => actionLine(kind.action(payload)),
    check: (params) => kind.check(payload, params),
    gas: (params) => kind.gas(payload, params),
    apply: (context) => kind.apply(context, payload),
    toJson: () => type.toJson(payload),
  });
  const bound = (result: Result<P>): Result<Body> => (result.ok ? ok(bind(result.value)) : result);
  const hidden: AnyKind = {
    id: kind.id,
    version: kind.version,
    name: kind.name,
    schema: type.schema,
    decode: (bytes) => bound(type.decode(bytes)),
    fromJson: (json) => bound(type.fromJson(json)),
  };
  return hidden;
};

/** By id. Ids are on the wire and never reused. */
export const KINDS: readonly AnyKind[] = [
  hide(transfer),
  hide(datanetCreate),
  hide(contributionCommit),
  hide(dataContribution),
  hide(contributionReview),
  hide(modelRegistration),
  hide(escrowDeposit),
  hide(escrowWithdraw),
  hide(inferenceReceipt),
  hide(attributionSettlement),
  hide(attributionChallenge),
  hide(attributionAnswer),
  hide(rewardClaim),
  hide(modelCalibration),
  hide(modelRevision),
];

const byId: ReadonlyMap<number, AnyKind> = new Map(KINDS.map((kind) => [kind.id, kind]));
const byName: ReadonlyMap<string, AnyKind> = new Map(KINDS.map((kind) => [kind.name, kind]));

export const kindById = (id: number): AnyKind | undefined => byId.get(id);
export const kindByName = (name: string): AnyKind | undefined => byName.get(name);
