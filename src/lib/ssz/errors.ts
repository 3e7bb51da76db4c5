/** The errors of SSZ types. */
import { CodedError, type CodeTable, type Fault, fault } from '../errors.ts';

export const SSZ_CODES = {
  SSZ_RANGE: {
    number: 1,
    meaning: 'A value is outside of what its type can hold.',
    action: 'Report it: values are checked before they are encoded.',
  },
  SSZ_DECODE: {
    number: 2,
    meaning: 'Bytes are not the canonical encoding of a value.',
    action: 'Encode the value with the types of the same version.',
  },
  JSON_INVALID: {
    number: 3,
    meaning: 'JSON has a missing, unknown or invalid field.',
    action: 'Correct the field that the message names.',
  },
} as const satisfies CodeTable;

export type SszCode = keyof typeof SSZ_CODES;

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
