/**
 * What a lie needs on a chain: a model with the data of several people behind it, and an answer that repeats words of one of
 * them. Both are made if the chain does not have them.
 */

import { RULES_DEFAULT } from '../../../state/attribution/rules.ts';
import { formatReceiptId } from '../../../state/receipt-id.ts';
import { contributionReview } from '../../../state/tx/contribution-review.ts';
import { datanetCreate } from '../../../state/tx/datanet-create.ts';
import { escrowDeposit } from '../../../state/tx/escrow-deposit.ts';
import { inferenceReceipt } from '../../../state/tx/inference-receipt.ts';
import { modelRegistration } from '../../../state/tx/model-registration.ts';
import { infoTable } from '../../attribution/info-table.ts';
import { type Inference, measureInference, randomSalt, receiptBodyOf } from '../../client/inference.ts';
import { pages } from '../../client/pages.ts';
import { openVoucherChannel } from '../../client/voucher-channel.ts';
import { contribute } from '../../contribute/contribute.ts';
import { type Root, ZERO_ROOT } from '../../lib/brands.ts';
import { fromHex, toHex, utf8 } from '../../lib/bytes.ts';
import { domainSeparator } from '../../lib/eip712.ts';
import { CodedError, invariant, unwrap } from '../../lib/errors.ts';
import { sha256 } from '../../lib/hash.ts';
import type { DatanetId, ModelId } from '../../lib/ids.ts';
import { openTextCache } from '../../services/corpus/text-cache.ts';
import { eligibleOf } from '../../services/corpus/tracers.ts';
import { fault } from '../errors.ts';
import { itemAt } from '../explain/texts.ts';
import { commit, type Ground, untilThere } from './ground.ts';
import { wordsOf } from './settle-falsely.ts';
import { BEES, QUESTION, SAILS } from './stories.ts';

/** Who does what, by the names of a devnet's accounts. */
export const CAST = {
  founder: 'frank',
  reviewers: ['alice', 'bob'],
  contributors: ['carol', 'dave'],
  payer: 'erin',
  provider: 'grace',
  challenger: 'heidi',
  /** The attestor that works as shipped, and the one that lies. */
  attestor: 'attestor-1',
  liar: 'attestor-2',
} as const;

const OPEN = 10n ** 18n;
const BOND_PER_BYTE = 10n ** 12n;
/** The price of compute for an answer, in base units. */
const COMPUTE = OPEN / 100n;

const createDatanet = async (ground: Ground): Promise<DatanetId> => {
  const founder = await ground.wallet(CAST.founder);
  const reviewers = await Promise.all(CAST.reviewers.map(ground.wallet));
  const { id } = await commit(ground, founder, datanetCreate, {
    name: 'bees and sails',
    domain: 'crafts',
    rules: RULES_DEFAULT,
    licence: 'CC0-1.0',
    schema: { fields: ['text'], promptFields: 0 },
    commons: undefined,
    matchBitsFloor: 0,
    access: 'open',
    contributors: [],
    reviewers: reviewers.map(({ address }) => address),
    quorum: reviewers.length,
    bondPerByte: BOND_PER_BYTE,
    prices: { inMin: 0n, outMin: 0n },
  });
  const { events } = await ground.client.call('tx_status', { id });
  for (const { type, data } of events) if (type === 'datanetCreated') return data.datanet;
  throw new CodedError(fault('TX_NOT_COMMITTED', `${id} has created no Datanet`, { id }));
};

/** Two people contribute a text each, and both are accepted. */
const contributeTexts = async (ground: Ground, datanet: DatanetId): Promise<void> => {
  const { client, signal } = ground;
  for (const [i, rows] of [BEES, SAILS].entries()) {
    const wallet = await ground.wallet(CAST.contributors[i] ?? '');
    const done = await contribute({ client, wallet, datanet, rows, signal });
    for (const { contribution, refused } of done) {
      if (contribution === undefined || refused !== undefined)
        throw new CodedError(fault('TX_NOT_COMMITTED', `a text was refused: ${refused?.message}`));
      for (const name of CAST.reviewers)
        await commit(ground, await ground.wallet(name), contributionReview, {
          contribution,
          quality: { authenticity: 100, ownership: 100, quality: 100, uniqueness: 100 },
          verdict: 'accept',
        });
    }
  }
};

const registerModel = async (ground: Ground, datanet: DatanetId): Promise<ModelId> => {
  const { version } = await ground.client.call('datanet_get', { id: datanet });
  const owner = await ground.wallet(CAST.founder);
  const root = sha256(utf8('bees and sails'));
  const { id } = await commit(ground, owner, modelRegistration, {
    name: 'repeater',
    kind: 'base',
    base: undefined,
    rules: RULES_DEFAULT,
    weights: root,
    recipe: root,
    transcript: ZERO_ROOT,
    evaluationRoot: ZERO_ROOT,
    template: ZERO_ROOT,
    manifest: [{ datanet, count: version.count, root: version.root }],
    shares: [],
    evaluation: [],
    prices: { in: OPEN, out: 2n * OPEN },
    attribution: { method: 'spans', commitments: [] },
  });
  const { events } = await ground.client.call('tx_status', { id });
  for (const { type, data } of events) if (type === 'modelRegistered') return data.model;
  throw new CodedError(fault('TX_NOT_COMMITTED', `${id} has registered no model`, { id }));
};

