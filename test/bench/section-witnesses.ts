/** Witnesses against the sections of a claim, and against an excuse that was given for it. */
import { proveContribution, proveItem, proveText } from '../../src/attribution/evidence/chunks.ts';
import { proveNovelRuns } from '../../src/attribution/evidence/declared.ts';
import { type Result, unwrap } from '../../src/lib/errors.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { bordersOf } from '../../state/attribution/borders.ts';
import type { Claim } from '../../state/attribution/claim.ts';
import { itemRoot, itemSource } from '../../state/attribution/commitment.ts';
import {
  CHUNK_TOKENS,
  DEFAULT_PARAMETERS,
  OUTPUT_TOKENS_MAX,
  PROMPT_TOKENS_MAX,
} from '../../state/attribution/parameters.ts';
import { type PickedChunk, SECTION_TOKENS } from '../../state/attribution/relevance.ts';
import { judgeClaim } from '../../state/attribution/witness/claim.ts';
import { judgeOutdone } from '../../state/attribution/witness/outdone.ts';
import type { ClaimSubject } from '../../state/attribution/witness/subject.ts';
import type { Witness } from '../../state/attribution/witness/types.ts';
import { rules, type Sizes, saltedOf, table, textOf, type WitnessCase } from './witness-texts.ts';

const CHALLENGE = sha256();

/** A claim of as many matches as there may be, each of which proves a position: it says which positions are nobody's. */
const claimOf = (outputTokens: number, worst: boolean): Claim => {
  const matches = Array.from({ length: worst ? outputTokens - 8 : 3 }, (_, start) => ({
    start,
    end: start + 8,
    contribution: 1_000_000 - start,
    item: 0,
    pos: start,
  }));
  const info = bordersOf({ x: [], matches, shared: [] }, outputTokens).map((border) => border * 2560);
  return { x: [], matches, shared: [], info };
};

/**
 * Phrases that begin in all tokens of a chunk, so that the last ones end in the next chunk. In the worst case the chunk lies in
 * the middle of its trees, each of its tokens is a novel run, and the section is not the first one, so that one more chunk
 * of the output is opened.
 */
