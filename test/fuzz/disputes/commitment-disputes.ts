/** Commitments with something changed in them: malformed ones fall, well-formed ones do not, however they are opened. */
import {
  proveContribution,
  proveItemChunks,
  proveTextChunks,
  type TextEvidence,
} from '../../../src/attribution/evidence/chunks.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { equal } from '../../../src/lib/bytes.ts';
import type { Result } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import {
  type ItemChunk,
  ItemChunkType,
  ItemTreeType,
  itemChunks,
  type TextChunk,
  textChunks,
} from '../../../state/attribution/commitment.ts';
import { informationOf } from '../../../state/attribution/info1.ts';
import {
  ITEM_TOKENS_MAX,
  OUTPUT_TOKENS_MAX,
  PROMPT_TOKENS_MAX,
} from '../../../state/attribution/parameters.ts';
import { tokenizeText } from '../../../state/attribution/pt1.ts';
import type {
  ContributionSubject,
  ReceiptSubject,
  Upheld,
} from '../../../state/attribution/witness/subject.ts';
import type { MalformedWitness, Witness } from '../../../state/attribution/witness/types.ts';
import { pick, type Random, randomFrom } from '../../../tools/lib/random.ts';
import { writerOf } from '../attribution/texts.ts';
import { itemOf } from './cases.ts';
import type { Judges } from './judges.ts';
import type { Tally } from './tally.ts';

const table = infoTable();
const SALT = sha256();

/** Bytes that a liar may pack instead: of no length, cut off, of two words, of what folds or is removed, in no UTF-8. */
const ODD_TOKENS: readonly (readonly number[])[] = [
  [],
  [0],
  [9, 0x61],
  [5, 0x61, 0x62, 0x20, 0x63, 0x64],
  [1, 0x41],
  [3, 0xe2, 0x80, 0x8b],
  [1, 0xe5],
  [2, 0x61, 0x2c],
  [17, ...new Array<number>(17).fill(0x61)],
  [1, 0x61],
  [4, 0x71, 0x75, 0x75, 0x78],
];

const spliceBytes = (bytes: Uint8Array, at: number, remove: number, insert: readonly number[]): Uint8Array =>
  Uint8Array.of(...bytes.subarray(0, at), ...insert, ...bytes.subarray(at + remove));

/** Ends of packed tokens, as far as they can be told. */
const tokenPlaces = (bytes: Uint8Array): readonly number[] => {
  const places = [0];
  for (let at = 0; at < bytes.length; ) {
    at += 1 + (bytes[at] ?? 0);
    if (at <= bytes.length) places.push(at);
  }
  return places;
};

const oddChunk = (random: Random, bytes: Uint8Array): Uint8Array => {
  const places = tokenPlaces(bytes);
  const at = pick(random, places);
  const odd = spliceBytes(bytes, at, random(2) === 0 ? 0 : 1 + (bytes[at] ?? 0), pick(random, ODD_TOKENS));
  return odd.length <= 64 * 17 ? odd : bytes;
};

const nudged = (random: Random, value: number): number =>
  Math.max(0, value + pick(random, [1, -1, 64, -64, 300]));

/** The tokens that some chunks hold, in words; undefined if they hold none that can be told. */
const wordsIn = (chunks: readonly { readonly tokens: Uint8Array }[]): string | undefined => {
  const words: string[] = [];
  for (const { tokens } of chunks) {
    const places = tokenPlaces(tokens);
    if (places.at(-1) !== tokens.length) return undefined;
    for (const [i, place] of places.slice(0, -1).entries())
      words.push(Buffer.from(tokens.subarray(place + 1, places[i + 1])).toString('latin1'));
  }
  return words.join(' ');
};

type Commitment = {
  readonly kind: 'output' | 'prompt' | 'contribution';
  readonly chunks: readonly (TextChunk & ItemChunk)[];
  readonly tokens: number;
  /** Of a text. */
  readonly information: number;
  /** Of an item. */
  readonly promptTokens: number;
  /** Tokens of the text, or items, as declared. */
  readonly declared: number;
};

/** Well-formed is what is just what committing to its own tokens gives. */
const isWellFormed = (given: Commitment): boolean => {
  const isText = given.kind !== 'contribution';
  const latin = wordsIn(given.chunks);
  const text = latin === undefined ? undefined : Buffer.from(latin, 'latin1').toString('utf8');
  const tokens = text === undefined ? undefined : tokenizeText(text);
  if (tokens === undefined || !tokens.ok) return false;
  const info = informationOf(table, tokens.value);
  const right = isText ? textChunks(tokens.value, info) : itemChunks(tokens.value, SALT);
  const most = { output: OUTPUT_TOKENS_MAX, prompt: PROMPT_TOKENS_MAX, contribution: ITEM_TOKENS_MAX }[
    given.kind
  ];
  const isRight = given.chunks.every((chunk, i) => {
    const other = right[i];
    if (other === undefined || !equal(chunk.tokens, other.tokens)) return false;
    return !('infoBefore' in other) || other.infoBefore === chunk.infoBefore;
  });
  const head = isText
    ? given.information === info.reduce((sum, bits) => sum + bits, 0) && given.declared === given.tokens
    : given.promptTokens <= given.tokens && given.declared === 1;
  return (
    isRight &&
    right.length === given.chunks.length &&
    tokens.value.count === given.tokens &&
    given.tokens <= most &&
    head
  );
};

