/**
 * `npm run eval`: measures how well attribution works on real data, and what attacks on it gain. A full run
 * writes docs/evaluation.md. With --quick it uses a quarter of the data and prints which checks hold. With
 * --only it runs a part of the experiments, with --collection it reads a part of the texts, and it prints
 * their sections of the report. The exit code is 0 only if every check holds, 1 if one does not, 2 for bad
 * arguments.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setImmediate as yieldToTimers } from 'node:timers/promises';
import { styleText } from 'node:util';
import { errorText, jsonLine } from '../lib/say.ts';
import { createStepReporter } from '../lib/step-reporter.ts';
import { parseOptions, USAGE } from './options.ts';
import { report } from './report.ts';
import { experiments, FULL, QUICK } from './run.ts';
import { type Check, holds, type Section } from './section.ts';

const DOCUMENT = resolve(import.meta.dirname, '../../docs/evaluation.md');

const line = (each: Check): string =>
  `${holds(each) ? styleText('green', '✓') : styleText('red', '✗')} ${each.name}\n  ${styleText('dim', each.seen)}`;

const main = async (): Promise<number> => {
  const parsed = parseOptions(process.argv.slice(2));
  if (!parsed.ok) {
    process.stderr.write(`${errorText(parsed.fault)}${USAGE}\n`);
    return 2;
  }
  if (parsed.value.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const { quick, json, seed, only, collections } = parsed.value;
  const isPart = only.length > 0 || collections.length > 0;
  const isWhole = !quick && !isPart;
  // With --json, stdout has only the figures.
  const out = json ? process.stderr : process.stdout;
  const { print, step } = createStepReporter(out);
  const scale = quick ? QUICK : FULL;
  print(`openledger eval: real data, every ${scale.thin === 1 ? '' : `${scale.thin}th `}row; seed ${seed}\n`);
  const sections: Section[] = [];
  for (const { name, run } of experiments(scale, seed, parsed.value))
    sections.push(
      await step(name, async (progress) => {
        await yieldToTimers();
        const value = run(progress);
        const failed = value.checks.filter((each) => !holds(each)).length;
        const verdict = failed === 0 ? `${value.checks.length} checks hold` : `${failed} checks do not hold`;
        return { value, done: `${value.title}: ${verdict}` };
      }),
    );
  const checks = sections.flatMap((section) => section.checks);
  print(`\n${checks.map(line).join('\n')}`);
  const failed = checks.filter((each) => !holds(each)).length;
  print(
    failed === 0
      ? styleText('green', `\nall ${checks.length} checks hold`)
      : styleText('red', `\n${failed} of ${checks.length} checks do not hold`),
  );
  if (isPart) print(sections.map(({ text }) => `\n${text}`).join('\n'));
  if (isWhole) {
    writeFileSync(DOCUMENT, report({ quick, seed, sections }));
    print('written to docs/evaluation.md');
  }
  if (json)
    process.stdout.write(
      jsonLine({
        quick,
        seed,
        holds: failed === 0,
        collections: sections.find(({ name }) => name === 'people')?.figures.collections,
        demo: sections.find(({ name }) => name === 'relevance')?.figures.demo,
        strategies: sections.find(({ name }) => name === 'strategies')?.figures.strategies,
        sections: sections.map(({ name, figures, checks: own }) => ({
          name,
          figures,
          checks: own.map((each) => ({ ...each, holds: holds(each) })),
        })),
      }),
    );
  return failed === 0 ? 0 : 1;
};

process.exitCode = await main();
