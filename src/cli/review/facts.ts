/**
 * What a reviewer confirms by accepting: that the facts which a contribution declares are those of its text. A machine can
 * check them, and this does. Whether the text is good is for the reviewer.
 */
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import { rulesOf, type TextRules } from '../../../state/attribution/rules.ts';
import { contentDigest } from '../../../state/tx/content-digest.ts';
import { type DeclaredItem, declare } from '../../attribution/declaration.ts';
import { declarationFault } from '../../attribution/declaration-check.ts';
import { infoTable } from '../../attribution/info-table.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { commonPlaces, placeLines } from '../../contribute/common.ts';
import { indexOf, noveltyRulesOf, openDatanetReader } from '../../contribute/datanet-contents.ts';
import { toHex, utf8 } from '../../lib/bytes.ts';
import { type Fault, unwrap } from '../../lib/errors.ts';
import { waitingText } from '../../services/corpus/content-fetcher.ts';
import { fetchDeclarations } from '../../services/corpus/declarations.ts';
import { openTextCache } from '../../services/corpus/text-cache.ts';
import { fault } from '../errors.ts';
import { note } from '../output.ts';
import type { ReviewedItem } from './items.ts';

type Contribution = ResultOf<'contribution_get'>;

const itemOf = ({ tokenizeText }: TextRules, { text, promptTokens }: ReviewedItem): DeclaredItem => ({
  tokens: unwrap(tokenizeText(text)),
  promptTokens,
});

/** Compares the numbers and the digest with the text. */
const countFault = (
  { datanet, content, declared }: Contribution,
  texts: readonly ReviewedItem[],
  items: readonly DeclaredItem[],
): Fault | undefined => {
  const tokens = items.reduce((sum, item) => sum + item.tokens.count, 0);
  const bytes = texts.reduce((sum, { text }) => sum + utf8(text).length, 0);
  const digest = toHex(
    contentDigest(
      datanet,
      items.map((item) => item.tokens),
    ),
  );
  const facts: readonly (readonly [name: string, declared: string, actual: string])[] = [
    ['items', String(content?.items), String(items.length)],
    ['tokens', String(content?.tokens), String(tokens)],
    ['bytes', String(content?.bytes), String(bytes)],
    ['digest', declared === null ? 'none' : toHex(declared.digest), digest],
  ];
  const wrong = facts.find(([, said, actual]) => said !== actual);
  return wrong === undefined
    ? undefined
    : fault('REVIEW_FACTS', `it declares ${wrong[1]} as its ${wrong[0]}, but the text has ${wrong[2]}`);
};

/**
 * Returns what is false about the declared facts of a contribution; undefined if all are true. Of a commons that is proposed
 * it notes in which accepted contributions its words stand, and whose those are.
 * @param texts - all items of the contribution
 * @param show - what an account is called
 * @param say - is called with each note
 * @returns `REVIEW_FACTS`, `DECLARATION_SHAPES`, `DECLARATION_NOVEL`, `DECLARATION_COPIED`, `DECLARATION_SOURCE`,
 * `DECLARATION_SKETCH`; `REVIEW_TEXT_MISSING` if that cannot be known, because an earlier text is missing
 */
export const factsFault = async (
  client: RpcClient,
  contribution: Contribution,
  texts: readonly ReviewedItem[],
  show: (owner: string) => string = (owner) => owner,
  say: (line: string) => void = note,
): Promise<Fault | undefined> => {
  const { contribution: id, datanet, declared } = contribution;
  const { rules } = (await client.call('datanet_get', { id: datanet })).terms;
  const foreign = texts.findIndex((text) => text.rules !== rules);
  if (foreign >= 0)
    return fault(
      'REVIEW_FACTS',
      `item ${foreign} was committed by version ${texts[foreign]?.rules} of the rules of attribution, but its Datanet is of version ${rules}: to everybody else its text is missing`,
    );
  const items = texts.map((text) => itemOf(rulesOf(rules), text));
  const counted = countFault(contribution, texts, items);
  if (counted !== undefined) return counted;
  const cache = openTextCache(client, { onWaiting: (waiting) => note(waitingText(waiting)) });
  const { contributions, missing } = await openDatanetReader(client, cache.contributions)(datanet, new Set());
  const lacking = missing.filter((each) => each.contribution < id).map((each) => each.contribution);
  if (lacking.length > 0)
    return fault(
      'REVIEW_TEXT_MISSING',
      `the texts of contributions ${lacking.join(', ')} have not arrived at the node, so nobody can say whether something is copied from them; repeat the command later`,
      { contributions: lacking.map(String) },
    );
  const earlier = contributions.filter((each) => each.contribution < id);
  const novelty = noveltyRulesOf(rules, await client.call('chain_getParams'));
  if (declared?.role === 'commons') {
    const words = items.map(({ tokens }) => tokens);
    // Others may have brought the words after the proposal: they count as much for whether the words are common.
    const others = { contributions: contributions.filter((each) => each.contribution !== id) };
    const places = await commonPlaces(client, words, others, novelty.copyMin);
    const count = words.reduce((sum, tokens) => sum + tokens.count, 0);
    for (const line of placeLines(places, count, show)) say(line);
  }
  const index = indexOf(infoTable(), { contributions: earlier }, novelty);
  const truth = declare(index, id, items);
  const { sketch } = await client.call('contribution_getDeclaration', { contribution: id });
  const known = (await fetchDeclarations(client, [id])).get(id);
  if (known === undefined) return fault('REVIEW_FACTS', 'its declaration is not available');
  const byId = new Map(earlier.map((each) => [each.contribution, each.items]));
  byId.set(id, items);
  return declarationFault(
    id,
    { ...known.declaration, sketch },
    truth,
    (of, item) => byId.get(of)?.[item]?.tokens,
  );
};
