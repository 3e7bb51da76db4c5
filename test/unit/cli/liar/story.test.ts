import { expect, test } from 'vitest';
import { around, wordsOf } from '../../../../src/cli/liar/settle-falsely.ts';
import { answerStep } from '../../../../src/cli/liar/story.ts';

test('the story of a lie quotes the whole answer: also the marks that are no words', () => {
  const output = {
    text: 'This is what I know. Before noon, one. I hope that it helps.',
    rules: 2,
  } as Parameters<typeof around>[0];
  const answer = { ...around(output, 5, 8), words: wordsOf(output, 5, 8) };
  const told = { answer, receipt: '0x/0', truth: { contribution: 1, owner: '', words: '' } };
  const { lines } = answerStep(told as never, { name: 'm', prompt: 'p' }, () => 'ana');
  expect(lines[1]).toBe('It answered: This is what I know. [Before noon, one]. I hope that it helps.');
});
