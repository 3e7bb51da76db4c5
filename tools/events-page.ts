/** Builds docs/events.md from the types of the events and from the comments beside them in `state/events/`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { invariant } from '../src/lib/errors.ts';
import type { Json, JsonSchema } from '../src/lib/ssz.ts';
import { EVENT_SCHEMAS, EVENT_TYPES, isEventType } from '../state/events.ts';

const ROOT = resolve(import.meta.dirname, '..');
const AREAS = ['ledger', 'data', 'models', 'receipts', 'pay', 'disputes'] as const;

/** Returns the text between the bracket at `open` and the bracket that closes it. */
const insideBrackets = (source: string, open: number): string => {
  let depth = 0;
  for (let at = open; at < source.length; at++) {
    if ('({['.includes(source[at] ?? '')) depth += 1;
    if (')}]'.includes(source[at] ?? '')) depth -= 1;
    if (depth === 0) return source.slice(open + 1, at);
  }
  return source.slice(open + 1);
};

const commentText = (comment: string): string =>
  comment
    .replace(/^\s*\/\*\*|\*\/\s*$/g, '')
    .replace(/^\s*\* ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim();

/** The comment before a name, and the text in the brackets after the name. */
type Documented = { readonly comment: string; readonly body: string };

const COMMENTED = /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\s*(\w+):/g;

/** Returns the documented entry of each name that has a comment in this text. */
const documentedIn = (source: string): ReadonlyMap<string, Documented> =>
  new Map(
    [...source.matchAll(COMMENTED)].map((match) => {
      const [all, comment = '', name = ''] = match;
      const after = match.index + all.length;
      const open = source.indexOf('(', after);
      const lineEnd = source.indexOf('\n', after);
      const body = open >= 0 && open < lineEnd ? insideBrackets(source, open) : '';
      return [name, { comment: commentText(comment), body }];
    }),
  );

/** Returns the comments of fields, including those of shared fields (`...name`). */
const fieldComments = (source: string, body: string): ReadonlyMap<string, string> => {
  const shared = [
    ...body.matchAll(/\.\.\.(\w+)/g),
    ...(/^\w+$/.test(body.trim()) ? [[body, body.trim()]] : []),
  ];
  const comments = new Map<string, string>();
  for (const [, name = ''] of shared) {
    const open = source.indexOf(`const ${name} = {`);
    if (open < 0) continue;
    const block = insideBrackets(source, source.indexOf('{', open));
    for (const [field, comment] of fieldComments(source, block)) comments.set(field, comment);
  }
  for (const [field, { comment }] of documentedIn(body)) comments.set(field, comment);
  return comments;
};

const isObject = (json: Json | undefined): json is JsonSchema =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/** Returns the type of a JSON value in a few words. */
const typeText = (schema: Json | undefined): string => {
  if (!isObject(schema)) return 'null';
  if (Array.isArray(schema.anyOf)) return (schema.anyOf as readonly Json[]).map(typeText).join(' or ');
  if (Array.isArray(schema.enum)) return schema.enum.map((each) => `\`${String(each)}\``).join(', ');
  switch (schema.type) {
    case 'null':
      return 'null';
    case 'boolean':
      return 'true or false';
    case 'integer':
      return 'number';
    case 'array':
      return `list of ${typeText(schema.items)}`;
    case 'object':
      return isObject(schema.properties)
        ? `{ ${Object.entries(schema.properties)
            .map(([name, each]) => `${name}: ${typeText(each)}`)
            .join('; ')} }`
        : 'object';
    default: {
      if (typeof schema.description === 'string')
        return schema.description.startsWith('uint') ? `${schema.description} string` : 'receipt id';
      const bytes = /\{(\d+)\}/.exec(typeof schema.pattern === 'string' ? schema.pattern : '')?.[1];
      if (bytes === '40') return 'address';
      return bytes === undefined ? 'text' : `${Number(bytes) / 2} bytes`;
    }
  }
};

const cell = (text: string): string => text.replaceAll('|', '\\|');

const areaText = (area: string): string => {
  const file = `state/events/${area}.ts`;
  const source = readFileSync(resolve(ROOT, file), 'utf8');
  const title = commentText(/\/\*\*[\s\S]*?\*\//.exec(source)?.[0] ?? '');
  const list = insideBrackets(source, source.indexOf('{', source.indexOf('export const')));
  const events = [...documentedIn(list)].filter(([name]) => isEventType(name));
  return [
    `## ${title.replace(/\.$/, '')}`,
    `Declared in [\`${file}\`](../${file}).`,
    ...events.map(([name, { comment, body }]) => {
      invariant(isEventType(name), 'only events are listed');
      const inner = body.trim().startsWith('{') ? insideBrackets(body, body.indexOf('{')) : body;
      const comments = fieldComments(source, inner);
      const { properties } = EVENT_SCHEMAS[name];
      const rows = Object.entries(isObject(properties) ? properties : {}).map(
        ([field, schema]) =>
          `| \`${field}\` | ${cell(typeText(schema))} | ${cell(comments.get(field) ?? '')} |`,
      );
      return [`### ${name}`, comment, ['| field | type | |', '| --- | --- | --- |', ...rows].join('\n')].join(
        '\n\n',
      );
    }),
  ].join('\n\n');
};

const INTRODUCTION = `# Events

This page lists what the chain says happened: each event, its fields and their JSON form. It is made by
\`tools/build-events-docs.ts\` from the types in \`state/events/\`. Each section links its file.

Every event has a place, its cursor \`height/index\`. There is one numbering per height: the events of the transactions in
their order, then those of the end of the block. \`transaction\` is the id of the transaction, or null at the end of the
block. A transaction that failed has no events. Execution never reads events, and no hash covers them.

\`chain_getBlockResults\` returns the events of a height in pages, \`events_query\` finds events by type and by entity, and
\`tx_status\` returns those of one transaction ([rpc.md](rpc.md)).

| what | how it is written |
| --- | --- |
| amounts, and integers of 64 bits or more | decimal string; amounts are in base units, 10^-18 OPEN |
| smaller integers | number |
| bytes | 0x-hex |
| \`contribution\`, \`datanet\`, \`model\` | the number of the entity |
| \`receipt\` | its id, \`0x<batch>/<index>\` |
| \`receipts\` | several of one batch: the batch and their places in it |
| an absent value | null |

An event is found by every entity that it names: by an address in any field, by the numbers of contributions, Datanets and
models, by its receipts, and by the consensus address of a validator. An event with a \`batch\` of its own is about all
receipts of the batch.
`;

export const eventsPage = (): string => {
  const page = `${INTRODUCTION}\n${AREAS.map(areaText).join('\n\n')}\n`;
  const missing = EVENT_TYPES.filter((type) => !page.includes(`### ${type}\n`));
  invariant(missing.length === 0, `every event has a comment, and ${missing.join(', ')} has none`);
  return page;
};
