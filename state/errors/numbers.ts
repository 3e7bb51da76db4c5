/**
 * The number of each code that the results of a block may hold. The results root hashes the number: the name of a code
 * can be read anywhere, and the number is what validators agree on. A number is never given to another code.
 */
import { invariant } from '../../src/lib/errors.ts';
import { ATTRIBUTION_ERRORS } from '../attribution/errors.ts';
import { DISPUTE_ERRORS } from './disputes.ts';
import { EXECUTION_ERRORS, type ExecutionCode } from './execution.ts';

const NUMBERED = { ...EXECUTION_ERRORS, ...DISPUTE_ERRORS, ...ATTRIBUTION_ERRORS };

const isCode = (name: string): name is ExecutionCode => Object.hasOwn(NUMBERED, name);

/** Every code, with its number. */
export const CODE_NUMBERS: ReadonlyMap<ExecutionCode, number> = new Map(
  Object.entries(NUMBERED).flatMap(([name, { number }]) => (isCode(name) ? [[name, number]] : [])),
);

const CODES: ReadonlyMap<number, ExecutionCode> = new Map([...CODE_NUMBERS].map(([code, n]) => [n, code]));

/** Returns the number of a code, 1 to 65535. */
export const numberOfCode = (code: ExecutionCode): number => NUMBERED[code].number;

/** Returns the code that has this number. The caller has it from results that a node stored. */
export const codeOfNumber = (number: number): ExecutionCode => {
  const code = CODES.get(number);
  invariant(code !== undefined, `no code has the number ${number}`);
  return code;
};
