import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  proveContribution,
  proveItem,
  proveText,
  proveTextChunks,
  type TextEvidence,
} from '../../../src/attribution/evidence/chunks.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { answeredText } from '../../../src/attribution/prover/answered-text.ts';
import { isKnown } from '../../../src/attribution/prover/partial-tokens.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { itemRoot, textChunks } from '../../../state/attribution/commitment.ts';
import { informationOf } from '../../../state/attribution/info1.ts';
import { type Opening, openItem, openText } from '../../../state/attribution/openings.ts';
import { PROMPT_TOKENS_MAX } from '../../../state/attribution/parameters.ts';
import { type Tokens, tokenAt } from '../../../state/attribution/pt1.ts';
import { judgeReceipt } from '../../../state/attribution/witness/receipt.ts';
import { checkWitness } from '../../../state/attribution/witness/types.ts';
import { randomFrom, times } from '../../../tools/lib/random.ts';
import { tokensOf } from './support.ts';

const table = infoTable();
const textFrom = (seed: number, words: number): Tokens => {
  const random = randomFrom(seed);
  return tokensOf(times(words, () => `w${random(500)}`).join(' '));
};

/** All chunks of a text, as answers of at most 64 show them. */
const answersTo = (evidence: TextEvidence, tokens: number): readonly Opening[] =>
  times(Math.ceil(tokens / 4096), (i) =>
    evidence.openChunks(64 * i, Math.min(64, Math.ceil(tokens / 64) - 64 * i)),
  );

const seeds = fc.noBias(fc.nat(0xffff));

describe('a text from answers', () => {
  test('is the text, as far as it was shown, and can be opened wherever one answer has it', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 9000 }), (seed, words) => {
        const tokens = textFrom(seed, words);
        const evidence = proveText(tokens, informationOf(table, tokens), PROMPT_TOKENS_MAX);
        const all = answersTo(evidence, tokens.count);
        const shown = seed % 3 === 0 ? all : all.filter((_, i) => i % 2 === 0);
        const text = { tokensMax: PROMPT_TOKENS_MAX, tokens: tokens.count };
        const answered = unwrap(answeredText(shown, { root: evidence.root, text }, table));
        if (answered.type !== 'known') return expect.unreachable();
        expect(answered.tokens.count).toBe(tokens.count);
        for (let i = 0; i < tokens.count; i++) {
          const isShown = shown.length === all.length || Math.floor(i / 4096) % 2 === 0;
          expect(isKnown(answered.tokens, i)).toBe(isShown);
          if (isShown) expect(tokenAt(answered.tokens, i)).toEqual(tokenAt(tokens, i));
        }
        // With all of it there, also across the ends of answers.
        const at = shown.length === all.length ? Math.min(4090, tokens.count - 1) : 0;
        const opening = answered.evidence.open(at, Math.min(at + 20, tokens.count));
        if (opening.type !== 'text') return expect.unreachable();
        expect(openText(opening.value, evidence.root, PROMPT_TOKENS_MAX).ok).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('is an item likewise', () => {
    const tokens = textFrom(7, 700);
    const salt = sha256(Uint8Array.of(1));
    const contribution = proveContribution([unwrap(itemRoot(tokens, 5, salt))]);
    const evidence = proveItem(contribution, 0, { tokens, promptTokens: 5, salt });
    const commitment = { root: contribution.root, item: { item: 0, items: 1 } };
    const answered = unwrap(answeredText([evidence.openChunks(3, 4)], commitment, table));
    if (answered.type !== 'known') return expect.unreachable();
    expect([191, 192, 447, 448].map((i) => isKnown(answered.tokens, i))).toEqual([false, true, true, false]);
    const opening = answered.evidence.open(200, 260);
    if (opening.type !== 'item') return expect.unreachable();
    expect(opening.value.chunks.length).toBe(2);
    expect(openItem(opening.value, contribution.root).ok).toBe(true);
  });

  test('that is malformed is shown to be by a chunk, or two, or none', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 4000 }), (seed, words) => {
        const random = randomFrom(seed);
        const tokens = textFrom(seed, words);
        const info = informationOf(table, tokens);
        const chunks = [...textChunks(tokens, info)];
        const head = { tokens: tokens.count, information: info.reduce((sum, bits) => sum + bits, 0) };
        const at = random(chunks.length);
        const chunk = chunks[at];
        if (chunk === undefined) return expect.unreachable();
        const malformed = [
          { ...chunk, infoBefore: chunk.infoBefore + 1 },
          { ...chunk, tokens: Uint8Array.of(...chunk.tokens, 1, 0x41) },
          { ...chunk, tokens: chunk.tokens.with(1, 0x41) },
          { ...chunk, tokens: chunk.tokens.subarray(1) },
        ][random(5)];
        if (malformed !== undefined) chunks[at] = malformed;
        const claimed = malformed === undefined ? { ...head, information: head.information + 1 } : head;
        const evidence = proveTextChunks(chunks, claimed, PROMPT_TOKENS_MAX);
        const text = { tokensMax: PROMPT_TOKENS_MAX, tokens: tokens.count };
        const shown = answersTo(evidence, tokens.count);
        const answered = unwrap(answeredText(shown, { root: evidence.root, text }, table));
        if (answered.type !== 'malformed') return expect.unreachable();
        expect(answered.opening.value.chunks.length).toBeLessThanOrEqual(2);
        const witness = { type: 'malformed', value: { text: 'prompt', opening: answered.opening } } as const;
        expect(checkWitness(witness)).toBeUndefined();
        const prompt = { type: 'text' as const, root: evidence.root, ...text };
        expect(judgeReceipt({ output: prompt, prompt, table }, witness)).toMatchObject({
          ok: true,
          value: { type: 'receipt' },
        });
      }),
      { numRuns: 200 },
    );
  });
});
