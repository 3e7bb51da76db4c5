/**
 * Witnesses to measure. Typical ones are of a text in words of five letters; the worst have 16 bytes in every token, the
 * longest window, as many passages over it as there can be, and the widest trees.
 */
import {
  proveContribution,
  proveItem,
  proveText,
  type TextEvidence,
} from '../../src/attribution/evidence/chunks.ts';
import { proveNovelRuns, provePassages } from '../../src/attribution/evidence/declared.ts';
import { type Address, toHeight } from '../../src/lib/brands.ts';
import { type Result, unwrap } from '../../src/lib/errors.ts';
import { itemRoot, itemSource } from '../../state/attribution/commitment.ts';
import { derivePassages } from '../../state/attribution/declaration.ts';
import {
  CHUNK_TOKENS,
  DEFAULT_PARAMETERS,
  ITEM_TOKENS_MAX,
  OUTPUT_BYTES_MAX,
  OUTPUT_TOKENS_MAX,
  PROMPT_BYTES_MAX,
  PROMPT_TOKENS_MAX,
} from '../../state/attribution/parameters.ts';
import { SHARED_TOKENS_MAX } from '../../state/attribution/rules.ts';
import { judgeClaim } from '../../state/attribution/witness/claim.ts';
import { judgeContribution } from '../../state/attribution/witness/contribution.ts';
import { judgeReceipt } from '../../state/attribution/witness/receipt.ts';
import type {
  ClaimSubject,
  ContributionSubject,
  TextSource,
} from '../../state/attribution/witness/subject.ts';
import type { Witness } from '../../state/attribution/witness/types.ts';
import { sectionWitnesses } from './section-witnesses.ts';
import { sharedOfDraw } from './shared-of-draw.ts';
import { rules, type Sizes, saltedOf, table, textOf, type WitnessCase } from './witness-texts.ts';

/** Tokens before a window that are opened too, because they decide about the information of those in it. */
const before = (start: number): number => Math.max(0, start - rules.context);

const TYPICAL: Sizes = {
  match: 24,
  echo: 8,
  copy: 16,
  bytes: 5,
  output: 600,
  prompt: 200,
  item: 400,
  items: 20,
  at: 60,
  worst: false,
};
const WORST: Sizes = {
  match: DEFAULT_PARAMETERS.matchTokensMax,
  echo: 8,
  copy: 16,
  bytes: 16,
  // As many words of 16 bytes as the limit of bytes leaves room for, with a space after each.
  output: Math.floor(OUTPUT_BYTES_MAX / 17),
  prompt: Math.floor(PROMPT_BYTES_MAX / 17),
  item: ITEM_TOKENS_MAX >>> 2,
  items: 40_000,
  // Just after the start of a chunk: the tokens before the window lie in one more.
  at: 1 + 64 * 7,
  worst: true,
};

/** One contribution of many items, all of the same words, and passages as many as a stretch can have over it. */
const contributionOf = ({ item, items, bytes, at, worst }: Sizes) => {
  const text = saltedOf(textOf(item, bytes));
  const root = unwrap(itemRoot({ ...text, promptTokens: 0 }));
  const evidence = proveContribution(Array.from({ length: items }, () => root));
  const place = Math.min(items, 21_845) - 1;
  const own = proveItem(evidence, place, { ...text, promptTokens: 0, source: itemSource(text) });
  const start = at - 16;
  const copied = Array.from({ length: worst ? 60 : 2 }, (_, i) => ({
    item: place,
    start: start + i * 9,
    end: start + i * 9 + 16,
    contribution: 1,
    sourceItem: 0,
    sourcePos: 0,
  }));
  const clear = provePassages(
    derivePassages({
      shapes: Array.from({ length: items }, () => ({ tokens: item, promptTokens: 100 })),
      copied: [],
    }).passages,
  );
  const covered = provePassages(
    derivePassages({
      shapes: Array.from({ length: items }, () => ({ tokens: item, promptTokens: 0 })),
      copied,
    }).passages,
  );
  return { source: { contribution: 2, root: evidence.root, items }, place, own, clear, covered };
};

