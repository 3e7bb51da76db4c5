/** An attestor that lies: it settles one answer by a claim that gives the words of one contributor to another. */
import type { Claim } from '../../../state/attribution/claim.ts';
import { type RulesVersion, rulesOf } from '../../../state/attribution/rules.ts';
import { parseReceiptId } from '../../../state/receipt-id.ts';
import { attributionSettlement } from '../../../state/tx/attribution-settlement.ts';
import type { Trace } from '../../attribution/tracer.ts';
import type { Root } from '../../lib/brands.ts';
import { toHex, utf8 } from '../../lib/bytes.ts';
import { CodedError, unwrap } from '../../lib/errors.ts';
import type { ContributionId, ModelId } from '../../lib/ids.ts';
import { showUtf8 } from '../../lib/text.ts';
import { openTextCache } from '../../services/corpus/text-cache.ts';
import { type ModelTracer, openTracers, type Tracers } from '../../services/corpus/tracers.ts';
import { fault } from '../errors.ts';
import { itemAt, type ShownText } from '../explain/texts.ts';
import { commit, type Ground, untilThere } from './ground.ts';
import { type ItemText, type Lie, lieAbout } from './lie.ts';

/** Words of a contribution, and whose they are. */
export type QuotedWords = {
  readonly contribution: ContributionId;
  /** The account of its owner, 0x-hex. */
  readonly owner: string;
  readonly words: string;
};

/** A lie on the chain. */
export type ToldLie = {
  readonly receipt: string;
  /** The id of the false settlement, which the attestor has signed. */
  readonly settlement: string;
  readonly attestor: string;
  /** The version of the rules, by which the texts are cut into words. */
  readonly rules: RulesVersion;
  /** The words of the answer that it is about, and what stands around them. */
  readonly answer: { readonly before: string; readonly words: string; readonly after: string };
  readonly truth: QuotedWords;
  readonly claimed: QuotedWords;
  /** The false claim, and the first token of the answer that it is false about. */
  readonly claim: Claim;
  readonly start: number;
  /** What a true claim says. */
  readonly honest: Trace;
  /** Locked of the attestor's bond, in base units. */
  readonly bond: bigint;
  /** The height at whose end the settlement becomes final. */
  readonly finalAt: bigint;
};

/** The most items that are looked at for one that the lie can name. */
const ITEMS_MAX = 200;

/** Tokens [start, end) of a text, as they stand in it. */
export const wordsOf = ({ text, rules }: ShownText, start: number, end: number): string => {
  const bytes = utf8(text);
  const { starts, ends } = unwrap(rulesOf(rules).tokenizeLocated(bytes));
  return showUtf8(bytes.subarray(starts[start] ?? 0, ends[end - 1] ?? bytes.length));
};

/** Returns all that stands before and after the tokens [start, end) of a text: also what is no token, such as a full stop. */
export const around = (
  { text, rules }: ShownText,
  start: number,
  end: number,
): { readonly before: string; readonly after: string } => {
  const bytes = utf8(text);
  const { starts, ends } = unwrap(rulesOf(rules).tokenizeLocated(bytes));
  return {
    before: showUtf8(bytes.subarray(0, starts[start] ?? bytes.length)),
    after: showUtf8(bytes.subarray(ends[end - 1] ?? bytes.length)),
  };
};

/** Reads a text that may be on its way to this node. */
const textOf = (ground: Ground, root: Root, what: string): Promise<ShownText> =>
  untilThere(ground, what, async () => {
    const text = await itemAt(ground.client, root);
    if (!text.ok && text.fault.code === 'CONTENT_NOT_FOUND') return undefined;
    return unwrap(text);
  });

/** Returns items of the model's contributions, from those of other owners than the first. */
const otherItems = async (tracer: ModelTracer, tracers: Tracers): Promise<readonly ItemText[]> => {
  const items: ItemText[] = [];
  for (const { contribution, commons } of tracer.sources.toReversed()) {
    if (commons) continue;
    const known = await tracers.contribution(contribution);
    for (const [item, { tokens }] of known?.items.entries() ?? []) {
      items.push({ contribution, item, tokens });
      if (items.length === ITEMS_MAX) return items;
    }
  }
  return items;
};

