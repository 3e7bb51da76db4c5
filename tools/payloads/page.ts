/** Makes docs/payloads.md: each payload field by field, for people who write one. */

import { fieldsOf, isSchema, itemsOf, presentOf, variantsOf } from '../../src/cli/schema.ts';
import { scalarText } from '../../src/cli/schema-text.ts';
import { invariant } from '../../src/lib/errors.ts';
import type { JsonSchema } from '../../src/lib/ssz.ts';
import { KINDS } from '../../state/tx/registry.ts';
import { VoucherType } from '../../state/tx/voucher.ts';
import { readPayloads } from './fields.ts';
import type { SourceType } from './sources.ts';

const titleOf = (type: string): string => type.replace(/Type$/, '');
const linkTo = (type: string): string => `[${titleOf(type)}](#${titleOf(type).toLowerCase()})`;
const cell = (text: string): string => text.replaceAll('|', '\\|');

/** Returns the type of a field in a few words; one with fields of its own is a link to its section. */
const typeText = (schema: JsonSchema, type: string | undefined): string => {
  const present = presentOf(schema);
  if (present !== undefined) return `null or ${typeText(present, type)}`;
  if (schema.type === 'array') {
    const limit = typeof schema.maxItems === 'number' ? `, at most ${schema.maxItems}` : '';
    return `list of ${typeText(itemsOf(schema), type)}${limit}`;
  }
  return type === undefined ? scalarText(schema) : linkTo(type);
};

/** Collects the schema of each type, from where it stands in a payload. */
const collect = (
  schemas: Map<string, JsonSchema>,
  types: ReadonlyMap<string, SourceType>,
  name: string,
  schema: JsonSchema,
): void => {
  const inner = presentOf(schema) ?? (schema.type === 'array' ? itemsOf(schema) : undefined);
  if (inner !== undefined) {
    collect(schemas, types, name, inner);
    return;
  }
  if (schemas.has(name)) return;
  schemas.set(name, schema);
  const source = types.get(name);
  for (const [field, inside] of partsOf(schema)) {
    const type = source?.fields.find((each) => each.name === field)?.type;
    if (type !== undefined) collect(schemas, types, type, inside);
  }
};

/** The fields of a struct, or the variants of a union with their values. */
const partsOf = (schema: JsonSchema): readonly (readonly [string, JsonSchema])[] => {
  const variants = variantsOf(schema);
  if (variants === undefined) return fieldsOf(schema);
  return variants.flatMap((variant) => {
    const [[, type] = ['', {}], [, value] = ['', {}]] = fieldsOf(variant);
    return typeof type.const === 'string' && isSchema(value) ? [[type.const, value] as const] : [];
  });
};

const table = (name: string, schema: JsonSchema, types: ReadonlyMap<string, SourceType>): string => {
  const source = types.get(name);
  const isUnion = variantsOf(schema) !== undefined;
  const rows = partsOf(schema).map(([field, inside]) => {
    const found = source?.fields.find((each) => each.name === field);
    invariant(found !== undefined, `the field ${field} of ${name} stands in its source`);
    return `| \`${field}\` | ${cell(typeText(inside, found.type))} | ${cell(found.comment)} |`;
  });
  return [
    ...(isUnion ? ['An object `{"type": …, "value": …}`, with one of these types:', ''] : []),
    `| ${isUnion ? 'type' : 'field'} | ${isUnion ? 'value' : 'type'} | meaning |`,
    '| --- | --- | --- |',
    ...rows,
  ].join('\n');
};

const INTRODUCTION = `# Payloads

This page lists the payload of each kind of transaction, and the voucher: every field with its type, its range and its
meaning. It is made by \`tools/build-payloads.ts\` from the types in \`state/\` and the comments beside them.
\`openledger tx send KIND --help\` prints the same.

A payload is a JSON object. All its fields have to be there, and no others. A file that the command reads may also have
what is easier to write:

| type | in JSON | in a file for the command also |
| --- | --- | --- |
| account | address: 0x and 40 hex digits | a name: an account of the devnet in \`--home\`, or a key of the keystore |
| amount | base units, 10^-18 OPEN, as a decimal string | \`"1.5 OPEN"\`, \`"1500base"\` |
| 32 bytes | 0x and 64 hex digits | \`"file:weights.bin"\`, the sha256 of a file beside it |
| uint64 | decimal string, or a number that is exact | |
| integer | number | |
| absent value | null | |
`;

/** @throws CodedError if a field has no comment */
export const payloadsPage = (): string => {
  const { payloads, types } = readPayloads();
  const roots = [
    ...KINDS.map(({ name, schema }) => [name as string, schema] as const),
    ['voucher', VoucherType.schema] as const,
  ];
  const schemas = new Map<string, JsonSchema>();
  const sections = roots.map(([name, schema]) => {
    const type = payloads.get(name) ?? '';
    schemas.set(type, schema);
    return `## ${name}\n\n${table(type, schema, types)}`;
  });
  const own = new Set(schemas.keys());
  for (const [name, schema] of roots) {
    const type = payloads.get(name) ?? '';
    schemas.delete(type);
    collect(schemas, types, type, schema);
  }
  const parts = [...schemas]
    .filter(([name]) => !own.has(name))
    .map(([name, schema]) => {
      const comment = types.get(name)?.comment ?? '';
      return [`### ${titleOf(name)}`, ...(comment === '' ? [] : [comment]), table(name, schema, types)].join(
        '\n\n',
      );
    });
  return `${INTRODUCTION}\n${sections.join('\n\n')}\n\n## The parts of payloads\n\n${parts.join('\n\n')}\n`;
};
