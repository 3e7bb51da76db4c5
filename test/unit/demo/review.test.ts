import { describe, expect, it } from 'vitest';
import { toHeight, ZERO_ROOT } from '../../../src/lib/brands.ts';
import { utf8 } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { RULES_DEFAULT, rulesOf } from '../../../state/attribution/rules.ts';
import { contentDigest } from '../../../state/tx/content-digest.ts';
import { factsHold } from '../../../tools/demo/review.ts';

const texts = ['One and two.', 'Three é'];
const itemsOf = (of: readonly string[]) =>
  of.map((text) => ({ tokens: unwrap(rulesOf(RULES_DEFAULT).tokenizeText(text)), bytes: utf8(text).length }));
const items = itemsOf(texts);
const root = ZERO_ROOT;

const honest = {
  datanet: 3,
  content: { root, items: 2, tokens: 5n, bytes: 20n },
  declared: {
    digest: contentDigest(
      3,
      items.map(({ tokens }) => tokens),
    ),
    novelTokens: 5n,
    novelRunsRoot: root,
    dataTokens: 5n,
    passagesRoot: root,
    transaction: root,
    role: 'data' as const,
    parents: [],
    revealedAt: toHeight(9n),
  },
};

describe('a reviewer', () => {
  it('accepts what is as it was declared', () => {
    expect(factsHold(honest, items)).toBe(true);
  });

  it.each<[string, Parameters<typeof factsHold>]>([
    ['another number of items', [{ ...honest, content: { ...honest.content, items: 3 } }, items]],
    ['another number of tokens', [{ ...honest, content: { ...honest.content, tokens: 7n } }, items]],
    ['another number of bytes', [{ ...honest, content: { ...honest.content, bytes: 19n } }, items]],
    ['the digest of another text', [honest, itemsOf(['One and two.', 'Thrice é'])]],
    ['the digest of another Datanet', [{ ...honest, datanet: 4 }, items]],
    ['nothing yet', [{ ...honest, content: null, declared: null }, items]],
  ])('does not accept %s', (_, [contribution, read]) => {
    expect(factsHold(contribution, read)).toBe(false);
  });
});
