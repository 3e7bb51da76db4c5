/** Makes `src/cli/payload-table.ts`: what each field of a payload means, for `--help`. */
import { resolve } from 'node:path';
import { invariant } from '../../src/lib/errors.ts';
import { KIND_NAMES } from '../../state/tx/registry.ts';
import { readPayloadTypes, readSourceTypes, type SourceType } from './sources.ts';

export const ROOT = resolve(import.meta.dirname, '../..');

/** The voucher is no transaction, but people write it to a file as well. */
const VOUCHER = ['voucher', 'VoucherType'] as const;

export type PayloadTypes = {
  /** The name of the type of each payload. */
  readonly payloads: ReadonlyMap<string, string>;
  /** The types that the payloads are made of, in the order in which they are met. */
  readonly types: ReadonlyMap<string, SourceType>;
};

/** Returns the meaning of a field: its comment, or that of the type that it holds. */
const meaning = (
  types: ReadonlyMap<string, SourceType>,
  type: string,
  field: SourceType['fields'][number],
): string => {
  const means = field.comment || (field.type === undefined ? '' : (types.get(field.type)?.comment ?? ''));
  invariant(means !== '', `the field ${field.name} of ${type} has a comment that says what it means`);
  return means;
};

export const readPayloads = (): PayloadTypes => {
  const source = readSourceTypes(ROOT).types;
  const found = readPayloadTypes(ROOT);
  const payloads = new Map(
    [...KIND_NAMES.map((name) => [name, found.get(name) ?? ''] as const), VOUCHER].map(([name, type]) => {
      invariant(source.has(type), `the payload of ${name} is the type ${type} of a file in state/`);
      return [name, type] as const;
    }),
  );
  const types = new Map<string, SourceType>();
  const add = (name: string): void => {
    const type = source.get(name);
    if (type === undefined || types.has(name)) return;
    const fields = type.fields.map((field) => ({ ...field, comment: meaning(source, name, field) }));
    types.set(name, { ...type, fields });
    for (const field of fields) if (field.type !== undefined) add(field.type);
  };
  for (const type of payloads.values()) add(type);
  return { payloads, types };
};

const quoted = (text: string): string => {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  return mark + text.replaceAll('\\', '\\\\').replaceAll(mark, `\\${mark}`) + mark;
};

/** The width of a line at which the formatter of the project breaks it. */
const LINE_WIDTH = 110;

const meansLine = (means: string): string => {
  const line = `      means: ${quoted(means)},`;
  return line.length <= LINE_WIDTH ? line : `      means:\n        ${quoted(means)},`;
};

/** The file. The formatter of the project leaves it as it is. */
export const fieldsFile = (): string => {
  const { payloads, types } = readPayloads();
  const parts = [...types].map(([name, { fields }]) => {
    const lines = fields.map(({ name: field, comment, type }) =>
      [
        `    ${field}: {`,
        meansLine(comment),
        ...(type === undefined ? [] : [`      type: ${quoted(type)},`]),
        '    },',
      ].join('\n'),
    );
    return `  ${name}: {\n${lines.join('\n')}\n  },`;
  });
  const roots = [...payloads].map(([name, type]) => `  ${name}: ${quoted(type)},`);
  return `/** Written by \`tools/build-payloads.ts\` from the comments beside the types in \`state/\`. */

/** A field of a payload: what it means, and the type that it holds, if that has fields of its own. */
type FieldMeaning = { readonly means: string; readonly type?: string };

/** The name of the type of each payload. */
export const PAYLOAD_TYPES: { readonly [payload: string]: string } = {
${roots.join('\n')}
};

/** The fields of each type by the name of the type. */
export const TYPE_FIELDS: { readonly [type: string]: { readonly [field: string]: FieldMeaning } } = {
${parts.join('\n')}
};
`;
};
