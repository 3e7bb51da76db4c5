/** Commitments with something changed in them: malformed ones fall, well-formed ones do not, however they are opened. */
import {
  proveContribution,
  proveItemChunks,
  proveTextChunks,
  type TextEvidence,
} from '../../../src/attribution/evidence/chunks.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { equal, utf8 } from '../../../src/lib/bytes.ts';
import type { Result } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import {
  type ItemChunk,
  ItemChunkType,
  ItemTreeType,
  itemChunks,
  itemSource,
  type TextChunk,
  textChunks,
} from '../../../state/attribution/commitment.ts';
import {
  ITEM_BYTES_MAX,
  ITEM_TOKENS_MAX,
  OUTPUT_TOKENS_MAX,
  PROMPT_TOKENS_MAX,
} from '../../../state/attribution/parameters.ts';
import { type RulesVersion, rulesOf } from '../../../state/attribution/rules.ts';
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
  readonly version: RulesVersion;
  readonly chunks: readonly (TextChunk & ItemChunk)[];
  readonly tokens: number;
  readonly bytes: number;
  /** Of a text. */
  readonly information: number;
  /** Of an item. */
  readonly promptTokens: number;
  /** Tokens of the text, or items, as declared. */
  readonly declared: number;
  /** Bytes of the text as declared; of an item nobody declares any. */
  readonly declaredBytes: number;
};

/** Well-formed is what is just what committing to its own tokens gives, in as many bytes as declared that could be those. */
const isWellFormed = (given: Commitment): boolean => {
  const isText = given.kind !== 'contribution';
  const latin = wordsIn(given.chunks);
  const text = latin === undefined ? undefined : Buffer.from(latin, 'latin1').toString('utf8');
  const rules = rulesOf(given.version);
  const tokens = text === undefined ? undefined : rules.tokenizeText(text);
  if (tokens === undefined || !tokens.ok) return false;
  const info = rules.informationOf(table, tokens.value);
  const salted = { tokens: tokens.value, salt: SALT };
  const right = isText ? textChunks(salted, info) : itemChunks(salted);
  const most = { output: OUTPUT_TOKENS_MAX, prompt: PROMPT_TOKENS_MAX, contribution: ITEM_TOKENS_MAX }[
    given.kind
  ];
  const isRight = given.chunks.every((chunk, i) => {
    const other = right[i];
    if (other === undefined || !equal(chunk.tokens, other.tokens)) return false;
    return !('infoBefore' in other) || other.infoBefore === chunk.infoBefore;
  });
  const head = isText
    ? given.information === info.reduce((sum, bits) => sum + bits, 0) &&
      given.declared === given.tokens &&
      given.declaredBytes === given.bytes
    : given.promptTokens <= given.tokens && given.declared === 1 && given.bytes <= ITEM_BYTES_MAX;
  return (
    isRight &&
    right.length === given.chunks.length &&
    tokens.value.count === given.tokens &&
    given.tokens <= most &&
    given.tokens <= given.bytes &&
    head
  );
};

const grown = (random: Random): Commitment => {
  const writer = writerOf(random);
  const version = pick(random, [1, 2, 2] as const);
  const { tokens, source } = itemOf(
    writer.text(random(5) === 0 ? 0 : random(220)).join(writer.glue),
    version,
  );
  const info = rulesOf(version).informationOf(table, tokens);
  const kind = pick(random, ['output', 'prompt', 'contribution'] as const);
  const chunks = textChunks({ tokens, salt: SALT }, info);
  const right: Commitment = {
    kind,
    version,
    chunks,
    tokens: tokens.count,
    bytes: source.length,
    information: info.reduce((sum, bits) => sum + bits, 0),
    promptTokens: random(tokens.count + 1),
    declared: kind === 'contribution' ? 1 : tokens.count,
    declaredBytes: source.length,
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
    () => ({ ...right, bytes: nudged(random, right.bytes) }),
    () => ({ ...right, declaredBytes: nudged(random, right.declaredBytes) }),
    () => {
      const bytes = pick(random, [0, tokens.count - 1, tokens.count, ITEM_BYTES_MAX, ITEM_BYTES_MAX + 1]);
      return { ...right, bytes: Math.max(0, bytes), declaredBytes: Math.max(0, bytes) };
    },
    () => ({ ...right, chunks: chunks.slice(0, -1) }),
    () => ({ ...right, chunks: [...chunks, ...chunks.slice(-1)] }),
    () => ({ ...right, chunks: chunks.toReversed() }),
  ];
  return pick(random, changes)();
};

type Judge = (opening: MalformedWitness['opening']) => Result<Upheld>;

const committed = (
  { kind, version, chunks, tokens, bytes, information, promptTokens, declared, declaredBytes }: Commitment,
  judges: Judges,
): { evidence: TextEvidence; judge: Judge } => {
  const rules = rulesOf(version);
  const witness = (opening: MalformedWitness['opening']): Witness => ({
    type: 'malformed',
    value: { text: kind, opening },
  });
  if (kind === 'contribution') {
    const roots = chunks.map((chunk) => ItemChunkType.root(chunk));
    const source = { ...itemSource({ source: utf8(''), salt: SALT }), bytes };
    const head = { tokens, promptTokens, source };
    const contribution = proveContribution([ItemTreeType.root({ chunks: roots, ...head })]);
    const subject: ContributionSubject = {
      contribution: 1,
      root: contribution.root,
      items: declared,
      passages: { root: SALT, struck: new Set() },
      novelRuns: { root: SALT, struck: new Set() },
      parameters: { matchTokensMin: 8, matchTokensMax: 256, matchBitsMin: 96, copyMin: 16 },
      rules,
      table,
      earlier: () => undefined,
      cited: () => undefined,
      output: () => undefined,
    };
    return {
      evidence: proveItemChunks(contribution, 0, chunks, head),
      judge: (opening) => judges.contribution(subject, witness(opening)),
    };
  }
  const tokensMax = kind === 'output' ? OUTPUT_TOKENS_MAX : PROMPT_TOKENS_MAX;
  const evidence = proveTextChunks(chunks, { tokens, information, bytes }, tokensMax);
  const source = {
    type: 'text',
    root: evidence.root,
    tokensMax,
    tokens: declared,
    bytes: declaredBytes,
  } as const;
  const subject: ReceiptSubject = { output: source, prompt: source, rules, table };
  return { evidence, judge: (opening) => judges.receipt(subject, witness(opening)) };
};

/** Undefined if all went as it must, else what did not. */
export const disputeCommitment = (seed: number, tally: Tally, judges: Judges): string | undefined => {
  const given = grown(randomFrom(seed));
  const { evidence, judge } = committed(given, judges);
  const isMalformed = !isWellFormed(given);
  let found = false;
  for (let first = 0; first <= given.chunks.length; first++)
    for (let count = 0; count <= 3 && first + count <= given.chunks.length; count++) {
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
