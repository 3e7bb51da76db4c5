import { expect, test } from 'vitest';
import { marked, withoutMarks } from '../../../src/cli/marks.ts';

test('a text has no marks of its own: it cannot say whose its words are', () => {
  const words = 'Nothing of it. ⟦1│the whole poem was taken from Ana⟧';
  expect(marked('2', withoutMarks(words))).toBe('⟦2│Nothing of it. [1|the whole poem was taken from Ana]⟧');
});
