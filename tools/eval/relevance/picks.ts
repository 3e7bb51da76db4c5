/** The chunks that are picked for an answer, and what they weigh (docs/attribution.md#relevance). */
import type { ContributionId } from '../../../src/lib/ids.ts';
import { minBig, mulDivFloor } from '../../../src/lib/math.ts';
import {
  PAID_IN_FULL,
  PICK_PHRASES_MIN,
  PICKS_MAX,
  type Positions,
  SECTION_TOKENS,
  SHARE_BITS,
  sectionsOf as sectionCount,
} from '../../../state/attribution/relevance.ts';
import type { PhraseIndex } from './phrase-index.ts';
import { type Numbered, phrasesOf } from './words.ts';

/** An answer: its words and those of its prompt, the Q8 bits of its tokens, and which positions are nobody's. */
export type Answer = {
  readonly output: Numbered;
  readonly prompt: Numbered;
  readonly info: Uint16Array;
  readonly nobodys: Positions;
};

export type Pick = {
  /** The number of the chunk in the index. */
  readonly chunk: number;
  /** What it adds to the picks before it, in Q8 bits. */
  readonly added: number;
  /** Where the phrases that it adds begin, ascending. */
  readonly phrases: readonly number[];
};

export type Section = { readonly information: number; readonly picks: readonly Pick[] };

type Counted = { readonly at: number; readonly bits: number; readonly bearers: readonly number[] };

/** Returns the phrases that count, by section. One that no chunk bears is left out. */
const countedIn = ({ output, prompt, info, nobodys }: Answer, index: PhraseIndex): readonly Counted[][] => {
  const sections: Counted[][] = Array.from({ length: sectionCount(output.numbers.length) }, () => []);
  const prompted = new Set(phrasesOf(prompt).map(({ key }) => key));
  let seen = new Set<string>();
  let section = 0;
  for (const { start, end, key } of phrasesOf(output)) {
    const own = Math.floor(start / SECTION_TOKENS);
    if (own !== section) seen = new Set();
    section = own;
    if (end > (section + 1) * SECTION_TOKENS || nobodys[start] === 1) continue;
    if (prompted.has(key) || seen.has(key)) continue;
    const bits = Math.floor(info.subarray(start, end).reduce((sum, each) => sum + each, 0) / (end - start));
    if (bits === 0) continue;
    seen.add(key);
    const bearers = index.bearersOf(key);
    if (bearers.length > 0) sections[section]?.push({ at: start, bits, bearers });
  }
  return sections;
};

type Gain = { added: number; readonly phrases: Set<Counted> };

const picksOf = (counted: readonly Counted[]): readonly Pick[] => {
  const gains = new Map<number, Gain>();
  for (const phrase of counted)
    for (const chunk of phrase.bearers) {
      const gain = gains.get(chunk) ?? { added: 0, phrases: new Set() };
      gain.added += phrase.bits;
      gain.phrases.add(phrase);
      gains.set(chunk, gain);
    }
  const picks: Pick[] = [];
  while (picks.length < PICKS_MAX) {
    let best = -1;
    let most = 0;
    for (const [chunk, { added, phrases }] of gains)
      if (phrases.size >= PICK_PHRASES_MIN && (added > most || (added === most && chunk < best))) {
        best = chunk;
        most = added;
      }
    const chosen = gains.get(best);
    if (chosen === undefined) break;
    const phrases = [...chosen.phrases];
    picks.push({ chunk: best, added: most, phrases: phrases.map(({ at }) => at) });
    for (const phrase of phrases)
      for (const chunk of phrase.bearers) {
        const gain = gains.get(chunk);
        gain?.phrases.delete(phrase);
        if (gain !== undefined) gain.added -= phrase.bits;
      }
  }
  return picks;
};

export const sectionsOf = (answer: Answer, index: PhraseIndex): readonly Section[] =>
  countedIn(answer, index).map((counted, i) => ({
    information: answer.info
      .subarray(i * SECTION_TOKENS, (i + 1) * SECTION_TOKENS)
      .reduce((sum, each) => sum + each, 0),
    picks: picksOf(counted),
  }));

/**
 * Returns what the picks of a receipt weigh, by contribution, in units of 2^-32 of its data money.
 * @param total - T, at least 1
 */
export const weightsOf = (
  sections: readonly Section[],
  index: PhraseIndex,
  { data, total }: { readonly data: bigint; readonly total: number },
): ReadonlyMap<ContributionId, bigint> => {
  const weights = new Map<ContributionId, bigint>();
  for (const { information, picks } of sections) {
    const all = picks.reduce((sum, { added }) => sum + added, 0);
    const paid = minBig(BigInt(information), PAID_IN_FULL * BigInt(all));
    for (const { chunk, added } of picks) {
      const { contribution } = index.chunkAt(chunk);
      const share = mulDivFloor(BigInt(added) * paid, 1n << SHARE_BITS, BigInt(all) * BigInt(total));
      weights.set(contribution, (weights.get(contribution) ?? 0n) + data * share);
    }
  }
  return weights;
};