const ofReceipts = (sizes: Sizes): readonly WitnessCase[] => {
  const { match, echo, at, output, prompt, bytes, worst } = sizes;
  const commit = (
    count: number,
    tokensMax: number,
  ): { evidence: TextEvidence; source: TextSource & { type: 'text' } } => {
    const text = saltedOf(textOf(count, bytes));
    const evidence = proveText(text, rules.informationOf(table, text.tokens), tokensMax);
    const { length } = text.source;
    return {
      evidence,
      source: { type: 'text', root: evidence.root, tokensMax, tokens: count, bytes: length },
    };
  };
  const put = commit(output, OUTPUT_TOKENS_MAX);
  const asked = commit(prompt, PROMPT_TOKENS_MAX);
  const { source, place, own } = contributionOf(sizes);
  const subject: ClaimSubject = {
    // Two runs that do not stand where they are said to, and sums that are none.
    claim: {
      x: [{ start: at - 60, end: at - 50, place: 3 }],
      matches: [{ start: at - 60, end: at - 40, contribution: 2, item: place, pos: 3 }],
      shared: [],
      info: [0, 0, 0, 0],
    },
    output: put.source,
    prompt: asked.source,
    matchBitsMin: 96,
    parameters: DEFAULT_PARAMETERS,
    rules,
    table,
    source: () => ({ ...source, passages: undefined }),
    commons: new Set(),
    brought: () => undefined,
    relevance: undefined,
    calibration: undefined,
  };
  const onClaim = (witness: Witness): Result<unknown> => judgeClaim(subject, witness);
  const shared = Math.min(match, SHARED_TOKENS_MAX);
  /** The run is claimed for contribution 2, and 3 is of somebody else. */
  const alone: ClaimSubject = {
    ...subject,
    claim: {
      ...subject.claim,
      matches: [{ start: at, end: at + shared, contribution: 2, item: place, pos: at }],
    },
    brought: (contribution) => ({
      owner: Uint8Array.of(contribution) as Address,
      commit: toHeight(1n),
      reveal: toHeight(2n),
    }),
  };
  return [
    {
      name: 'INVALID',
      witness: {
        type: 'invalid',
        value: {
          part: 'match',
          index: 0,
          at: 1,
          text: put.evidence.open(at - 59, at - 58),
          source: own.open(4, 5),
        },
      },
    },
    {
      name: 'BETTER',
      witness: {
        type: 'better',
        value: {
          position: at,
          start: at,
          end: at + match,
          contribution: 2,
          item: place,
          pos: at,
          output: put.evidence.open(before(at), at + match),
          source: own.open(at, at + match),
          outputPassages: undefined,
          sourcePassages: undefined,
        },
      },
    },
    {
      name: 'SHARED',
      witness: {
        type: 'shared',
        value: {
          position: at,
          start: at,
          end: at + shared,
          ownItem: place,
          ownPos: at,
          contribution: 3,
          item: place,
          pos: at,
          output: put.evidence.open(before(at), at + shared),
          own: own.open(at, at + shared),
          source: own.open(at, at + shared),
          outputPassages: undefined,
          ownPassages: undefined,
          sourcePassages: undefined,
        },
      },
      judge: (witness: Witness): Result<unknown> => judgeClaim(alone, witness),
    },
    {
      name: 'ECHO',
      witness: {
        type: 'echo',
        value: {
          position: at,
          start: at,
          end: at + echo,
          place: at,
          output: put.evidence.open(at, at + echo),
          prompt: asked.evidence.open(at, at + echo),
        },
      },
    },
    {
      name: 'INFO',
      witness: {
        type: 'info',
        value: {
          border: 1,
          output: put.evidence.open(before(at - 50 - ((at - 50) % CHUNK_TOKENS)), at - 49),
          passages: undefined,
        },
      },
    },
  ]
    .map(({ name, witness, judge = onClaim }) => ({ name, worst, witness: witness as Witness, judge }))
    .concat({
      name: 'INFO, malformed',
      worst,
      witness: {
        type: 'malformed',
        value: { text: 'output', opening: put.evidence.open(output - 128, output) },
      },
      judge: (witness) => {
        // Looked at to the end, and found to be well-formed.
        const verdict = judgeReceipt({ output: put.source, prompt: asked.source, rules, table }, witness);
        return !verdict.ok && verdict.fault.code === 'WITNESS_HOLDS' ? { ok: true, value: 'holds' } : verdict;
      },
    });
};

