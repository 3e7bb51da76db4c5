import { describe, expect, it } from 'vitest';
import { toHex } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { tokenizeText } from '../../../state/attribution/pt1.ts';
import { contentDigest } from '../../../state/tx/content-digest.ts';
import { factsHold } from '../../../tools/demo/review.ts';

const texts = ['One and two.', 'Three é'];
const tokens = texts.map((text) => unwrap(tokenizeText(text)));
const root = `0x${'00'.repeat(32)}` as const;

const honest = {
  datanet: 3,
  content: { root, items: 2, tokens: '6', bytes: '20' },
  declared: {
    digest: toHex(contentDigest(3, tokens)),
    novelTokens: '5',
    novelRunsRoot: root,
    role: 'data' as const,
    parents: [],
    revealedAt: '9',
  },
};

describe('a reviewer', () => {
  it('accepts what is as it was declared', () => {
    expect(factsHold(honest, texts, 5)).toBe(true);
  });

  it.each<[string, Parameters<typeof factsHold>]>([
    ['another number of items', [{ ...honest, content: { ...honest.content, items: 3 } }, texts, 5]],
    ['another number of tokens', [{ ...honest, content: { ...honest.content, tokens: '7' } }, texts, 5]],
    ['another number of bytes', [{ ...honest, content: { ...honest.content, bytes: '19' } }, texts, 5]],
    ['more novel tokens than there are', [honest, texts, 4]],
    ['the digest of another text', [honest, ['One and two.', 'Thrice é'], 5]],
    ['the digest of another Datanet', [{ ...honest, datanet: 4 }, texts, 5]],
    ['nothing yet', [{ ...honest, content: null, declared: null }, texts, 5]],
  ])('does not accept %s', (_, [contribution, content, novel]) => {
    expect(factsHold(contribution, content, novel)).toBe(false);
  });
});
