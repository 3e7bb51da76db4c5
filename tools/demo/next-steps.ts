/** What somebody can do with the chain that the demo leaves behind. Each command works as it is printed. */
import { join } from 'node:path';
import { styleText } from 'node:util';
import { quoted } from '../../src/cli/shell.ts';
import { heading } from './report.ts';

const ROW = { question: 'Tom has 3 apples and buys 4. How many has he?', answer: 'He has 3 + 4 = 7 apples.' };

/** @param receipt - the receipt that is explained */
export const nextSteps = (home: string, receipt: string | undefined): string => {
  const at = quoted(home);
  const file = quoted(join(home, 'demo', 'mine.jsonl'));
  const steps: readonly (readonly [what: string, ...commands: string[]])[] = [
    ['continue this chain in another terminal (Ctrl-C stops it)', `npx openledger devnet --home ${at}`],
    [
      'see who earned from an answer, for which words, and where each fact is on the chain',
      `npx openledger explain ${receipt ?? '0x…/0'} --home ${at}`,
    ],
    [
      'contribute a text of your own; it is accepted once two reviewers agree',
      `echo ${quoted(JSON.stringify(ROW))} > ${file}`,
      `npx openledger contribute ${file} --datanet 1 --key alice --home ${at}`,
      `npx openledger review list --key carol --home ${at}`,
    ],
    [
      'settle answers as an attestor, or watch what attestors and contributors claim',
      `npx openledger attest --home ${at} --key attestor-1`,
      `npx openledger watch --home ${at} --key bob`,
    ],
    ['remove the chain and all files of the demo', `rm -r ${at}`],
  ];
  return [
    heading('what now'),
    ...steps.flatMap(([what, ...commands]) => [
      `  ${what}`,
      ...commands.map((command) => `    ${styleText('cyan', command)}`),
    ]),
    '',
  ].join('\n');
};
