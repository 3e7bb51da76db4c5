/**
 * Reads the SSZ types of payloads from their source: the fields of each, and the comment beside each field. The types
 * themselves have no comments at run time.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A field of a struct, or a variant of a union. */
export type SourceField = {
  readonly name: string;
  /** The text of the comment; empty if there is none. */
  readonly comment: string;
  /** The struct or union that the field holds, at any depth of lists. Undefined for a scalar. */
  readonly type: string | undefined;
};

export type SourceType = {
  /** The comment of the value's type. */
  readonly comment: string;
  readonly fields: readonly SourceField[];
};

type Entry = { readonly name: string; readonly comment: string; readonly expression: string };

const OPEN = '({[';
const CLOSE = ')}]';

/** Returns where the comment or the string that begins at `at` ends; `at` if none begins there. */
const skipped = (source: string, at: number): number => {
  const two = source.slice(at, at + 2);
  if (two === '/*') return source.indexOf('*/', at) + 2;
  if (two === '//') return source.indexOf('\n', at);
  const quote = source[at] ?? '';
  return `'"\``.includes(quote) && quote !== '' ? source.indexOf(quote, at + 1) + 1 : at;
};

/** Returns the text between the bracket at `open` and the bracket that closes it. */
const insideBrackets = (source: string, open: number): string => {
  let depth = 0;
  for (let at = open; at < source.length; ) {
    const after = skipped(source, at);
    if (after > at) {
      at = after;
      continue;
    }
    if (OPEN.includes(source[at] ?? '')) depth += 1;
    if (CLOSE.includes(source[at] ?? '')) depth -= 1;
    if (depth === 0) return source.slice(open + 1, at);
    at += 1;
  }
  return source.slice(open + 1);
};

/** Returns the text of a comment in one line. A link is the name that it links to. */
export const commentText = (comment: string): string =>
  comment
    .replace(/^\s*\/\*\*|\*\/\s*$/g, '')
    .replace(/^\s*\* ?/gm, '')
    .replace(/\{@link ([^}]+)\}/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();

/** Divides the inside of an object literal at the commas that stand in no bracket. */
const partsOf = (body: string): readonly string[] => {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < body.length; ) {
    const after = skipped(body, at);
    if (after > at) {
      at = after;
      continue;
    }
    const character = body[at] ?? '';
    if (OPEN.includes(character)) depth += 1;
    if (CLOSE.includes(character)) depth -= 1;
    if (character === ',' && depth === 0) {
      parts.push(body.slice(from, at));
      from = at + 1;
    }
    at += 1;
  }
  return [...parts, body.slice(from)].filter((part) => part.trim() !== '');
};

const COMMENTED = /^\s*((?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/)?)\s*([\s\S]*)$/;

const entriesOf = (body: string, fieldsByName: (name: string) => readonly Entry[]): readonly Entry[] =>
  partsOf(body).flatMap((part) => {
    const [, comment = '', code = ''] = COMMENTED.exec(part) ?? [];
    const spread = /^\.\.\.(\w+)$/.exec(code.trim())?.[1];
    if (spread !== undefined) return fieldsByName(spread);
    const [, name = '', expression = ''] = /^(\w+)\s*:\s*([\s\S]*)$/.exec(code.trim()) ?? [];
    return [{ name, comment: commentText(comment), expression }];
  });

const FOLDERS = ['state/tx', 'state/attribution', 'state/attribution/witness'];

const sourcesIn = (root: string): readonly string[] =>
  FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(root, folder, name), 'utf8')),
  );

/** Returns the structs and unions of payloads by the names of their constants, and the alias that a constant is. */
export const readSourceTypes = (
  root: string,
): {
  readonly types: ReadonlyMap<string, SourceType>;
  readonly typeOf: (expression: string) => string | undefined;
} => {
  const sources = sourcesIn(root);
  const bodies = new Map<string, { readonly body: string; readonly comment: string }>();
  const aliases = new Map<string, string>();
  const records = new Map<string, string>();
  for (const source of sources) {
    for (const match of source.matchAll(/const (\w+)(?::[^=]+)? = (container|union)\(/g)) {
      const [all, name = ''] = match;
      const inside = insideBrackets(source, match.index + all.length - 1).trim();
      const comment = new RegExp(
        `(/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/)\\s*export type \\w+ = ValueOf<typeof ${name}>;`,
      ).exec(source)?.[1];
      const body = inside.startsWith('{') ? insideBrackets(inside, 0) : `...${inside}`;
      bodies.set(name, { body, comment: commentText(comment ?? '') });
    }
    for (const match of source.matchAll(/const (\w+Type)(?::[^=]+)? = (?:list|optional)\((\w+)/g))
      aliases.set(match[1] ?? '', match[2] ?? '');
    for (const match of source.matchAll(/const (\w+) = \{/g))
      records.set(match[1] ?? '', insideBrackets(source, match.index + match[0].length - 1));
  }
  const typeOf = (expression: string): string | undefined => {
    const name = /\b(\w+Type)\b/.exec(expression)?.[1];
    if (name === undefined || bodies.has(name)) return name;
    const alias = aliases.get(name);
    return alias === undefined ? undefined : typeOf(alias);
  };
  const record = (name: string): readonly Entry[] => entriesOf(records.get(name) ?? '', record);
  const types = new Map(
    [...bodies].map(([name, { body, comment }]): [string, SourceType] => [
      name,
      {
        comment,
        fields: entriesOf(body, record).map(({ name: field, comment: text, expression }) => ({
          name: field,
          comment: text,
          type: typeOf(expression),
        })),
      },
    ]),
  );
  return { types, typeOf };
};

/** Returns the constant of the payload of each kind by the kind's name. */
export const readPayloadTypes = (root: string): ReadonlyMap<string, string> =>
  new Map(
    sourcesIn(root).flatMap((source) => {
      const name = /^ {2}name: '(\w+)',$/m.exec(source)?.[1];
      const type = /^ {2}payload: (\w+),$/m.exec(source)?.[1];
      return name === undefined || type === undefined ? [] : [[name, type] as const];
    }),
  );