const ofCalibrations = (sizes: Sizes): readonly WitnessCase[] => {
  const { match, at, worst, item } = sizes;
  const { source, place, own, clear, covered } = contributionOf(sizes);
  const tokens = Math.min(256, item - at);
  const subjectOf = (passages: typeof clear): ClaimSubject => ({
    claim: { x: [], matches: [], shared: [], info: [1] },
    output: { type: 'stretch', contribution: source, item: place, from: at, tokens },
    prompt: { type: 'stretch', contribution: source, item: place, from: 0, tokens: 100 },
    matchBitsMin: 96,
    parameters: DEFAULT_PARAMETERS,
    rules,
    table,
    source: (contribution) => ({
      ...source,
      contribution,
      passages: { root: passages.root, struck: new Set() },
    }),
    commons: new Set(),
    brought: () => undefined,
    relevance: undefined,
    calibration: {
      own: { root: passages.root, struck: new Set() },
      rank: 0,
      contribution: 9,
      item: place,
      position: at,
      tokens: item,
      promptTokens: 100,
      complete: true,
    },
  });
  const length = Math.min(match, tokens);
  const from = Math.min(at, tokens - length);
  const window = [worst ? 0 : from, (worst ? 0 : from) + length] as const;
  const better: Witness = {
    type: 'better',
    value: {
      position: window[0],
      start: window[0],
      end: window[1],
      contribution: 2,
      item: place,
      pos: at + window[0],
      // Nothing before the stretch counts.
      output: own.open(at + before(window[0]), at + window[1]),
      source: own.open(at + window[0], at + window[1]),
      outputPassages: clear.over(place, at + window[0], at + window[1]),
      sourcePassages: clear.over(place, at + window[0], at + window[1]),
    },
  };
  const info: Witness = {
    type: 'info',
    value: { border: 0, output: own.open(at, at + tokens), passages: covered.over(place, at, at + tokens) },
  };
  return [
    {
      name: 'BETTER, calibration',
      worst,
      witness: better,
      judge: (witness) => judgeClaim(subjectOf(clear), witness),
    },
    {
      name: 'INFO, calibration',
      worst,
      witness: info,
      judge: (witness) => judgeClaim(subjectOf(covered), witness),
    },
  ];
};

const ofContributions = (sizes: Sizes): readonly WitnessCase[] => {
  const { match, copy, at, worst } = sizes;
  const { source, place, own, clear } = contributionOf(sizes);
  const runs = proveNovelRuns(
    Array.from({ length: worst ? 16_000 : 40 }, (_, i) => ({
      item: i === 10 ? place : 0,
      start: i === 10 ? at : i,
      end: i === 10 ? at + 300 : i + 1,
    })),
  );
  const subject: ContributionSubject = {
    ...source,
    contribution: 3,
    passages: { root: clear.root, struck: new Set() },
    novelRuns: { root: runs.root, struck: new Set() },
    parameters: DEFAULT_PARAMETERS,
    rules,
    table,
    earlier: () => source,
    cited: () => source,
    output: () => undefined,
  };
  const judge = (witness: Witness): Result<unknown> => judgeContribution(subject, witness);
  const held = (tokens: number) => ({
    start: at,
    end: at + tokens,
    own: own.open(before(at), at + tokens),
    contribution: 2,
    item: place,
    pos: at,
    source: own.open(at, at + tokens),
  });
  return [
    {
      name: 'overlap',
      worst,
      witness: { type: 'overlap', value: { run: runs.open(10), ...held(match) } },
      judge,
    },
    {
      name: 'passage',
      worst,
      witness: {
        type: 'passage',
        value: { passages: clear.over(place, at, at + 1), ...held(copy) },
      },
      judge,
    },
  ];
};

export const witnessCases = (): readonly WitnessCase[] =>
  [TYPICAL, WORST].flatMap((sizes) => [
    ...ofReceipts(sizes),
    ...ofCalibrations(sizes),
    sharedOfDraw(sizes),
    ...sectionWitnesses(sizes),
    ...ofContributions(sizes),
  ]);
