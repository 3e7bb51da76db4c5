import type { Address, Root } from '../../src/lib/brands.ts';
import { ok } from '../../src/lib/errors.ts';
import type { Json, JsonSchema } from '../../src/lib/ssz.ts';
import type { Params } from '../params.ts';
import { actionLine } from './action.ts';
import { attributionAnswer } from './attribution-answer.ts';
import { attributionBacking } from './attribution-backing.ts';
import { attributionChallenge } from './attribution-challenge.ts';
import { attributionExcuse } from './attribution-excuse.ts';
import { attributionSettlement } from './attribution-settlement.ts';
import { contributionCommit } from './contribution-commit.ts';
import { contributionReview } from './contribution-review.ts';
import { dataContribution } from './data-contribution.ts';
import { datanetCreate } from './datanet-create.ts';
import type { Fault, Result } from './errors.ts';
import { escrowDeposit } from './escrow-deposit.ts';
import { escrowWithdraw } from './escrow-withdraw.ts';
import { inferenceReceipt } from './inference-receipt.ts';
import type { Kind, NamedContent } from './kind.ts';
import { modelCalibration } from './model-calibration.ts';
import { modelRegistration } from './model-registration.ts';
import { modelRevision } from './model-revision.ts';
import { rewardClaim } from './reward-claim.ts';
import { transfer } from './transfer.ts';

/** The kinds by name. Each is registered under its own name, which a test checks. */
const BY_NAME = {
  transfer,
  datanetCreate,
  contributionCommit,
  dataContribution,
  contributionReview,
  modelRegistration,
  escrowDeposit,
  escrowWithdraw,
  inferenceReceipt,
  attributionSettlement,
  attributionChallenge,
  attributionAnswer,
  rewardClaim,
  modelCalibration,
  modelRevision,
  attributionExcuse,
  attributionBacking,
};

export type KindName = keyof typeof BY_NAME;

/** The type of the payload of a kind. */
export type Payload<N extends KindName> = (typeof BY_NAME)[N] extends Kind<infer P> ? P : never;

type KindsByName = { readonly [N in KindName]: Kind<Payload<N>> };

/** A kind whose payload type is not known at compile time. */
export type AnyKind = {
  readonly id: number;
  readonly version: number;
  readonly name: KindName;
  readonly schema: JsonSchema;
  readonly decode: (bytes: Uint8Array) => Result<Body>;
  /** Reads JSON, or a payload as a program has it. Fault `JSON_INVALID`, which lists all that is wrong. */
  readonly fromJson: (json: unknown) => Result<Body>;
};

/** A payload together with what follows from it by its kind. */
export type BodyOf<N extends KindName> = {
  readonly name: N;
  readonly kind: AnyKind;
  readonly payload: Payload<N>;
  /** The canonical encoding of the payload. */
  readonly encode: () => Uint8Array;
  readonly root: () => Root;
  readonly action: () => string;
  readonly check: (params: Params) => Fault | undefined;
  readonly gas: (params: Params) => bigint;
  readonly accounts: () => readonly Address[];
  readonly content: () => readonly NamedContent[];
  readonly toJson: () => Json;
};

/** A body of any kind: its `name` tells which payload it holds. */
export type Body = { readonly [N in KindName]: BodyOf<N> }[KindName];

const kindsByName: KindsByName = BY_NAME;

const bind = <N extends KindName>(
  name: N,
  kind: AnyKind,
  payload: Payload<N>,
  encode: () => Uint8Array,
): Body => {
  const typed: Kind<Payload<N>> = kindsByName[name];
  const body: BodyOf<N> = {
    name,
    kind,
    payload,
    encode,
    root: () => typed.payload.root(payload),
    action: () => actionLine(typed.action(payload)),
    check: (params) => typed.check(payload, params),
    gas: (params) => typed.gas(payload, params),
    accounts: () => typed.accounts(payload),
    content: () => typed.content(payload),
    toJson: () => typed.payload.toJson(payload),
  };
  // This is a member of the union for every N, but the compiler cannot derive that for a type parameter.
  return body as Body;
};

const hide = <N extends KindName>(name: N): AnyKind => {
  const typed: Kind<Payload<N>> = kindsByName[name];
  const { payload: type } = typed;
  const hidden: AnyKind = {
    id: typed.id,
    version: typed.version,
    name,
    schema: type.schema,
    // Everything that decodes is canonical, so the bytes are kept and not encoded again.
    decode: (bytes) => {
      const payload = type.decode(bytes);
      return payload.ok ? ok(bind(name, hidden, payload.value, () => bytes)) : payload;
    },
    fromJson: (json) => {
      const payload = type.fromJson(json);
      if (!payload.ok) return payload;
      const { value } = payload;
      return ok(bind(name, hidden, value, () => type.encode(value)));
    },
  };
  return hidden;
};

const isKindName = (name: string): name is KindName => Object.hasOwn(BY_NAME, name);

export const KIND_NAMES: readonly KindName[] = Object.keys(BY_NAME).filter(isKindName);

/** All kinds, in the order of their registration. */
export const KINDS: readonly AnyKind[] = KIND_NAMES.map((name) => hide(name));

const byId: ReadonlyMap<number, AnyKind> = new Map(KINDS.map((kind) => [kind.id, kind]));
const byName: ReadonlyMap<string, AnyKind> = new Map(KINDS.map((kind) => [kind.name, kind]));

export const kindById = (id: number): AnyKind | undefined => byId.get(id);
export const kindByName = (name: string): AnyKind | undefined => byName.get(name);