export const sectionWitnesses = ({
  bytes,
  output,
  prompt,
  item,
  items,
  worst,
}: Sizes): readonly WitnessCase[] => {
  const words = textOf(output, bytes).split(' ');
  const section = worst ? 1 : 0;
  const start = section * SECTION_TOKENS;
  /** Where the first phrase begins in the output. */
  const at = start + (worst ? 6 * CHUNK_TOKENS : 10);
  const phrases = worst ? CHUNK_TOKENS : 12;
  const chunk = worst ? 511 : 3;
  const shared = words.slice(at, at + phrases + 2);
  // Only the opened chunks hold long words, so that the item is within its limit of bytes.
  const parts = [textOf(chunk * CHUNK_TOKENS, 3), shared.join(' '), textOf(item, worst ? 3 : bytes)];
  const text = saltedOf(parts.join(' '));
  const root = unwrap(itemRoot({ ...text, promptTokens: 0 }));
  const contribution = proveContribution(Array.from({ length: items }, () => root));
  const place = worst ? 16_383 : items - 1;
  const own = proveItem(contribution, place, { ...text, promptTokens: 0, source: itemSource(text) });
  const pos = chunk * CHUNK_TOKENS;
  const before = worst ? 8_191 : 20;
  const runs = proveNovelRuns([
    ...Array.from({ length: before }, (_, i) => ({ item: 0, start: i, end: i + 1 })),
    ...(worst
      ? Array.from({ length: phrases + 2 }, (_, i) => ({ item: place, start: pos + i, end: pos + i + 1 }))
      : [{ item: place, start: pos, end: pos + phrases + 2 }]),
    ...Array.from({ length: worst ? 8_100 : 20 }, (_, i) => ({ item: place + 1, start: i, end: i + 1 })),
  ]);
  const opened = worst ? phrases + 2 : 1;
  const commit = (source: string, tokensMax: number) => {
    const salted = saltedOf(source);
    const evidence = proveText(salted, rules.informationOf(table, salted.tokens), tokensMax);
    const { count } = salted.tokens;
    const committed = { root: evidence.root, tokensMax, tokens: count, bytes: salted.source.length };
    return { evidence, source: { type: 'text', ...committed } as const };
  };
  const put = commit(words.join(' '), OUTPUT_TOKENS_MAX);
  const asked = commit(textOf(prompt, bytes), PROMPT_TOKENS_MAX);
  // The last phrase begins with the last token of a chunk.
  const last = at + phrases - 1;
  const lastPos = pos + phrases - 1;
  const picked: PickedChunk = {
    contribution: 9,
    item: place,
    chunk,
    phrases: [
      { at: start, place: 0, bits: 1, novelRun: before },
      { at: last, place: phrases - 1, bits: 1, novelRun: before + opened - 1 },
    ],
  };
  const holder = { item: place, chunk, place: phrases - 2, novelRun: before };
  const subject: ClaimSubject = {
    claim: claimOf(output, worst),
    output: put.source,
    prompt: asked.source,
    matchBitsMin: 96,
    parameters: DEFAULT_PARAMETERS,
    rules,
    table,
    source: (id) => ({ contribution: id, root: contribution.root, items, passages: undefined }),
    commons: new Set(),
    brought: () => undefined,
    calibration: undefined,
    relevance: {
      sections: Array.from({ length: section + 1 }, () => ({ information: 1, picks: [picked] })),
      novelRuns: () => ({ root: runs.root, isStruck: () => false }),
      excused: () => ({
        outdone: {
          section,
          step: 0,
          contribution: 9,
          item: place,
          chunk,
          phrases: [{ at: last, bits: 1 }],
          pick: undefined,
        },
        excuses: [
          {
            phrase: 0,
            reason: {
              type: 'holders',
              value: { places: [1, 2, 3].map((each) => ({ contribution: each, ...holder })) },
            },
          },
        ],
      }),
      excusedHolders: () => [],
    },
  };
  const onClaim = (witness: Witness): Result<unknown> => judgeClaim(subject, witness);
  const named = { section, pick: 0, phrase: 1 };
  const overLast = put.evidence.open(last, last + 3);
  const wrongly = { section, pick: 0, phrase: 0 };
  const isLast = start + SECTION_TOKENS >= output;
  const witnesses: readonly { readonly name: string; readonly witness: Witness }[] = [
    {
      name: 'ABSENT',
      witness: {
        type: 'absent',
        value: {
          ...wrongly,
          output: put.evidence.open(start, start + 3),
          shown: { type: 'source', value: own.open(pos, pos + 1) },
        },
      },
    },
    {
      name: 'BITS',
      witness: {
        type: 'bits',
        value: { ...named, output: put.evidence.open(Math.max(0, last - rules.context), last + 3) },
      },
    },
    {
      name: 'CROWDED',
      witness: {
        type: 'crowded',
        value: {
          ...named,
          output: overLast,
          holders: [1, 2, 3].map((each) => ({
            contribution: each,
            item: place,
            pos: lastPos,
            source: own.open(lastPos, lastPos + 3),
          })),
        },
      },
    },
    {
      name: 'SECTION',
      witness: {
        type: 'section',
        value: {
          section,
          start: put.evidence.open(start, start + 1),
          end: isLast
            ? put.evidence.open(0, 0)
            : put.evidence.open(start + SECTION_TOKENS, start + SECTION_TOKENS + 1),
        },
      },
    },
    {
      name: 'EXCUSE',
      witness: {
        type: 'excuse',
        value: {
          challenge: CHALLENGE,
          excuse: 0,
          holder: 1,
          output: overLast,
          shown: own.open(lastPos - 1, lastPos),
        },
      },
    },
  ];
  return [
    ...witnesses.map((each) => ({ ...each, worst, judge: onClaim })),
    {
      name: 'OUTDONE',
      worst,
      witness: {
        type: 'outdone',
        value: {
          section,
          step: 0,
          contribution: 9,
          item: place,
          chunk,
          output: put.evidence.open(Math.max(0, start - rules.context), last + 3),
          source: own.open(pos, pos + phrases + 2),
          novelRuns: runs.openRange(before, opened),
          phrases: Array.from({ length: phrases }, (_, i) => ({ at: at + i, place: i })),
        },
      },
      judge: (witness) =>
        witness.type === 'outdone' ? judgeOutdone(subject, witness.value) : onClaim(witness),
    },
  ];
};
