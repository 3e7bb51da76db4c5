import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { foldersIn, isPure, sourceFiles } from './layout.ts';
import { biome, type Reports, ROOT } from './planted.ts';

/** What it is, the code, and what the report must say. */
type Plant = readonly [name: string, code: string, report: string];

const global = (name: string, code: string): Plant => [
  `the global ${name}`,
  code,
  `noRestrictedGlobals: Do not use the global variable ${name}.`,
];

const PLANTS: readonly Plant[] = [
  global('Date', 'export const x = Date.now();'),
  global('performance', 'export const x = performance.now();'),
  global('setTimeout', 'setTimeout(() => {}, 1);'),
  global('setInterval', 'setInterval(() => {}, 1);'),
  global('setImmediate', 'setImmediate(() => {});'),
  global('clearTimeout', 'clearTimeout(1);'),
  global('clearInterval', 'clearInterval(1);'),
  global('queueMicrotask', 'queueMicrotask(() => {});'),
  global('process', 'export const x = process.env;'),
  global('navigator', 'export const x = navigator.hardwareConcurrency;'),
  global('crypto', 'export const x = crypto.getRandomValues(new Uint8Array(8));'),
  global('Intl', 'export const x = new Intl.Collator();'),
  global('fetch', 'export const x = fetch;'),
  global('WebSocket', 'export const x = WebSocket;'),
  global('console', 'console.log(1);'),
  global('Promise', 'export const x = Promise.resolve(1);'),
  global('globalThis', 'export const x = globalThis;'),
  global('global', 'export const x = global;'),
  global('self', 'export const x = self;'),
  global('require', 'export const x = require;'),
  global('eval', 'export const x = eval;'),
  global('Function', 'export const x = Function;'),
  global('WeakRef', 'export const x = WeakRef;'),
  global('FinalizationRegistry', 'export const x = FinalizationRegistry;'),
  global('SharedArrayBuffer', 'export const x = SharedArrayBuffer;'),
  global('Atomics', 'export const x = Atomics;'),
  global('Float64Array', 'export const x = new Float64Array(1);'),
  global('Float32Array', 'export const x = new Float32Array(1);'),
  global('Float16Array', 'export const x = Float16Array;'),
  global('parseFloat', "export const x = parseFloat('1');"),
  ['Math.random', 'export const x = Math.random();', 'uses of Math only what is exact'],
  ['Math.sqrt', 'export const x = Math.sqrt(2);', 'uses of Math only what is exact'],
  ['Math.floor, which only a division needs', 'export const x = Math.floor(2);', 'uses of Math only'],
  ['a function taken out of Math', 'export const { random } = Math;', 'names the function of Math'],
  ['Math under another name', 'const M = Math;\nexport const x = M.random();', 'names the function of Math'],
  ['a division of numbers', 'export const f = (a: number, b: number) => a / b;', 'does not divide with `/`'],
  ['a division of bigints', 'export const f = (a: bigint, b: bigint) => a / b;', 'does not divide with `/`'],
  ['a dividing assignment', 'export let x = 4;\nx /= 2;', 'does not divide with `/=`'],
  ['a power of numbers', 'export const f = (a: number) => a ** 2;', 'raises only to a bigint literal'],
  ['a power assignment', 'export let x = 4;\nx **= 2;', 'raises only to a bigint literal'],
  ['a decimal fraction', 'export const x = 1.5;', 'no float literals'],
  ['a fraction without its zero', 'export const x = .5;', 'no float literals'],
  ['an exponent', 'export const x = 1e-3;', 'no float literals'],
  ['Number.parseFloat', "export const x = Number.parseFloat('1');", 'reads and writes no floats'],
  [
    'a float out of bytes',
    'export const f = (v: DataView) => v.getFloat64(0);',
    'reads and writes no floats',
  ],
  ['toFixed', 'export const f = (v: number) => v.toFixed(2);', 'reads and writes no floats'],
  ['an async function', 'export async function f() {}', 'no async functions'],
  ['an async arrow', 'export const f = async () => 1;', 'no async functions'],
  ['an async method', 'export class C {\n  async m() {}\n}', 'no async functions'],
  ['an async method of an object', 'export const x = { async m() {} };', 'no async functions'],
  ['an async generator', 'export async function* f() {}', 'no async functions'],
  ['await', 'export const x = await 1;', 'no await'],
  [
    'for await',
    'export async function f(s: Iterable<number>) {\n  for await (const x of s) x;\n}',
    'no await',
  ],
  ['a promise in a type', 'export type F = () => Promise<void>;', 'no promises in its types'],
  ['an async iterable in a type', 'export type F = AsyncIterable<number>;', 'no promises in its types'],
  [
    'localeCompare',
    'export const f = (a: string) => a.localeCompare(a);',
    'does not ask the locale or the Unicode',
  ],
  [
    'normalize',
    'export const f = (a: string) => a.normalize();',
    'does not ask the locale or the Unicode tables',
  ],
  ['toLowerCase', 'export const f = (a: string) => a.toLowerCase();', 'the Unicode tables'],
  ['toUpperCase', 'export const f = (a?: string) => a?.toUpperCase();', 'the Unicode tables'],
  ['toLocaleString', 'export const f = (a: number) => a.toLocaleString();', 'does not ask the locale'],
  ['a method by its name in brackets', "export const f = (a: string) => a['normalize']();", 'the locale'],
  ['a Unicode class in a pattern', 'export const x = /\\p{L}/u;', 'no regular expressions with a Unicode'],
  ['a pattern that ignores case', 'export const x = /a/iu;', 'no regular expressions with a Unicode class'],
  ['import()', "export const f = () => import('./x.ts');", 'no import() and no import.meta'],
  ['import.meta', 'export const x = import.meta.url;', 'no import() and no import.meta'],
  ['for-in', 'export const f = (o: object) => {\n  for (const k in o) return k;\n  return;\n};', 'for-in'],
];

