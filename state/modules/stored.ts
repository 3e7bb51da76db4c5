/** Values of the state by their SSZ types. What is stored was encoded here, so bytes that do not decode are a bug. */
import { invariant, unwrap } from '../../src/lib/errors.ts';
import type { Ssz } from '../../src/lib/ssz.ts';
import type { Key, ReadView, View } from '../view.ts';

export const load = <T>(view: ReadView, key: Key, type: Ssz<T>): T | undefined => {
  const bytes = view.get(key);
  return bytes === undefined ? undefined : unwrap(type.decode(bytes));
};

/** For a value that the rules say is there. */
export const loadKnown = <T>(view: ReadView, key: Key, type: Ssz<T>): T => {
  const value = load(view, key, type);
  invariant(value !== undefined, `${key} is stored`);
  return value;
};

export const save = <T>(view: View, key: Key, type: Ssz<T>, value: T): void => {
  view.set(key, type.encode(value));
};
