/** What is written from the comments beside the types of payloads. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PAYLOAD_TYPES, TYPE_FIELDS } from '../../../src/cli/payload-table.ts';
import { describePayload } from '../../../src/cli/schema-text.ts';
import { KINDS } from '../../../state/tx/registry.ts';
import { fieldsFile } from '../../../tools/payloads/fields.ts';
import { payloadsPage } from '../../../tools/payloads/page.ts';
import { commentText } from '../../../tools/payloads/sources.ts';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

test('the table of --help and the page are those of the sources', () => {
  expect(read('src/cli/payload-table.ts')).toBe(fieldsFile());
  expect(read('docs/payloads.md')).toBe(payloadsPage());
});

describe.each(KINDS.map((kind) => [kind.name, kind] as const))('the payload of %s', (name, kind) => {
  test('has a meaning for each of its fields, in --help and on the page', () => {
    const type = PAYLOAD_TYPES[name] ?? '';
    const fields = Object.keys(kind.schema.properties ?? {});
    expect(Object.keys(TYPE_FIELDS[type] ?? {})).toEqual(fields);
    const help = describePayload(name, kind.schema);
    const section = payloadsPage().split(`\n## ${name}\n`)[1]?.split('\n## ')[0] ?? '';
    for (const field of fields) {
      const means = TYPE_FIELDS[type]?.[field]?.means ?? '';
      expect(means, field).toMatch(/^[A-Z`].*[.]$/);
      expect(help).toContain(means);
      expect(section).toContain(`| \`${field}\` |`);
    }
  });
});

test('a meaning is one or more whole sentences', () => {
  const meanings = Object.entries(TYPE_FIELDS).flatMap(([type, fields]) =>
    Object.entries(fields).map(([field, { means }]) => `${type}.${field}: ${means}`),
  );
  expect(meanings.length).toBeGreaterThan(150);
  expect(meanings.filter((each) => !/: [A-Z`Σκ].*\.$/.test(each))).toEqual([]);
});

test('a comment is read as one line, with the names that it links to', () => {
  expect(commentText('/**\n   * The {@link modelFee}, in\n   * base units.\n   */')).toBe(
    'The modelFee, in base units.',
  );
});
