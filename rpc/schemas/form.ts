/**
 * How the values of results stand in JSON. The schema of a result types the value that programs work with, and describes
 * its JSON. The form between them follows from the schema alone: the server writes results with it, and the client reads
 * them with it. Leaves carry their form (`fields.ts`), and {@link formOf} puts them together.
 */
import { badJson } from '../../src/lib/ssz/errors.ts';
import { at } from '../../src/lib/ssz/type.ts';
import type { Json } from '../../src/lib/ssz.ts';

/** The form in JSON of values of type T. */
export type Form<T> = {
  /**
   * Reads JSON that a node sent. Fields that the schema does not name are ignored, because a later node may send more.
   * @throws CodedError `JSON_INVALID` with the path of the field, and what it must be
   */
  read(json: unknown, path: string): T;
  write(value: T): Json;
};

/** The key under which the schema of a leaf carries its form. It is not part of the JSON Schema. */
const FORM = Symbol('form');

/** Gives a schema its form. */
export const withForm = <S extends object, T>(schema: S, form: Form<T>): S =>
  Object.assign(schema, { [FORM]: form });

/** Whether a schema carries a form of its own: it is written and read as a whole. */
export const hasForm = (schema: object): boolean => FORM in schema;

const forms = new WeakMap<object, Form<unknown>>();

/** Returns the form of a schema of results. It is made once for each schema. */
export const formOf = (schema: object): Form<unknown> => {
  const known = forms.get(schema);
  if (known !== undefined) return known;
  const made = makeForm(schema);
  forms.set(schema, made);
  return made;
};

/** What of a JSON Schema decides about the form. */
type Schema = {
  readonly [FORM]?: Form<unknown>;
  readonly type?: unknown;
  readonly const?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly anyOf?: readonly object[];
  readonly items?: object;
  readonly properties?: Readonly<Record<string, Schema>>;
};

const makeForm = (schema: Schema): Form<unknown> => {
  if (schema[FORM] !== undefined) return schema[FORM];
  if (schema.anyOf !== undefined) return unionForm(schema.anyOf);
  if (schema.const !== undefined) return leaf((json) => json === schema.const, JSON.stringify(schema.const));
  switch (schema.type) {
    case 'object':
      return objectForm(schema.properties ?? {});
    case 'array':
      return listForm(formOf(schema.items ?? {}));
    case 'integer': {
      const [least, most] = [Number(schema.minimum), Number(schema.maximum)];
      return leaf(
        (json) => Number.isInteger(json) && Number(json) >= least && Number(json) <= most,
        `an integer of ${least} to ${most}`,
      );
    }
    case 'string':
      return leaf((json) => typeof json === 'string', 'text');
    case 'boolean':
      return leaf((json) => typeof json === 'boolean', 'true or false');
    default:
      return leaf((json) => json !== undefined, 'JSON');
  }
};

/** Refuses JSON that does not fit. A field that is left out is said to be missing. */
export const misfit = (json: unknown, path: string, expected: string): never =>
  badJson(path, json === undefined ? `missing; expected ${expected}` : `expected ${expected}`);

/** The form of what is the same in JSON. */
const leaf = (fits: (json: unknown) => boolean, expected: string): Form<unknown> => ({
  read: (json, path) => (fits(json) ? json : misfit(json, path, expected)),
  write: (value) => value as Json,
});

type Fields = Readonly<Record<string, unknown>>;

/** Whether it is an object with fields: neither a list nor bytes. */
export const hasFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

const objectForm = (properties: Readonly<Record<string, Schema>>): Form<unknown> => {
  const entries = Object.entries(properties).map(([name, schema]) => [name, formOf(schema)] as const);
  return {
    read: (json, path) => {
      if (!hasFields(json)) return misfit(json, path, 'an object');
      const value: Record<string, unknown> = {};
      for (const [name, form] of entries) value[name] = form.read(json[name], at(path, name));
      return value;
    },
    write: (value) => {
      const json: Record<string, Json> = {};
      for (const [name, form] of entries) json[name] = form.write((value as Fields)[name]);
      return json;
    },
  };
};

const listForm = (element: Form<unknown>): Form<unknown> => ({
  read: (json, path) =>
    Array.isArray(json)
      ? json.map((each, i) => element.read(each, at(path, i)))
      : misfit(json, path, 'a list'),
  write: (value) => (value as readonly unknown[]).map((each) => element.write(each)),
});

/** The fields that tell the branches of a union apart. */
const TAGS = ['type', 'reason'] as const;

/**
 * A union is one of a value or null; of objects, told apart by their field `type` or `reason`; or of an object and a value
 * that is none. So the branch of a value can be told without trying each.
 */
const makeUnion = (branches: readonly Schema[]) => {
  const isNullable = branches.some(({ type }) => type === 'null');
  const rest = branches.filter(({ type }) => type !== 'null');
  const tag = TAGS.find((name) => rest.some((branch) => branch.properties?.[name]?.const !== undefined));
  const tagged = new Map<unknown, Schema>(
    tag === undefined ? [] : rest.map((branch) => [branch.properties?.[tag]?.const, branch] as const),
  );
  const pick = (isObject: boolean): Schema =>
    rest.find(({ type }) => (type === 'object') === isObject) ?? rest[0] ?? {};
  const ofObject = pick(true);
  const ofOther = pick(false);
  const branchOfValue = (value: unknown): Schema | undefined => {
    if (!hasFields(value)) return ofOther;
    return tag === undefined ? ofObject : tagged.get(value[tag]);
  };
  return { isNullable, tag, tagged, branchOfValue };
};

const unions = new WeakMap<readonly object[], ReturnType<typeof makeUnion>>();

const unionOf = (branches: readonly object[]): ReturnType<typeof makeUnion> => {
  const known = unions.get(branches);
  if (known !== undefined) return known;
  const made = makeUnion(branches);
  unions.set(branches, made);
  return made;
};

/** Returns the branch of a union that a value is of; undefined for null, and for what is of none. */
export const branchOf = (branches: readonly object[], value: unknown): object | undefined =>
  value === undefined || value === null ? undefined : unionOf(branches).branchOfValue(value);

const unionForm = (branches: readonly Schema[]): Form<unknown> => {
  const { isNullable, tag, tagged, branchOfValue } = unionOf(branches);
  return {
    read: (json, path) => {
      if (isNullable && json === null) return null;
      const branch = branchOfValue(json);
      return branch === undefined
        ? misfit(
            (json as Fields)[tag ?? 'type'],
            at(path, tag ?? 'type'),
            `one of ${[...tagged.keys()].join(', ')}`,
          )
        : formOf(branch).read(json, path);
    },
    write: (value) => {
      if (value === undefined || value === null) return null;
      const branch = branchOfValue(value);
      return branch === undefined ? (value as Json) : formOf(branch).write(value);
    },
  };
};
