/** The rows of `npm run hostile`, each printed before the next is known. */
import { expect, test } from 'vitest';
import { createTable } from '../../hostile/table.ts';

const control = { what: 'as much', run: () => Promise.resolve(0) };
const table = createTable([{ name: 'short' }, { name: 'a-much-longer-name', control }], 20);
const held = {
  name: 'short',
  bytes: 3 << 20,
  honestP99Ms: 42,
  blocks: 120,
  peakRssMB: 300,
  control: null,
  ok: true,
  broken: [],
};

test('columns stand below each other, though each row is made alone', () => {
  const rows = [
    table.head,
    table.quiet({ honestP99Ms: 20, blocks: 140, peakRssMB: 210 }),
    table.control('a-much-longer-name', { honestP99Ms: 33, blocks: 90, peakRssMB: 220 }),
    table.row(held),
    table.row({ ...held, name: 'a-much-longer-name', honestP99Ms: 12_345 }),
  ];
  const at = rows[0]?.indexOf('honest p99') ?? -1;
  expect(rows.map((row) => row.slice(at).split(' ')[0])).toEqual(['honest', '20', '33', '42', '12345']);
});

test('the control of an attack has a row of its own, without a verdict', () => {
  expect(table.control('short', { honestP99Ms: 33, blocks: 90, peakRssMB: null })).toMatch(
    /^ {8}control of short +- +33 ms +90 +unknown$/,
  );
});

test('what did not hold stands below its row', () => {
  const [row = '', reason = ''] = table
    .row({ ...held, ok: false, broken: ['60 blocks came, at least 70 were to come'] })
    .split('\n');
  expect(row.startsWith('BROKEN')).toBe(true);
  expect(reason.trim()).toBe('60 blocks came, at least 70 were to come');
});

test('figures of an attack that ended a node are missing, and those that were not run are named', () => {
  const ended = {
    ...held,
    bytes: 0,
    honestP99Ms: null,
    blocks: 0,
    peakRssMB: null,
    ok: false,
    broken: ['node3 ended'],
  };
  expect(table.row(ended)).toMatch(/^BROKEN {2}short +0\.0 MiB +none +- +-\n +node3 ended$/);
  expect(table.end({ attacks: [held, ended], notRun: ['x', 'y'] })).toBe('1 of 4 held, 2 not run: x, y');
  expect(table.end({ attacks: [held], notRun: [] })).toBe('1 of 1 held');
});
