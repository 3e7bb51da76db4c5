/** Makes the collections of texts of people that this machine has. */
import { MACHINE_SOURCES } from './machine.ts';
import { heldOut, type Sizes, type TextCollection } from './text.ts';
import { VENDORED_SOURCES } from './vendored.ts';

/** The names of the collections that the project ships. */
export const SHIPPED_NAMES: readonly string[] = VENDORED_SOURCES.map(({ name }) => name);

/** The names of all collections, of which a machine may have too little of some. */
export const COLLECTION_NAMES: readonly string[] = [
  ...SHIPPED_NAMES,
  ...MACHINE_SOURCES.map(({ name }) => name),
];

/** Fewer held-out authors say nothing about people. */
const HELD_OUT_AUTHORS_MIN = 3;

export type Collected = {
  readonly collections: readonly TextCollection[];
  readonly skipped: readonly string[];
};

/**
 * Makes all collections. One that the machine has too little of is skipped.
 * @param named - only collections with these names; all if there are none
 * @param roots - folders in which packages of Debian are unpacked, `/` first; none leaves out all that is not
 * shipped
 */
export const collectTexts = (
  sizes: Sizes,
  roots: readonly string[],
  named: readonly string[] = [],
): Collected => {
  const isNamed = ({ name }: { readonly name: string }): boolean =>
    named.length === 0 || named.includes(name);
  const shipped = VENDORED_SOURCES.filter(isNamed).map(({ name, collect }) => ({ name, ...collect(sizes) }));
  const collected = (roots.length === 0 ? [] : MACHINE_SOURCES)
    .filter(isNamed)
    .map(({ name, description, collect }) => ({
      name,
      description,
      ...heldOut(collect(roots), sizes),
    }));
  const enough = collected.filter(
    ({ people }) => new Set(people.map(({ author }) => author)).size >= HELD_OUT_AUTHORS_MIN,
  );
  return {
    collections: [...shipped, ...enough],
    skipped: collected.filter((each) => !enough.includes(each)).map(({ name }) => name),
  };
};
