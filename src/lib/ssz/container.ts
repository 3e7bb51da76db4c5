/** Structs. Their SSZ type is the one source of their TypeScript type. */
import { container as containerCodec } from '#platform/ssz';
import { badJson, Problems, range } from './errors.ts';
import { at, make, type Ssz } from './type.ts';

/** The names and types of {@link TypesOf}, in the order written. */
export const typesByName = (types: object): readonly (readonly [string, Ssz<unknown>])[] =>
  Object.entries(types as { readonly [name: string]: Ssz<unknown> });

/** A type for each name: the fields of a struct, or the variants of a union. */
export type TypesOf<T> = { readonly [K in keyof T]: Ssz<T[K]> };

/**
 * The value of a struct. A mapped type over the object literal, so that each field keeps the doc comment that stands
 * in the literal, and an editor shows the fields instead of the SSZ types.
 */
export type Struct<T> = { readonly [K in keyof T]: T[K] };

/**
 * A struct with these fields, in the order written. The order is part of the encoding.
 *
 * ```ts
 * export const TransferType = container({
 *   to: address20,
 *   // Base units, as a doc comment: editors show it at `transfer.amount`.
 *   amount: uint128,
 * });
 * export type Transfer = ValueOf<typeof TransferType>;
 * ```
 */
export const container = <T extends object>(fields: TypesOf<T>): Ssz<Struct<T>> => {
  const entries = typesByName(fields);
  const inner = containerCodec(entries.map(([name, type]) => [name, type.core.inner] as const));
  const read = (value: unknown, name: string): unknown => (value as Record<string, unknown>)[name];
  return make<Struct<T>>(
    {
      inner,
      plain: entries.every(([, type]) => type.core.plain),
      check: (value, path) => {
        if (typeof value !== 'object' || value === null) return range(path, 'expected an object');
        for (const [name, type] of entries) {
          const bad = type.core.check(read(value, name), '');
          if (bad !== undefined) return type.core.check(read(value, name), at(path, name));
        }
        return undefined;
      },
      lower: (value) =>
        Object.fromEntries(entries.map(([name, type]) => [name, type.core.lower(read(value, name))])),
      raise: (value, path) =>
        Object.fromEntries(
          entries.map(([name, type]) => [name, type.core.raise(read(value, name), at(path, name))]),
        ) as Struct<T>,
      json: (value) =>
        Object.fromEntries(entries.map(([name, type]) => [name, type.core.json(read(value, name))])),
      parse: (json, path, unknown) => {
        if (typeof json !== 'object' || json === null || Array.isArray(json))
          return badJson(path, 'expected an object');
        const problems = new Problems();
        if (unknown === 'refused')
          for (const key of Object.keys(json)) {
            if (Object.hasOwn(fields, key)) continue;
            problems.attempt(() =>
              badJson(
                at(path, key.slice(0, 80)),
                `unknown field; the fields are ${Object.keys(fields).join(', ')}`,
              ),
            );
          }
        const parsed = entries.map(([name, { core }]) => [
          name,
          problems.attempt(() => {
            if (Object.hasOwn(json, name)) return core.parse(read(json, name), at(path, name), unknown);
            return core.absent === undefined ? badJson(at(path, name), 'missing field') : core.absent.value;
          }),
        ]);
        problems.end();
        return Object.fromEntries(parsed) as Struct<T>;
      },
    },
    {
      type: 'object',
      properties: Object.fromEntries(entries.map(([name, type]) => [name, type.schema])),
      required: entries.flatMap(([name, { core }]) => (core.absent === undefined ? [name] : [])),
      additionalProperties: false,
    },
  );
};
