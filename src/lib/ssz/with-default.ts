/** Fields that JSON may leave out. */
import { make, type Ssz } from './type.ts';

/**
 * The same type, as a field that the JSON of a struct may leave out: it then has this value. In the encoding it is always
 * there, and so it is in the JSON that is written.
 */
export const withDefault = <T>(type: Ssz<T>, value: T): Ssz<T> =>
  make<T>({ ...type.core, plain: false, absent: { value } }, { ...type.schema, default: type.toJson(value) });
