/** The source of each span: where its words stand in the contribution that owns them, with what stands around. */
import type { Match } from '../../../state/attribution/claim.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { Span } from '../../../state/attribution/scores.ts';
import { type LocatedTokens, tokenAt } from '../../../state/attribution/tokens.ts';
import { equal, utf8 } from '../../lib/bytes.ts';
import { type Result, unwrap } from '../../lib/errors.ts';
import { showUtf8 } from '../../lib/text.ts';
import type { CitedContribution } from './facts.ts';
import type { Source } from './parts.ts';
import type { ShownText } from './texts.ts';

export type LocatedText = { readonly bytes: Uint8Array; readonly tokens: LocatedTokens };

/** What was located already: an item is shown once for each of its parts, of which there may be hundreds. */
const located = new WeakMap<ShownText, LocatedText>();

/** The text is well-formed: it came in JSON and hashed to a root. */
export const locate = (shown: ShownText): LocatedText => {
  const known = located.get(shown);
  if (known !== undefined) return known;
  const bytes = utf8(shown.text);
  const text = { bytes, tokens: unwrap(rulesOf(shown.rules).tokenizeLocated(bytes)) };
  located.set(shown, text);
  return text;
};

const between = ({ bytes }: LocatedText, from: number, to: number): string =>
  showUtf8(bytes.subarray(from, to));

/** Tokens shown before and after a match. */
const CONTEXT = 24;
/** Between two tokens there may be any number of spaces and of code points that nobody sees. */
const CONTEXT_CHARACTERS = 400;
const PART_CHARACTERS = 8_000;
/** The maximum length of text of the same match that belongs to another span. That span shows it. */
const MATCHED_CHARACTERS = 160;

const sameTokens = (
  output: LocatedText,
  start: number,
  item: LocatedText,
  pos: number,
  count: number,
): boolean => {
  if (pos + count > item.tokens.count || start + count > output.tokens.count) return false;
  for (let i = 0; i < count; i++)
    if (!equal(tokenAt(output.tokens, start + i), tokenAt(item.tokens, pos + i))) return false;
  return true;
};

/** Clipped at a space, where there is one. */
const clippedEnd = (text: string): string =>
  text.length <= MATCHED_CHARACTERS ? text : text.slice(0, MATCHED_CHARACTERS).replace(/(?<=\s)\S*$/, '');
const clippedStart = (text: string): string =>
  text.length <= MATCHED_CHARACTERS ? text : text.slice(-MATCHED_CHARACTERS).replace(/^\S*(?=\s)/, '');

type Part = Pick<Source, 'start' | 'end' | 'pos' | 'match'>;

/** Returns a part of an item with the text around it. */
export const excerptOf = (
  text: Result<ShownText>,
  output: LocatedText | undefined,
  part: Part,
): Source['excerpt'] => {
  if (!text.ok) return { available: false, reason: text.fault.message };
  const { start, end, pos, match } = part;
  const item = locate(text.value);
  const { tokens, bytes } = item;
  const matchFrom = pos - (start - match.start);
  const matchTo = pos + match.end - start;
  if (matchTo > tokens.count)
    return {
      available: false,
      reason: `the item has ${tokens.count} tokens, fewer than the match asks for`,
    };
  const first = Math.max(0, matchFrom - CONTEXT);
  const last = Math.min(tokens.count, matchTo + CONTEXT);
  const startOf = (token: number): number => tokens.starts[token] ?? bytes.length;
  const endOf = (token: number): number => tokens.ends[token] ?? bytes.length;
  const partEnd = endOf(pos + end - start - 1);
  const matchEnd = endOf(matchTo - 1);
  const textEnd = last === tokens.count ? bytes.length : endOf(last - 1);
  const matchedBefore = between(item, startOf(matchFrom), startOf(pos));
  const matchedAfter = between(item, partEnd, matchEnd);
  const before = between(item, first === 0 ? 0 : startOf(first), startOf(matchFrom));
  const after = between(item, matchEnd, textEnd);
  return {
    available: true,
    before: matchedBefore.length > MATCHED_CHARACTERS ? '' : before.slice(-CONTEXT_CHARACTERS),
    matchedBefore: clippedStart(matchedBefore),
    text: between(item, startOf(pos), partEnd).slice(0, PART_CHARACTERS),
    matchedAfter: clippedEnd(matchedAfter),
    after: matchedAfter.length > MATCHED_CHARACTERS ? '' : after.slice(0, CONTEXT_CHARACTERS),
    cutBefore: first > 0 || matchedBefore.length > MATCHED_CHARACTERS,
    cutAfter: last < tokens.count || matchedAfter.length > MATCHED_CHARACTERS,
    same:
      output === undefined
        ? undefined
        : sameTokens(output, match.start, item, matchFrom, match.end - match.start),
  };
};

/**
 * The parts of the span that matches of its owner show, each position once: of all that cover the first position not
 * yet shown, the one that reaches furthest.
 */
export const sourcesOf = (
  span: Pick<Span, 'start' | 'end' | 'contribution'>,
  matches: readonly Match[],
  cited: CitedContribution | undefined,
  output: LocatedText | undefined,
): readonly Source[] => {
  const own = matches.filter(
    ({ contribution, start, end }) =>
      contribution === span.contribution && start < span.end && end > span.start,
  );
  const sources: Source[] = [];
  for (let at = span.start; at < span.end; ) {
    const best = own
      .filter(({ start, end }) => start <= at && end > at)
      .reduce<Match | undefined>((a, b) => (a === undefined || b.end > a.end ? b : a), undefined);
    if (best === undefined) break;
    const part = {
      start: at,
      end: Math.min(best.end, span.end),
      pos: best.pos + at - best.start,
      match: { start: best.start, end: best.end },
    };
    const text = cited?.items.get(best.item);
    sources.push({
      ...part,
      item: best.item,
      excerpt:
        text === undefined
          ? { available: false, reason: 'the item is not available' }
          : excerptOf(text, output, part),
    });
    at = part.end;
  }
  return sources;
};