const CLEAN = `import { divFloor } from '../../src/lib/math.ts';

/** Words in a comment are not code: async, await, Promise, Date.now(), Math.random(), 1.5, 1 / 2. */
export const share = (total: bigint, parts: bigint): bigint => divFloor(total * 2n ** 32n, parts);
export const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0x1e5);
export const named = (text: string): boolean => /^[a-z/]+$/u.test(text);
`;

const IMPURE = ['consensus/shell', 'state/store', 'node', 'p2p', 'rpc', 'src/cli'];
const LIBRARY = 'src/lib';
const pureFolders = [...['consensus', 'state'].flatMap(foldersIn).filter(isPure), 'p2p/content'];
const fileOf = (folder: string, index: number): string => `${folder}/planted-${index}.ts`;

describe('the pure parts', () => {
  let reports: Reports = new Map();
  beforeAll(() => {
    const sources = new Map<string, string>();
    for (const folder of [...pureFolders, ...IMPURE, LIBRARY]) {
      for (const [index, [, code]] of PLANTS.entries()) sources.set(fileOf(folder, index), `${code}\n`);
      sources.set(`${folder}/clean.ts`, CLEAN);
    }
    for (const name of ['clock', 'log']) {
      sources.set(`${LIBRARY}/${name}.ts`, 'export const x = [Date.now(), process.env];\n');
    }
    reports = biome(sources);
  });

  test('are the folders that the design names', () => {
    expect(pureFolders).toEqual(expect.arrayContaining(['consensus', 'state', 'state/attribution']));
    expect(pureFolders).not.toContain('consensus/shell');
    expect(pureFolders).not.toContain('state/store');
  });

  test.each(PLANTS.map(([name, , report], index) => ({ name, report, index })))(
    'may not have $name, in any of their folders',
    ({ report, index }) => {
      for (const folder of pureFolders) {
        expect(reports.get(fileOf(folder, index)) ?? [], folder).toContainEqual(
          expect.stringContaining(report),
        );
      }
    },
  );

  test('may have integers, the named division and words in comments', () => {
    for (const folder of pureFolders) expect(reports.get(`${folder}/clean.ts`), folder).toBeUndefined();
  });

  test('do not bind the parts that do I/O', () => {
    for (const folder of IMPURE) {
      for (const [index, [name]] of PLANTS.entries()) {
        const found = (reports.get(fileOf(folder, index)) ?? []).filter((each) =>
          /Pure code|noRestrictedGlobals/.test(each),
        );
        expect(found, `${name} in ${folder}`).toEqual([]);
      }
    }
  });

  test('stand on a library that has no such globals either, but in its clock and its log', () => {
    for (const [index, [name, , report]] of PLANTS.entries()) {
      if (!report.startsWith('noRestrictedGlobals')) continue;
      expect(reports.get(fileOf(LIBRARY, index)) ?? [], name).toContainEqual(expect.stringContaining(report));
    }
    for (const name of ['clock', 'log']) expect(reports.get(`${LIBRARY}/${name}.ts`)).toBeUndefined();
  });

  test('hold no comment that switches a rule off', () => {
    const files = sourceFiles(['consensus', 'state']).filter((file) => isPure(file));
    const switchedOff = files.filter((file) =>
      /biome-ignore|oxlint-disable|eslint-disable|@ts-(?:ignore|expect-error|nocheck)/.test(
        readFileSync(join(ROOT, file), 'utf8'),
      ),
    );
    expect(files.length).toBeGreaterThan(0);
    expect(switchedOff).toEqual([]);
  });
});
