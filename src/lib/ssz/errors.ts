/** The codes of SSZ types. */
import { CodedError, type ErrorTable, type Fault, fault } from '../errors.ts';
import { listProblems, PROBLEMS_MAX } from '../problems.ts';

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

const lineOf = (path: string, message: string): string => `${path || 'value'}: ${message}`;

const faultAt = (code: SszCode, path: string, message: string): Fault<SszCode> =>
  fault(code, lineOf(path, message), { path });

/** Returns the fault of a value that its type cannot hold. */
export const range = (path: string, message: string): Fault<SszCode> => faultAt('SSZ_RANGE', path, message);

/** Refuses bytes that are the encoding of no value. */
export const badBytes = (path: string, message: string): never => {
  throw new SszError(faultAt('SSZ_DECODE', path, message));
};

type Problem = { readonly path: string; readonly message: string };

/** Thrown for JSON that stands for no value, with all that is wrong with it. */
class JsonError extends SszError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(faultOfProblems(problems));
    this.problems = problems;
  }
}

const faultOfProblems = (problems: readonly Problem[]): Fault<SszCode> => {
  const lines = problems.map(({ path, message }) => lineOf(path, message));
  return fault('JSON_INVALID', listProblems(lines), { path: problems[0]?.path ?? '', problems: lines });
};

/** Refuses JSON that stands for no value. */
export const badJson = (path: string, message: string): never => {
  throw new JsonError([{ path, message }]);
};

/** Goes on after a part of JSON that stands for no value, so that all that is wrong is said at once. */
export class Problems {
  readonly #found: Problem[] = [];

  /** Returns what `parse` returns. If it refuses, keeps why, and returns undefined. */
  attempt<T>(parse: () => T): T | undefined {
    if (this.#found.length >= PROBLEMS_MAX) return undefined;
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      this.#found.push(...error.problems.slice(0, PROBLEMS_MAX - this.#found.length));
      return undefined;
    }
  }

  /** @throws SszError `JSON_INVALID` if a part was refused */
  end(): void {
    if (this.#found.length > 0) throw new JsonError(this.#found);
  }
}
