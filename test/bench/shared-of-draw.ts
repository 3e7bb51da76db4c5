/** The witness of a run that several owners brought, in a draw of a calibration: the one with the most openings. */
import { proveContribution, proveItem } from '../../src/attribution/evidence/chunks.ts';
import { provePassages } from '../../src/attribution/evidence/declared.ts';
import { type Address, toHeight } from '../../src/lib/brands.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { itemRoot, itemSource } from '../../state/attribution/commitment.ts';
import { derivePassages } from '../../state/attribution/declaration.ts';
import { CHUNK_TOKENS, DEFAULT_PARAMETERS } from '../../state/attribution/parameters.ts';
import { DRAW_SHARED_TOKENS_MAX, rulesOfDraw } from '../../state/attribution/rules.ts';
import { judgeClaim } from '../../state/attribution/witness/claim.ts';
import type { ClaimSubject } from '../../state/attribution/witness/subject.ts';
import type { Witness } from '../../state/attribution/witness/types.ts';
import { rules, type Sizes, saltedOf, table, textOf, type WitnessCase } from './witness-texts.ts';

/**
 * A shared run of a draw, opened on three sides with the passages over each. In the worst case it lies in the middle of every
 * tree: where a branch has the most nodes, and over the end of a prompt part, so that two passages are opened of each source.
 */
export const sharedOfDraw = ({ match, at: anywhere, bytes, item, items, worst }: Sizes): WitnessCase => {
  const first = 510 * CHUNK_TOKENS;
  // Only the opened chunks hold long words, so that the item is within its limit of bytes.
  const parts = worst
    ? [textOf(first, 3), textOf(3 * CHUNK_TOKENS, bytes), textOf(CHUNK_TOKENS, 3)]
    : [textOf(item, bytes)];
  const at = worst ? first + CHUNK_TOKENS + 1 : anywhere;
  const text = saltedOf(parts.join(' '));
  const root = unwrap(itemRoot({ ...text, promptTokens: 0 }));
  const evidence = proveContribution(Array.from({ length: items }, () => root));
  // The passages of this item are 32,767 and 32,768, because the first item has one and all others have two.
  const place = worst ? 16_384 : items - 1;
  const own = proveItem(evidence, place, { ...text, promptTokens: 0, source: itemSource(text) });
  const passagesOf = (promptTokens: number) =>
    provePassages(
      derivePassages({
        shapes: Array.from({ length: items }, (_, i) => ({
          tokens: text.tokens.count,
          promptTokens: i === 0 ? 0 : promptTokens,
        })),
        copied: [],
      }).passages,
    );
  const drawn = passagesOf(0);
  const held = passagesOf(worst ? at + 30 : 30);
  const from = at - rules.context;
  const start = rules.context;
  const end = start + Math.min(match, DRAW_SHARED_TOKENS_MAX);
  const past = from + end;
  const contribution = { contribution: 9, root: evidence.root, items };
  const subject: ClaimSubject = {
    claim: {
      x: [],
      matches: [{ start, end, contribution: 2, item: place, pos: at }],
      shared: [],
      info: [],
    },
    output: {
      type: 'stretch',
      contribution,
      item: place,
      from,
      tokens: Math.min(256, text.tokens.count - from),
    },
    prompt: { type: 'stretch', contribution, item: place, from: 0, tokens: 0 },
    matchBitsMin: 96,
    parameters: DEFAULT_PARAMETERS,
    rules: rulesOfDraw(rules),
    table,
    source: (id) => ({ ...contribution, contribution: id, passages: { root: held.root, struck: new Set() } }),
    commons: new Set(),
    brought: (id) => ({
      owner: Uint8Array.of(id) as Address,
      commit: toHeight(1n),
      reveal: toHeight(2n),
    }),
    relevance: undefined,
    calibration: {
      own: { root: drawn.root, struck: new Set() },
      rank: 0,
      contribution: 9,
      item: place,
      position: at,
      tokens: text.tokens.count,
      promptTokens: 0,
      complete: true,
    },
  };
  const witness: Witness = {
    type: 'shared',
    value: {
      position: start,
      start,
      end,
      ownItem: place,
      ownPos: at,
      contribution: 3,
      item: place,
      pos: at,
      output: own.open(from, past),
      own: own.open(at, past),
      source: own.open(at, past),
      outputPassages: drawn.over(place, at, past),
      ownPassages: held.over(place, at, past),
      sourcePassages: held.over(place, at, past),
    },
  };
  return { name: 'SHARED, calibration', worst, witness, judge: (each) => judgeClaim(subject, each) };
};
