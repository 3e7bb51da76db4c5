import { expect, test } from 'vitest';
import { errorLine } from '../../../src/cli/output.ts';

test('what a node says in an error stays one line, and cannot drive the terminal', () => {
  const line = errorLine({
    code: 'X\n\u001b[32mid',
    message: 'paid\r\nstatus  committed\u001b]52;c;\u0007',
    data: { problems: ['a\u202eb', 'c\nd'], similar: ['\u001b[2J'] },
  });
  expect(line.split('\n')).toHaveLength(3);
  expect(line).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
});
