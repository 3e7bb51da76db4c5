/** The codes of SSZ types. */
import { CodedError, type ErrorTable, type Fault, fault } from '../errors.ts';

export const SSZ_ERRORS = {
  SSZ_RANGE: {
    means: 'A value is outside of what its type can hold.',
    action: 'Correct the field at the path that the message names.',
  },
  SSZ_DECODE: {
    means: 'Bytes are not the canonical encoding of a value.',
    action: 'Encode the value with the client of this version.',
  },
  JSON_INVALID: {
    means: 'JSON has a missing, unknown or invalid field.',
    action: 'Correct the field that the message names.',
  },
} as const satisfies ErrorTable;

export type SszCode = keyof typeof SSZ_ERRORS;

/** Thrown inside a type, to end a conversion from any depth. `encode` and `root` let it through. */
export class SszError extends CodedError {
  /** The fault, with the code typed. */
  readonly refused: Fault<SszCode>;

  constructor(refused: Fault<SszCode>) {
    super(refused);
    this.refused = refused;
  }
}

const faultAt = (code: SszCode, path: string, message: string): Fault<SszCode> =>
  fault(code, `${path || 'value'}: ${message}`, { path });

/** Returns the fault of a value that its type cannot hold. */
export const range = (path: string, message: string): Fault<SszCode> => faultAt('SSZ_RANGE', path, message);

/** Refuses bytes that are the encoding of no value. */
export const badBytes = (path: string, message: string): never => {
  throw new SszError(faultAt('SSZ_DECODE', path, message));
};

/** Refuses JSON that stands for no value. */
export const badJson = (path: string, message: string): never => {
  throw new SszError(faultAt('JSON_INVALID', path, message));
};
