/** What tests of the economy set up again and again: a Datanet with reviewers, accepted contributions, a model, a batch. */

import { type Root, toHeight, ZERO_ROOT } from '../../../../src/lib/brands.ts';
import { utf8 } from '../../../../src/lib/bytes.ts';
import { sha256 } from '../../../../src/lib/hash.ts';
import type { ContributionId, DatanetId, ModelId } from '../../../../src/lib/ids.ts';
import { signDigest } from '../../../../src/lib/secp256k1.ts';
import type { ModelControl } from '../../../../state/attribution/calibration.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { RULES_DEFAULT } from '../../../../state/attribution/rules.ts';
import { sketchOf } from '../../../../state/attribution/sketch.ts';
import { nextContribution } from '../../../../state/modules/data/contributions.ts';
import { voucherUseOf } from '../../../../state/modules/ledger/escrow.ts';
import { dueDraws, seedSearches, setCalibration } from '../../../../state/modules/models/calibrations.ts';
import { knownVersion, nextModel, versionCountOf } from '../../../../state/modules/models/models.ts';
import { getDatanet } from '../../../../state/queries/datanets.ts';
import { contributionCommit, contributionCommitment } from '../../../../state/tx/contribution-commit.ts';
import { type ContributionReview, contributionReview } from '../../../../state/tx/contribution-review.ts';
import { type DataContribution, dataContribution } from '../../../../state/tx/data-contribution.ts';
import { type DatanetCreate, datanetCreate } from '../../../../state/tx/datanet-create.ts';
import { escrowDeposit } from '../../../../state/tx/escrow-deposit.ts';
import { inferenceReceipt, type ReceiptGroup } from '../../../../state/tx/inference-receipt.ts';
import { manifestRoot, type Pin } from '../../../../state/tx/model-manifest.ts';
import { type ModelRegistration, modelRegistration } from '../../../../state/tx/model-registration.ts';
import {
  chargeOfReceipt,
  extendAccumulator,
  modelFee,
  type ReceiptBody,
  UNSAID,
} from '../../../../state/tx/receipt.ts';
import { voucherDigest } from '../../../../state/tx/voucher.ts';
import type { View } from '../../../../state/view.ts';
import { type Actor, actor, bytes32, type World } from './world.ts';

export const creator = actor('creator');
export const reviewers = [actor('reviewer 1'), actor('reviewer 2'), actor('reviewer 3')] as const;
export const alice = actor('alice');
export const bob = actor('bob');
export const owner = actor('model owner');
export const trainer = actor('trainer');
export const provider = actor('provider');
export const payer = actor('payer');
export const attestor = actor('attestor');
export const everyone: readonly Actor[] = [
  creator,
  ...reviewers,
  alice,
  bob,
  owner,
  trainer,
  provider,
  payer,
  attestor,
  actor('south'),
];

export const datanetTerms = (change: Partial<DatanetCreate> = {}): DatanetCreate => ({
  name: 'sums',
  domain: 'arithmetic',
  rules: RULES_DEFAULT,
  licence: 'MIT',
  schema: { fields: ['question', 'answer'], promptFields: 1 },
  commons: undefined,
  matchBitsFloor: 0,
  access: 'open',
  contributors: [],
  reviewers: reviewers.map(({ address }) => address),
  quorum: 2,
  bondPerByte: 1n,
  prices: { inMin: 0n, outMin: 0n },
  ...change,
});

export const createDatanet = (world: World, change: Partial<DatanetCreate> = {}): number => {
  const { events } = world.run(creator, datanetCreate, datanetTerms(change));
  const created = events.find((event) => event.type === 'datanetCreated');
  return Number(created?.data.datanet);
};

const saltOf = (name: string): Uint8Array => sha256(utf8(`salt ${name}`));

/** Commits content that is only known by its name; returns its contribution id. */
export const commitAs = (world: World, from: Actor, datanet: DatanetId, name: string): number => {
  const contribution = nextContribution(world.view);
  const commitment = contributionCommitment({
    datanet,
    root: bytes32(name),
    salt: saltOf(name),
    sender: from.address,
  });
  world.run(from, contributionCommit, { datanet, commitment });
  return contribution;
};

