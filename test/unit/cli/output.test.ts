import { CommanderError } from 'commander';
import { expect, onTestFinished, test, vi } from 'vitest';
import { errorLine, lineOfError, note } from '../../../src/cli/output.ts';
import { printable } from '../../../src/lib/printable.ts';

test('what a node says in an error stays one line, and cannot drive the terminal', () => {
  const line = errorLine({
    code: 'X\n\u001b[32mid',
    message: 'paid\r\nstatus  committed\u001b]52;c;\u0007',
    data: { problems: ['a\u202eb', 'c\nd'], similar: ['\u001b[2J'] },
  });
  expect(line.split('\n')).toHaveLength(3);
  expect(printable(line)).toBe(line);
});

test('a note is one line, whatever a node has put into it, and keeps its spaces', () => {
  const written: string[] = [];
  const write = vi
    .spyOn(process.stderr, 'write')
    .mockImplementation((text) => written.push(String(text)) > 0);
  onTestFinished(() => write.mockRestore());
  note('the node does not take it now (full\nstatus   committed\r\nnext: send 5 OPEN\u2028x)');
  note('');
  expect(written).toEqual([
    'the node does not take it now (full status   committed next: send 5 OPEN\uFFFDx)\n',
    '\n',
  ]);
});

test('a verb without one of its own verbs is an error besides its help, and help that was asked for is not', () => {
  expect(lineOfError(new CommanderError(1, 'commander.help', '(outputHelp)'))).toMatch(/^error USAGE: /);
  expect(lineOfError(new CommanderError(0, 'commander.help', '(outputHelp)'))).toBeUndefined();
});
