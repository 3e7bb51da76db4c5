/** What is wrong with a payload in the stateless check of its kind, all at once. */
import type { FaultData } from '../../src/lib/errors.ts';
import { listProblems, PROBLEMS_MAX } from '../../src/lib/problems.ts';
import { type Fault, fault, type TransactionCode } from './errors.ts';

/** A fault of one field of a payload: `must` says what the field must be. */
export const problem = (code: TransactionCode, field: string, must: string, data: FaultData = {}): Fault =>
  fault(code, `${field}: ${must}`, { ...data, field });

/**
 * Returns one fault for all of them, or undefined if there is none. It has the code and the data of the first one, and
 * the messages of all in `problems`. A check gives false for what holds.
 */
export const allOf = (...found: readonly (Fault | false | undefined)[]): Fault | undefined => {
  const faults = found.filter((each) => each !== false && each !== undefined).slice(0, PROBLEMS_MAX);
  const [first] = faults;
  if (first === undefined) return undefined;
  const problems = faults.map(({ message }) => message);
  return { ...first, message: listProblems(problems), data: { ...first.data, problems } };
};
