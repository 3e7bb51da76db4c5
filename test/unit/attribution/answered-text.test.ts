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
import { itemRoot, itemSource, type Salted, textChunks } from '../../../state/attribution/commitment.ts';
import { type Opening, openItem, openText } from '../../../state/attribution/openings.ts';
import { PROMPT_TOKENS_MAX } from '../../../state/attribution/parameters.ts';
import { type RulesVersion, rulesOf } from '../../../state/attribution/rules.ts';
import { tokenAt } from '../../../state/attribution/tokens.ts';
import { judgeReceipt } from '../../../state/attribution/witness/receipt.ts';
import { checkWitness } from '../../../state/attribution/witness/types.ts';
import { randomFrom, times } from '../../../tools/lib/random.ts';
import { saltedOf } from './support.ts';

const table = infoTable();
const salt = sha256(Uint8Array.of(1));
const versionFrom = (seed: number): RulesVersion => (seed % 2 === 0 ? 2 : 1);
/** Words of which some stand again soon. */
const textFrom = (seed: number, words: number): Salted => {
  const random = randomFrom(seed);
  const text = times(words, () => `w${random(seed % 5 === 0 ? 9 : 500)}`).join(' ');
  return saltedOf(text, salt, versionFrom(seed));
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
        const whole = textFrom(seed, words);
        const { tokens } = whole;
        const rules = rulesOf(versionFrom(seed));
        const evidence = proveText(whole, rules.informationOf(table, tokens), PROMPT_TOKENS_MAX);
        const all = answersTo(evidence, tokens.count);
        const shown = seed % 3 === 0 ? all : all.filter((_, i) => i % 2 === 0);
        const text = { tokensMax: PROMPT_TOKENS_MAX, tokens: tokens.count, bytes: whole.source.length };
        const answered = unwrap(answeredText(shown, { root: evidence.root, text }, { rules, table }));
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
    const item = { ...textFrom(7, 700), promptTokens: 5 };
    const contribution = proveContribution([unwrap(itemRoot(item))]);
    const evidence = proveItem(contribution, 0, { ...item, source: itemSource(item) });
    const commitment = { root: contribution.root, item: { item: 0, items: 1 } };
    const answered = unwrap(
      answeredText([evidence.openChunks(3, 4)], commitment, { rules: rulesOf(versionFrom(7)), table }),
    );
    if (answered.type !== 'known') return expect.unreachable();
    expect([191, 192, 447, 448].map((i) => isKnown(answered.tokens, i))).toEqual([false, true, true, false]);
    const opening = answered.evidence.open(200, 260);
    if (opening.type !== 'item') return expect.unreachable();
    expect(opening.value.chunks.length).toBe(2);
    expect(openItem(opening.value, contribution.root).ok).toBe(true);
  });

  test('that is malformed is shown to be by a few chunks, or none', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 4000 }), (seed, words) => {
        const random = randomFrom(seed);
        const whole = textFrom(seed, words);
        const rules = rulesOf(versionFrom(seed));
        const info = rules.informationOf(table, whole.tokens);
        const chunks = [...textChunks(whole, info)];
        const { count } = whole.tokens;
        const bytes = whole.source.length;
        const head = { tokens: count, information: info.reduce((sum, bits) => sum + bits, 0), bytes };
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
        const text = { tokensMax: PROMPT_TOKENS_MAX, tokens: count, bytes };
        const shown = answersTo(evidence, count);
        const answered = unwrap(answeredText(shown, { root: evidence.root, text }, { rules, table }));
        if (answered.type !== 'malformed') return expect.unreachable();
        expect(answered.opening.value.chunks.length).toBeLessThanOrEqual(rules.context === 0 ? 2 : 3);
        const witness = { type: 'malformed', value: { text: 'prompt', opening: answered.opening } } as const;
        expect(checkWitness(witness)).toBeUndefined();
        const prompt = { type: 'text' as const, root: evidence.root, ...text };
        expect(judgeReceipt({ output: prompt, prompt, rules, table }, witness)).toMatchObject({
          ok: true,
          value: { type: 'receipt' },
        });
      }),
      { numRuns: 200 },
    );
  });
});