/** The model whose answer the lie is about. */
export type LiedAbout = {
  readonly model: ModelId;
  readonly name: string;
  /** The answer that it gives. */
  readonly prompt: string;
  readonly output: string;
};

/** The most tokens of an item that an answer repeats, and the fewest that are worth it. */
const QUOTED_MAX = 32;
const QUOTED_MIN = 20;

const answerWith = (quote: string): string => `This is what I know. ${quote} I hope that it helps.`;

/** Returns an answer that repeats words of the first contribution of a model that holds enough of them; undefined if none does. */
const answerFrom = async (ground: Ground, model: ModelId): Promise<string | undefined> => {
  const { client } = ground;
  const textCache = openTextCache(client);
  const sources = (await eligibleOf(client, model)).filter(({ commons }) => !commons);
  if (new Set(sources.map(({ contribution }) => contribution)).size < 2) return undefined;
  for (const { root } of sources) {
    const known = await untilThere(
      ground,
      'the texts of the model',
      async () => (await textCache.contributions([root]))[0],
    );
    for (const [i, { tokens, promptTokens }] of known.items.entries()) {
      if (tokens.count - promptTokens < QUOTED_MIN) continue;
      const itemRoot = known.itemRoots[i];
      if (itemRoot === undefined) continue;
      const text = unwrap(await itemAt(client, itemRoot));
      return answerWith(wordsOf(text, promptTokens, Math.min(tokens.count, promptTokens + QUOTED_MAX)));
    }
  }
  return undefined;
};

/** Returns the first model whose current version is calibrated and draws on several contributions. */
const knownModel = async (ground: Ground): Promise<LiedAbout | undefined> => {
  const { client } = ground;
  for await (const models of pages(client, 'model_list', {}))
    for (const { id } of models) {
      const { status } = await client.call('model_getCalibration', { id });
      const output = status === 'calibrated' ? await answerFrom(ground, id) : undefined;
      const { terms } = await client.call('model_get', { id });
      if (output !== undefined) return { model: id, name: terms.name, prompt: QUESTION, output };
    }
  return undefined;
};

/**
 * Returns a model of the chain that can be lied about, and makes one first if there is none.
 * @param calibrating - is called once a model waits for its calibration, which is the work of an honest attestor
 */
export const openScene = async (ground: Ground, calibrating: () => void): Promise<LiedAbout> => {
  const known = await knownModel(ground);
  if (known !== undefined) return known;
  const { client, progress } = ground;
  progress(`${CAST.founder} creates a Datanet`);
  const datanet = await createDatanet(ground);
  progress(
    `${CAST.contributors.join(' and ')} contribute a text each, and ${CAST.reviewers.join(' and ')} accept them`,
  );
  await contributeTexts(ground, datanet);
  progress(
    `${CAST.founder} registers a model that was trained on both, and an honest attestor calibrates it`,
  );
  const model = await registerModel(ground, datanet);
  calibrating();
  await untilThere(ground, 'the calibration of the model', async () => {
    const { status } = await client.call('model_getCalibration', { id: model });
    if (status === 'unattributed')
      throw new CodedError(fault('MODEL_UNCALIBRATED', `model ${model} pays nothing by words`));
    return status === 'calibrated' ? true : undefined;
  });
  const made = await knownModel(ground);
  invariant(made !== undefined, 'the model that was made can be lied about');
  return made;
};

/** Puts an answer of the model on record, paid for by its payer. @returns the id of the receipt */
export const recordAnswer = async (ground: Ground, { model, prompt, output }: LiedAbout): Promise<string> => {
  const { client } = ground;
  const [payer, provider] = await Promise.all([CAST.payer, CAST.provider].map(ground.wallet));
  invariant(payer !== undefined && provider !== undefined, 'both have a wallet');
  const { terms, manifest, rules } = await client.call('model_get', { id: model });
  const texts: Inference = { prompt, output, salt: randomSalt(), rules };
  const measured = unwrap(measureInference(infoTable(), texts));
  const body = receiptBodyOf(measured, { model, manifest, prices: terms.prices }, COMPUTE);
  await commit(ground, payer, escrowDeposit, { provider: provider.address, amount: body.fee + COMPUTE });
  const parties = { payer: payer.address, provider: provider.address, lane: 0 };
  const use = await client.call('escrow_getVoucher', {
    payer: toHex(payer.address),
    provider: toHex(provider.address),
    lane: parties.lane,
  });
  const channel = openVoucherChannel(domainSeparator(payer.chain), parties, use);
  unwrap(channel.accept(await payer.signVoucher(channel.add(body))));
  const group = channel.take(1);
  invariant(group !== undefined, 'an accepted voucher ends a group');
  const { id } = await commit(ground, provider, inferenceReceipt, { groups: [group] });
  await client.call('content_put', {
    objects: [{ type: 'inference', rules, prompt, output, salt: texts.salt }],
  });
  return formatReceiptId({ batch: unwrap(fromHex(id, 32)) as Root, index: 0 });
};
