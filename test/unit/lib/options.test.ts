import { expect, test } from 'vitest';
import { parseOptions as parseDemo } from '../../../tools/demo/options.ts';
import { parseOptions as parseEval } from '../../../tools/eval/options.ts';
import { parseStrictly } from '../../../tools/lib/options.ts';
import { parseOptions as parseLoaded } from '../../../tools/loaded/options.ts';
import { parseOptions as parseBench } from '../../bench/attribution/options.ts';

const OPTIONS = {
  seed: { type: 'string', short: 's' },
  size: { type: 'string', multiple: true },
  json: { type: 'boolean' },
} as const;

const parse = (...args: readonly string[]) => ({
  ...parseStrictly({ args: [...args], options: OPTIONS, allowPositionals: true }).values,
});

test('an option with one value is given once, however it is written', () => {
  expect(parse('--seed', '1')).toEqual({ seed: '1' });
  for (const args of [
    ['--seed', '1', '--seed', '2'],
    ['--seed=1', '--seed', '1'],
    ['-s', '1', '--json', '--seed=2'],
  ])
    expect(() => parse(...args)).toThrow('--seed is given twice');
});

test('a list takes every value, a flag may be repeated, and what comes after -- is no option', () => {
  expect(parse('--size', 'a', '--size', 'b', '--json', '--json')).toEqual({ size: ['a', 'b'], json: true });
  expect(parse('--seed', '1', '--', '--seed', '2')).toEqual({ seed: '1' });
});

test.each([
  ['demo', parseDemo, ['--home', 'a', '--home', 'b']],
  ['eval', parseEval, ['--seed', '1', '--seed', '2']],
  ['loaded', parseLoaded, ['--times', '1', '--times', '2', 'demo']],
  ['bench:attribution', parseBench, ['--queries', '1', '--queries', '2']],
] as const)('%s refuses an option that is given twice', (_, parseOptions, args) => {
  expect(parseOptions(args)).toMatchObject({ fault: { code: 'ARGUMENT_INVALID' } });
});