/** Items of about the same length, without prompt parts, that hold so many tokens. */
const shapesOf = (items: number, tokens: bigint): DataContribution['shapes'] => {
  const each = Math.floor(Number(tokens) / Math.max(items, 1));
  return Array.from({ length: items }, (_, i) => ({
    tokens: i === 0 ? Number(tokens) - each * (items - 1) : each,
    promptTokens: 0,
  }));
};

/** The reveal of {@link commitAs}: one item of 100 tokens and 400 bytes, all of it novel. */
export const reveal = (
  contribution: ContributionId,
  datanet: DatanetId,
  name: string,
  change: Partial<DataContribution> = {},
): DataContribution => ({
  contribution,
  datanet,
  rules: RULES_DEFAULT,
  salt: saltOf(name),
  root: bytes32(name),
  digest: bytes32(`digest ${name}`),
  items: 1,
  tokens: 100n,
  bytes: 400n,
  shapes: shapesOf(change.items ?? 1, change.tokens ?? 100n),
  copied: [],
  novelRuns: [{ item: 0, start: 0, end: 100 }],
  sketch: sketchOf([]),
  role: 'data',
  parents: [],
  licence: 'MIT',
  ...change,
});

export const review = (
  contribution: ContributionId,
  change: Partial<ContributionReview> = {},
): ContributionReview => ({
  contribution,
  quality: { authenticity: 90, ownership: 90, quality: 80, uniqueness: 70 },
  verdict: 'accept',
  ...change,
});

/** Commits and reveals; returns the contribution id of what is then under review. */
export const submit = (
  world: World,
  from: Actor,
  datanet: DatanetId,
  name: string,
  change: Partial<DataContribution> = {},
): number => {
  const contribution = commitAs(world, from, datanet, name);
  world.block();
  world.run(from, dataContribution, reveal(contribution, datanet, name, change));
  return contribution;
};

/** Commits, reveals and has two reviewers accept. */
export const contribute = (
  world: World,
  from: Actor,
  datanet: DatanetId,
  name: string,
  change: Partial<DataContribution> = {},
): number => {
  const contribution = submit(world, from, datanet, name, change);
  for (const reviewer of reviewers.slice(0, 2)) world.run(reviewer, contributionReview, review(contribution));
  return contribution;
};

/** The newest version of a Datanet, as a pin. */
export const pinOf = (world: World, datanet: DatanetId): Pin => {
  const version = getDatanet(world.view, datanet)?.version;
  return { datanet, count: version?.count ?? 0, root: version?.root ?? ZERO_ROOT };
};

export const PRICES = { in: 2_000n, out: 10_000n };

export const modelTerms = (
  manifest: readonly Pin[],
  change: Partial<ModelRegistration> = {},
): ModelRegistration => ({
  name: 'adder',
  kind: 'adapter',
  base: undefined,
  rules: RULES_DEFAULT,
  weights: bytes32('weights'),
  recipe: bytes32('recipe'),
  transcript: ZERO_ROOT,
  evaluationRoot: ZERO_ROOT,
  template: ZERO_ROOT,
  manifest,
  shares: [],
  evaluation: [{ measure: 'accuracy', thousandths: 531 }],
  prices: PRICES,
  attribution: { method: 'spans', commitments: [] },
  ...change,
});

/** The state of a world to write to, past its transactions. */
export const writable = ({ state }: World): View => ({
  get: (key) => state.get(key),
  set: (key, value) => {
    state.set(key, value);
  },
  delete: (key) => {
    state.delete(key);
  },
});

/** As a version is once its calibration is final, without one: what is tested need not begin with a calibration. */
export const calibrate = (
  world: World,
  model: ModelId,
  control: Partial<ModelControl> = {},
  version = 1,
): void => {
  const height = world.height;
  const view = writable(world);
  const { matchBits } = knownVersion(view, model, version).floors;
  setCalibration(
    view,
    { model, version },
    { type: 'calibrated', value: { height, matchBits, controlBps: 0, ...control } },
  );
  // The blocks that would draw now find nothing to do.
  for (let at = height; at <= height + 2n; at++) {
    dueDraws.take(view, toHeight(at));
    seedSearches.take(view, toHeight(at));
  }
};

