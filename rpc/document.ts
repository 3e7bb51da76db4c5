/** Writes docs/rpc.md from the registry: one section per method, with the fields of its parameters and its result. */

import { ANSWER_BYTES_MAX } from './answer-chunks.ts';
import { RPC_CODES } from './errors.ts';
import { NAMES_MAX, VALUES_MAX } from './json.ts';
import type { MethodSchema } from './schemas/method-schema.ts';
import { METHOD_SCHEMAS } from './schemas/registry.ts';

type Schema = { readonly [key: string]: unknown };

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const schemasIn = (value: unknown): readonly Schema[] => (Array.isArray(value) ? value.filter(isSchema) : []);
const textIn = (schema: Schema, name: string): string | undefined => {
  const value = schema[name];
  return typeof value === 'string' ? value : undefined;
};

const nullables = (schema: Schema): readonly Schema[] => schemasIn(schema.anyOf);

/** Returns a schema without its null branch, and whether it had one. */
const withoutNull = (schema: Schema): { readonly schema: Schema; readonly nullable: boolean } => {
  const options = nullables(schema);
  const rest = options.filter(({ type }) => type !== 'null');
  const [only] = rest;
  if (rest.length === options.length || only === undefined || rest.length > 1)
    return { schema, nullable: rest.length < options.length };
  const description = [textIn(only, 'description'), textIn(schema, 'description')].filter(Boolean).join(' ');
  return { schema: description === '' ? only : { ...only, description }, nullable: true };
};

const bareType = (schema: Schema): string => {
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `"${String(value)}"`).join(' \\| ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const options = nullables(schema);
  if (options.length > 0) return [...new Set(options.map(bareType))].join(' or ');
  if (Array.isArray(schema.type)) return 'decimal string or number';
  const pattern = textIn(schema, 'pattern') ?? '';
  switch (schema.type) {
    case 'string':
      if (pattern.startsWith('^0x')) return 'hex';
      if (pattern.startsWith('^(0|') && !pattern.includes('/')) return 'decimal string';
      return 'string';
    case 'integer':
      return 'number';
    case 'array':
      return isSchema(schema.items) ? `list of ${bareType(schema.items)}` : 'list';
    case 'object':
      return 'object';
    case 'boolean':
      return 'boolean';
    default:
      return 'any JSON';
  }
};

