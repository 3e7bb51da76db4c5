import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { METHOD_SCHEMAS } from '../../rpc/schemas/registry.ts';
import { AREAS } from '../../tools/errors/areas.ts';
import { errorsPage } from '../../tools/errors/page.ts';
import { filesByCode, shippedSources, sourcesIn } from '../../tools/errors/sources.ts';

const root = resolve(import.meta.dirname, '../..');
const codes = AREAS.flatMap(({ table }) => Object.keys(table));

const wordsOf = (text: string): readonly string[] => text.match(/\b[A-Z][A-Z0-9_]*\b/g) ?? [];

describe('an error code', () => {
  it('belongs to one area', () => {
    expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([]);
  });

  it('is raised somewhere', () => {
    const raised = filesByCode(root);
    expect(codes.filter((code) => !raised.has(code))).toEqual([]);
  });

  it('is met by a test', () => {
    const met = new Set(
      sourcesIn(root, ['test'])
        .filter(({ file }) => file !== 'test/house/errors.test.ts')
        .flatMap(({ text }) => wordsOf(text)),
    );
    expect(codes.filter((code) => !met.has(code))).toEqual([]);
  });

  it('is said in whole sentences: what it means, and what to do', () => {
    const texts = AREAS.flatMap(({ table }) =>
      Object.values(table).flatMap(({ means, action }) => [means, action]),
    );
    expect(texts.filter((text) => !/^[A-Z0-9`].*\.$/.test(text))).toEqual([]);
  });
});

describe('the shipped sources', () => {
  it('raise codes by the functions of their area, which know its codes', () => {
    const open = shippedSources(root).filter(({ text }) =>
      [...text.matchAll(/import \{([^}]*)\} from '[./a-z]*lib\/errors\.ts'/g)].some(([, names = '']) =>
        names.split(',').some((name) => ['fault', 'fail', 'throwFault', 'toFaultOr'].includes(name.trim())),
      ),
    );
    expect(open.map(({ file }) => file)).toEqual([]);
  });

  it('give no code that no table declares', () => {
    const known = new Set(codes);
    const GIVEN =
      /\b(?:fault|fail|throwFault|toFaultOr)\(\s*(?:error,\s*)?'([A-Z0-9_]+)'|\bcode: '([A-Z0-9_]+)'/g;
    const unknown = shippedSources(root).flatMap(({ file, text }) =>
      [...text.matchAll(GIVEN)]
        .map(([, called, field]) => called ?? field ?? '')
        .filter((code) => !known.has(code))
        .map((code) => `${file}: ${code}`),
    );
    expect(unknown).toEqual([]);
  });
});

describe('the schema of an RPC method', () => {
  it('names refusals that tables declare', () => {
    const named = Object.values(METHOD_SCHEMAS).flatMap(({ errors }) => errors);
    expect(named).toContain('BLOCK_NOT_FOUND');
    expect(named.filter((code) => !codes.includes(code))).toEqual([]);
  });
});

describe('docs/errors.md', () => {
  it('is what the tables say now (else: node tools/build-errors-page.ts)', () => {
    expect(readFileSync(resolve(root, 'docs/errors.md'), 'utf8')).toBe(errorsPage(root));
  });
});
