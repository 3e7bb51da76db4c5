/**
 * Errors of this project have a stable code and typed fields, so that a caller, a peer or a wallet can act on them
 * without parsing a message. Expected bad input is returned as a {@link Result}. Only a broken invariant is thrown, as a
 * {@link CodedError}.
 *
 * Each area of the code declares its codes in one table (`errors.ts` of its folder), and there it narrows the functions
 * below to them: code of the area cannot raise a code that no table declares. docs/errors.md shows all tables.
 */

export type FaultValue = string | number | boolean | readonly string[];
export type FaultData = Readonly<Record<string, FaultValue>>;

/** Whether a value from outside may stand in the fields of a fault. */
export const isFaultValue = (value: unknown): value is FaultValue =>
  ['string', 'number', 'boolean'].includes(typeof value) ||
  (Array.isArray(value) && value.every((each) => typeof each === 'string'));

/** What went wrong. `code` is stable (`AREA_REASON`), `message` is for people, `data` are the fields of the fault. */
export type Fault<C extends string = string> = {
  readonly code: C;
  readonly message: string;
  readonly data?: FaultData;
};

export type Failure<C extends string = string> = { readonly ok: false; readonly fault: Fault<C> };

/** A value, or the fault that stands in its place. */
export type Result<T, C extends string = string> = { readonly ok: true; readonly value: T } | Failure<C>;

/** What the page of errors says about a code. */
export type ErrorEntry = {
  /** What happened. One sentence. */
  readonly means: string;
  /** What the reader should do about it. */
  readonly action: string;
};

/** The codes that one area of the code may raise, by name. */
export type ErrorTable = Readonly<Record<string, ErrorEntry>>;

/**
 * The codes that the results of a block may hold. Each has the number that the results root hashes, 1 to 65535.
 * `test/vectors/errors/execution.json` pins the numbers.
 */
export type NumberedErrorTable = Readonly<Record<string, ErrorEntry & { readonly number: number }>>;

/** {@link fault}, for the codes of one area. */
export type FaultOf<Codes extends string> = <C extends Codes>(
  code: C,
  message: string,
  data?: FaultData,
) => Fault<C>;

/** {@link fail}, for the codes of one area. */
export type FailOf<Codes extends string> = <C extends Codes>(
  code: C,
  message: string,
  data?: FaultData,
) => Failure<C>;

/** {@link throwFault}, for the codes of one area. */
export type ThrowFaultOf<Codes extends string> = (code: Codes, message: string, data?: FaultData) => never;

/** {@link toFaultOr}, for the codes of one area. */
export type ToFaultOrOf<Codes extends string> = (error: unknown, code: Codes) => Fault;

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

export const fault = <C extends string>(code: C, message: string, data?: FaultData): Fault<C> =>
  data === undefined ? { code, message } : { code, message, data };

export const fail = <C extends string>(code: C, message: string, data?: FaultData): Failure<C> => ({
  ok: false,
  fault: fault(code, message, data),
});

export const failWith = <C extends string>(f: Fault<C>): Failure<C> => ({ ok: false, fault: f });

/** Whether the code of a fault is one of a table. */
export const isFaultOf = <T extends ErrorTable>(table: T, f: Fault): f is Fault<keyof T & string> =>
  Object.hasOwn(table, f.code);

/**
 * Carries a fault up the stack. It is thrown where no caller can go on. The code may be any: a client also carries the
 * faults of a node, and that may be of a later version.
 */
export class CodedError extends Error {
  readonly fault: Fault;

  constructor(f: Fault, options?: ErrorOptions) {
    super(f.message, options);
    this.name = f.code;
    this.fault = f;
  }

  get code(): string {
    return this.fault.code;
  }
}

export const throwFault = (code: string, message: string, data?: FaultData): never => {
  throw new CodedError(fault(code, message, data));
};

/** Returns the value, or throws the fault: for callers to whom a fault would be a bug. */
export const unwrap = <T>(result: Result<T>): T => {
  if (!result.ok) throw new CodedError(result.fault);
  return result.value;
};

const internal = (code: 'INTERNAL_UNREACHABLE' | 'INTERNAL_INVARIANT', message: string): never =>
  throwFault(code, message);

/** Marks the branch of an exhaustive switch that no value can reach. */
export const unreachable = (value: never): never =>
  internal('INTERNAL_UNREACHABLE', `unreachable case: ${String(value)}`);

/** States what the code around it relies on. A violation is a bug here, never bad input. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) internal('INTERNAL_INVARIANT', message);
}

/**
 * Returns the fault of anything that was thrown: for the edges, which report errors of libraries and of the system.
 *
 * @param code - for an error that carries no fault
 */
export const toFaultOr = (error: unknown, code: string): Fault => {
  if (error instanceof CodedError) return error.fault;
  return fault(code, error instanceof Error ? error.message : String(error));
};

/** {@link toFaultOr} with `INTERNAL`. */
export const toFault = (error: unknown): Fault => toFaultOr(error, 'INTERNAL');