/** A model that is calibrated: by its floors, and by this. */
export const registerModel = (
  world: World,
  manifest: readonly Pin[],
  change: Partial<ModelRegistration> = {},
  control: Partial<ModelControl> = {},
): number => {
  const id = nextModel(world.view);
  world.run(owner, modelRegistration, modelTerms(manifest, change));
  calibrate(world, id, control);
  return id;
};

export const deposit = (world: World, amount: bigint, from: Actor = payer): void => {
  world.run(from, escrowDeposit, { provider: provider.address, amount });
};

/** The manifest of the current version of a model, as receipts name it. */
export const manifestOf = (world: World, model: ModelId): Root => {
  const version = versionCountOf(world.view, model);
  return version === 0 ? manifestRoot([]) : knownVersion(world.view, model, version).manifest;
};

/**
 * A receipt of the first model, on no data, of 30 tokens in and 100 out, four bytes each; `fee` follows from
 * {@link PRICES}.
 */
export const receiptBody = (name: string, change: Partial<ReceiptBody> = {}): ReceiptBody => {
  const { tokensIn = 30, tokensOut = 100 } = change;
  const { bytesIn = 4 * tokensIn, bytesOut = 4 * tokensOut } = change;
  const metered = { tokensIn, tokensOut, bytesIn, bytesOut };
  return {
    ...UNSAID,
    model: 1,
    manifest: manifestRoot([]),
    rules: RULES_DEFAULT,
    promptRoot: bytes32(`prompt ${name}`),
    outputRoot: bytes32(`output ${name}`),
    textRoot: bytes32(`texts ${name}`),
    compute: 777n,
    fee: modelFee(metered, PRICES),
    ...metered,
    ...change,
  };
};

type VoucherChange = {
  readonly lane?: number;
  /** That of the current version of the model if left out. */
  readonly manifest?: Root;
  readonly amount?: bigint;
  readonly count?: bigint;
  readonly accumulator?: Root;
  readonly signer?: Actor;
};

/** A group of these receipts as they are, with a voucher that goes on from what the chain has, unless `change` says else. */
export const laneGroup = (
  world: World,
  receipts: readonly ReceiptBody[],
  change: Omit<VoucherChange, 'manifest'> = {},
  by: Actor = payer,
): ReceiptGroup => {
  const { lane = 0 } = change;
  const terms = { payer: by.address, provider: provider.address, lane };
  const used = voucherUseOf(world.view, terms, lane);
  const amount = change.amount ?? receipts.reduce((sum, each) => sum + chargeOfReceipt(each), used.amount);
  const count = change.count ?? used.count + BigInt(receipts.length);
  const accumulator = change.accumulator ?? extendAccumulator(used.accumulator, terms, receipts);
  const digest = voucherDigest(world.separator, { ...terms, amount, count, accumulator });
  const signature = signDigest(digest, (change.signer ?? by).privateKey);
  return { payer: by.address, lane, voucher: { amount, count, accumulator, signature }, receipts };
};

/** A group of receipts of the current version of one model, in the lane with the number of the model. */
export const receiptGroup = (
  world: World,
  model: ModelId,
  receipts: readonly ReceiptBody[],
  change: VoucherChange = {},
  by: Actor = payer,
): ReceiptGroup => {
  const manifest = change.manifest ?? manifestOf(world, model);
  const ofModel = receipts.map((body) => ({ ...body, model, manifest }));
  return laneGroup(world, ofModel, { lane: model, ...change }, by);
};

/** Sends a batch of receipts of one model; returns its id. */
export const sendReceipts = (world: World, model: ModelId, receipts: readonly ReceiptBody[]): Root =>
  world.run(provider, inferenceReceipt, { groups: [receiptGroup(world, model, receipts)] }).id;

/** A claim of matches of contributions, each owning [start, end), every token bearing `bits` bits. No echo. */
export const claimOf = (
  tokens: number,
  matches: readonly { readonly start: number; readonly end: number; readonly contribution: ContributionId }[],
  bits = 10,
): Claim => {
  const borders = [...new Set([...matches.flatMap(({ start, end }) => [start, end]), tokens])];
  return {
    x: [],
    matches: matches.map((match) => ({ ...match, item: 0, pos: 0 })),
    shared: [],
    info: borders.sort((a, b) => a - b).map((border) => border * bits * 256),
  };
};
