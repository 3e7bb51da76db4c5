import { ok } from './errors.ts';
import { fail, type Result } from './lib-errors.ts';
import { mapped, type Ssz, uint8 } from './ssz.ts';

/**
 * One of `names`. It is encoded as one byte, the index of the name, so new names go to the end. JSON: the name.
 */
export const choice = <const Names extends readonly string[]>(names: Names): Ssz<Names[number]> => {
  type Name = Names[number];
  const known = (name: Name | undefined): Result<Name> =>
    name === undefined ? fail('SSZ_RANGE', `expected one of ${names.join(', ')}`) : ok(name);
  return mapped<number, Name>(
    uint8,
    { to: (index) => known(names[index]), from: (name) => names.indexOf(name) },
    {
      schema: { type: 'string', enum: names },
      toJson: (name) => name,
      fromJson: (json) => known(names.find((name) => name === json)),
    },
  );
};
