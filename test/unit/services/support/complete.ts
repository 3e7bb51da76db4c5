/** Completes what a test says of an answer to all that the schema of the answer asks for. */

type Schema = {
  readonly type?: unknown;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
};
type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns the least string of a pattern of the RPC: zero bytes, or the number 0. */
const leastText = (pattern = ''): string => {
  if (pattern.includes('0x') && pattern.includes('/')) return `0x${'0'.repeat(64)}/0`;
  if (pattern.includes('0x')) return `0x${'0'.repeat(Number(/\{(\d+)\}/.exec(pattern)?.[1] ?? 0))}`;
  return pattern === '' ? '' : '0';
};

/** Returns the alternative that the value is of: the one whose constant fields it has. */
const alternativeOf = (alternatives: readonly Schema[], value: unknown): Schema | undefined =>
  alternatives.find(({ type, properties = {} }) =>
    isFields(value)
      ? type === 'object' &&
        Object.entries(properties).every(
          ([name, each]) => each.const === undefined || each.const === value[name],
        )
      : type !== 'null' && type !== 'object',
  );

const completeFields = (properties: Readonly<Record<string, Schema>>, value: unknown): Fields => ({
  ...(isFields(value) ? value : {}),
  ...Object.fromEntries(
    Object.entries(properties).map(([name, each]) => [
      name,
      complete(each, isFields(value) ? value[name] : undefined),
    ]),
  ),
});

const completeList = ({ items = {}, minItems = 0 }: Schema, value: unknown): readonly unknown[] => {
  const given: readonly unknown[] = Array.isArray(value)
    ? value
    : Array.from({ length: minItems }, () => undefined);
  return given.map((each) => complete(items, each));
};

/** Returns the value with the least value for each field that it lacks: null where null is allowed. */
export const complete = (schema: Schema, value: unknown): unknown => {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) {
    const isNullable = alternatives.some(({ type }) => type === 'null');
    if (value === null || (value === undefined && isNullable)) return null;
    const chosen = alternativeOf(alternatives, value) ?? (value === undefined ? alternatives[0] : undefined);
    return chosen === undefined ? value : complete(chosen, value);
  }
  if (schema.type === 'object') return completeFields(schema.properties ?? {}, value);
  if (schema.type === 'array') return completeList(schema, value);
  if (value !== undefined) return value;
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  switch (schema.type) {
    case 'integer':
      return 0;
    case 'boolean':
      return false;
    case 'string':
      return leastText(schema.pattern);
    default:
      return {};
  }
};