const itemText = async (ground: Ground, contribution: ContributionId, item: number): Promise<ShownText> => {
  const { content } = await ground.client.call('contribution_get', { contribution });
  const list = content === null ? undefined : await ground.client.call('content_get', { root: content.root });
  const root = list?.type === 'contribution' ? list.items[item] : undefined;
  if (root === undefined)
    throw new CodedError(
      fault('CONTENT_WRONG', `the node has no item ${item} of contribution ${contribution}`),
    );
  return textOf(ground, root, `the text of contribution ${contribution}`);
};

const quoted = async (
  ground: Ground,
  { claimed, start, end }: Pick<Lie, 'claimed' | 'start' | 'end'>,
): Promise<QuotedWords> => {
  const { contribution, item, pos } = claimed;
  const { owner } = await ground.client.call('contribution_get', { contribution });
  return {
    contribution,
    owner: owner === null ? '' : toHex(owner),
    words: wordsOf(await itemText(ground, contribution, item), pos, pos + end - start),
  };
};

/** Returns a tracer with all texts of a version. Nothing is traced to a part of them. */
const wholeTracer = (
  ground: Ground,
  tracers: Tracers,
  model: ModelId,
  version: number,
): Promise<ModelTracer> =>
  untilThere(ground, `the texts and the calibration of model ${model}`, async () => {
    const tracer = await tracers.tracer(model, version);
    return tracer === undefined || tracer.withheld.length > 0 ? undefined : tracer;
  });

/**
 * Traces an open receipt as an honest attestor does, and settles it otherwise.
 * @param name - the attestor, by its name in the devnet
 * @returns undefined if there is nothing to lie about in this answer
 * @throws CodedError `SETTLEMENT_TAKEN` if another attestor was first
 */
export const settleFalsely = async (
  ground: Ground,
  name: string,
  receipt: string,
): Promise<ToldLie | undefined> => {
  const { client } = ground;
  const { batch, index } = unwrap(parseReceiptId(receipt));
  const { model, version, texts } = await client.call('receipt_get', { id: receipt });
  const textCache = openTextCache(client);
  const tracers = openTracers(client, textCache, undefined);
  const answered = await untilThere(
    ground,
    'the question and the answer',
    async () => (await textCache.inferences([texts]))[0],
  );
  const output = { text: showUtf8(answered.output.source), rules: answered.rules };
  const tracer = await wholeTracer(ground, tracers, model, version);
  const { tokens } = answered.output;
  const honest = await tracer.trace({ output: tokens, prompt: answered.prompt.tokens });
  const commons = new Set(tracer.sources.flatMap((each) => (each.commons ? [each.contribution] : [])));
  const lie = lieAbout(tokens, honest, (each) => !commons.has(each), await otherItems(tracer, tracers));
  if (lie === undefined) return undefined;
  const attestor = await ground.wallet(name);
  const { id } = await commit(ground, attestor, attributionSettlement, {
    batch,
    asOf: undefined,
    claims: [{ index, claim: lie.claim, sections: honest.sections }],
  });
  const { settlement } = await client.call('receipt_get', { id: receipt });
  const { start, end } = lie;
  return {
    receipt,
    settlement: id,
    attestor: toHex(attestor.address),
    rules: output.rules,
    answer: {
      ...around(output, start, end),
      words: wordsOf(output, start, end),
    },
    truth: await quoted(ground, { claimed: lie.truth, start, end }),
    claimed: await quoted(ground, { claimed: lie.claimed, start, end }),
    claim: lie.claim,
    start,
    honest,
    bond: settlement?.outcome.bond ?? 0n,
    finalAt: settlement?.finalAt ?? 0n,
  };
};