/** Returns the schema whose fields get rows of their own: that of the elements for a list, else the schema itself. */
const inner = (schema: Schema): Schema =>
  schema.type === 'array' && isSchema(schema.items) ? withoutNull(schema.items).schema : schema;

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const fieldRows = (schema: Schema, prefix: string): readonly string[] => {
  const fields = isSchema(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  return Object.entries(fields).flatMap(([name, field]) => {
    if (!isSchema(field)) return [];
    const { schema: known, nullable } = withoutNull(field);
    const type = nullable ? `${bareType(known)} or null` : bareType(known);
    const optional = required.has(name) ? '' : ', optional';
    const path = `${prefix}${name}`;
    const below = inner(known);
    const deeper = known.type === 'array' ? `${path}[].` : `${path}.`;
    return [
      row([`\`${path}\``, `${type}${optional}`, textIn(known, 'description') ?? '']),
      ...fieldRows(below, deeper),
      ...nullables(below).flatMap((option) => optionRows(option, deeper)),
    ];
  });
};

/** Returns the rows of one branch of a union: its fields, if it is an object. */
const optionRows = (option: Schema, prefix: string): readonly string[] =>
  option.type === 'object' ? fieldRows(option, prefix) : [];

const table = (schema: Schema): readonly string[] => {
  const rows = [
    ...fieldRows(inner(schema), schema.type === 'array' ? '[].' : ''),
    ...nullables(schema).flatMap((option) => optionRows(option, '')),
  ];
  return rows.length === 0 ? [] : ['', row(['field', 'type', '']), row(['---', '---', '---']), ...rows];
};

const section = (name: string, method: MethodSchema): readonly string[] => {
  const params: Schema = { ...method.params };
  const result: Schema = { ...method.result };
  const parameters = table(params);
  const of = textIn(result, 'description');
  return [
    `### ${name}`,
    '',
    method.summary,
    '',
    parameters.length === 0 ? 'No parameters.' : 'Parameters, in the order they have by position:',
    ...parameters,
    '',
    `Result: ${bareType(result)}${of === undefined ? '.' : `. ${of}`}`,
    ...table(result),
    ...(method.errors.length === 0
      ? []
      : [
          '',
          `Refusals: ${method.errors.map((code) => `\`${code}\``).join(', ')}${method.judges ? ', and others of the rules that judge what is sent' : ''}.`,
        ]),
    '',
  ];
};

const HEAD = `# The RPC

JSON-RPC 2.0 over HTTP POST, on the address that \`rpc\` in a node's config names: loopback unless told otherwise. This page is
generated from the method schemas that also validate every call (\`node tools/build-rpc-docs.ts\`).

\`\`\`sh
curl -s -H 'content-type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"node_status"}' http://127.0.0.1:PORT
\`\`\`

- **Parameters** come by name or by position; by position in the order listed. Unknown ones are refused.
- **Forms.** By type, never by value: bytes are 0x-hex, lower case in results; integers of 64 bits and more are decimal strings in results and
  strings or safe numbers in parameters; integers of 32 bits and fewer are numbers. Amounts are base units, 10^-18 OPEN. An address in mixed
  case must carry a right EIP-55 checksum.
- **Batches** hold as many calls as \`rpc.max_batch\` of the config allows, a body as many bytes as \`rpc.max_body_bytes\`, ${VALUES_MAX.toLocaleString('en')} values and
  ${NAMES_MAX.toLocaleString('en')} different names of fields. The answers to one request have ${ANSWER_BYTES_MAX >> 20} MiB at most; they are sent as they come, in the order of the calls. Calls without an \`id\` are
  notifications: they run and are not answered.
- **HTTP.** What reaches the dispatcher is answered with 200, refusals included, notifications alone with 204. 413 is a body past the limit, 408 a request that did not come whole in time, 415 a
  content type other than \`application/json\`, 405 and 404 another method or path, 403 a host or an origin that may not call, 429 a client past \`rpc.max_requests_per_second\` of the config, if that is set,
  503 a node that has no room: each with a JSON-RPC error as its body.
  A page may call a node if its origin is listed in \`rpc.cors_origins\` of the config, which is empty by default. A request of another page is refused before its call runs. So is a request
  that calls the node by a name other than its IP addresses, \`localhost\` and the names in \`rpc.hosts\`.
- **\`GET /health\`** is 200 with \`{"status":"ok","height","peers","syncing"}\` when nothing is wrong with the node. Else it is 503 with
  \`{"status":"unavailable","reason","since","message","data","problems",…}\`: \`problems\` lists what is wrong, the most important first, which also stands beside it. A problem is
  what \`node_status\` has in \`waiting\`, or has the reason \`precommits\`: this validator votes, and the last \`data.commits\` commits hold none of its votes.

## Errors

\`error.code\` is the class of the error. \`error.data.code\` is the stable code to act on; [errors.md](errors.md) lists all codes with what
they mean and what to do. The other fields of \`data\` are the values in question.

| error.code | class |
| --- | --- |
`;

const CLASSES: Readonly<Record<keyof typeof RPC_CODES, string>> = {
  PARSE_ERROR:
    'the body is not JSON (`PARSE_ERROR`), nests too deep, or has an object with one name twice (`data.name`)',
  INVALID_REQUEST:
    'it is no call (`REQUEST_INVALID`), `BATCH_TOO_LONG`, `BODY_TOO_LARGE`, `VALUES_TOO_MANY`, `ORIGIN_NOT_ALLOWED`',
  METHOD_NOT_FOUND: 'there is no such method (`METHOD_NOT_FOUND`); `data.similar` lists those that are alike',
  INVALID_PARAMS: 'a parameter is wrong (`PARAMS_INVALID`); `data.path` names it',
  INTERNAL_ERROR: 'a bug of the node: its log says more',
  REFUSED: 'understood and refused: `data.code` says why, for example `SIGNATURE_SIGNER`',
  NOT_FOUND: 'what was asked for does not exist here: `BLOCK_NOT_FOUND`, `MODEL_NOT_FOUND`, …',
  LIMIT: 'a limit of this node: `RATE_LIMITED`, `SERVER_BUSY`, `ANSWER_TOO_LONG`',
};

const errorRows = (): readonly string[] =>
  Object.entries(CLASSES).map(([name, text]) => {
    const code = Object.entries(RPC_CODES).find(([key]) => key === name)?.[1];
    return row([String(code), text]);
  });

export const rpcDocument = (): string =>
  [
    HEAD + errorRows().join('\n'),
    '',
    '## Methods',
    '',
    ...Object.entries(METHOD_SCHEMAS).flatMap(([name, method]) => section(name, method)),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