const grown = (random: Random): Commitment => {
  const writer = writerOf(random);
  const { tokens } = itemOf(writer.text(random(5) === 0 ? 0 : random(220)).join(writer.glue));
  const info = informationOf(table, tokens);
  const salted = itemChunks(tokens, SALT);
  const kind = pick(random, ['output', 'prompt', 'contribution'] as const);
  const chunks = textChunks(tokens, info).map((chunk, i) => ({ ...chunk, salt: salted[i]?.salt ?? SALT }));
  const right: Commitment = {
    kind,
    chunks,
    tokens: tokens.count,
    information: info.reduce((sum, bits) => sum + bits, 0),
    promptTokens: random(tokens.count + 1),
    declared: kind === 'contribution' ? 1 : tokens.count,
  };
  const at = random(Math.max(1, chunks.length));
  const changed = (change: (chunk: TextChunk & ItemChunk) => Partial<TextChunk>): Commitment => ({
    ...right,
    chunks: chunks.map((chunk, i) => (i === at ? { ...chunk, ...change(chunk) } : chunk)),
  });
  const changes: readonly (() => Commitment)[] = [
    () => right,
    () => changed(({ tokens: packed }) => ({ tokens: oddChunk(random, packed) })),
    () => changed(({ tokens: packed }) => ({ tokens: oddChunk(random, packed) })),
    () => changed(({ infoBefore }) => ({ infoBefore: nudged(random, infoBefore) })),
    () => ({
      ...right,
      tokens: nudged(random, right.tokens),
      ...(kind !== 'contribution' && { declared: nudged(random, right.declared) }),
    }),
    () => {
      const count = nudged(random, right.tokens);
      return { ...right, tokens: count, declared: kind === 'contribution' ? 1 : count };
    },
    () => ({ ...right, information: nudged(random, right.information) }),
    () => ({ ...right, promptTokens: nudged(random, right.promptTokens) }),
    () => ({ ...right, declared: nudged(random, right.declared) }),
    () => ({ ...right, chunks: chunks.slice(0, -1) }),
    () => ({ ...right, chunks: [...chunks, ...chunks.slice(-1)] }),
    () => ({ ...right, chunks: chunks.toReversed() }),
  ];
  return pick(random, changes)();
};

type Judge = (opening: MalformedWitness['opening']) => Result<Upheld>;

const committed = (
  { kind, chunks, tokens, information, promptTokens, declared }: Commitment,
  judges: Judges,
): { evidence: TextEvidence; judge: Judge } => {
  const witness = (opening: MalformedWitness['opening']): Witness => ({
    type: 'malformed',
    value: { text: kind, opening },
  });
  if (kind === 'contribution') {
    const roots = chunks.map((chunk) => ItemChunkType.root(chunk));
    const contribution = proveContribution([ItemTreeType.root({ chunks: roots, tokens, promptTokens })]);
    const subject: ContributionSubject = {
      contribution: 1,
      root: contribution.root,
      items: declared,
      passages: { root: SALT, struck: new Set() },
      novelRuns: { root: SALT, struck: new Set() },
      parameters: { matchTokensMin: 8, matchTokensMax: 256, matchBitsMin: 96, copyMin: 16 },
      table,
      earlier: () => undefined,
      cited: () => undefined,
      output: () => undefined,
    };
    return {
      evidence: proveItemChunks(contribution, 0, chunks, { tokens, promptTokens }),
      judge: (opening) => judges.contribution(subject, witness(opening)),
    };
  }
  const tokensMax = kind === 'output' ? OUTPUT_TOKENS_MAX : PROMPT_TOKENS_MAX;
  const evidence = proveTextChunks(chunks, { tokens, information }, tokensMax);
  const source = { type: 'text', root: evidence.root, tokensMax, tokens: declared } as const;
  const subject: ReceiptSubject = { output: source, prompt: source, table };
  return { evidence, judge: (opening) => judges.receipt(subject, witness(opening)) };
};

/** Undefined if all went as it must, else what did not. */
export const disputeCommitment = (seed: number, tally: Tally, judges: Judges): string | undefined => {
  const given = grown(randomFrom(seed));
  const { evidence, judge } = committed(given, judges);
  const isMalformed = !isWellFormed(given);
  let found = false;
  for (let first = 0; first <= given.chunks.length; first++)
    for (let count = 0; count <= 2 && first + count <= given.chunks.length; count++) {
      const before = performance.now();
      const verdict = judge(evidence.openChunks(first, count));
      tally.took(performance.now() - before);
      if (verdict.ok) tally.upheld(`${given.kind} ${verdict.value.reason}`, 0);
      else tally.refuted(`${given.kind} ${verdict.fault.code}`);
      if (verdict.ok && !isMalformed) return `well-formed, but ${verdict.value.reason}`;
      if (!verdict.ok && verdict.fault.code !== 'WITNESS_HOLDS') return `refused, ${verdict.fault.code}`;
      found ||= verdict.ok;
    }
  return isMalformed === found ? undefined : `malformed, but nothing shows it: ${JSON.stringify(given)}`;
};
