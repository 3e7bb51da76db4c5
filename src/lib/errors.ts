/**
 * Errors of this project have a stable code and typed fields, so that a caller, a peer or a wallet can act on them
 * without parsing a message. Expected bad input is returned as a {@link Result}. Only a broken invariant is thrown, as a
 * {@link CodedError}.
 */

export type FaultValue = string | number | boolean | readonly string[];

/** What went wrong. `code` is stable (`AREA_REASON`), `message` is for people, `data` are the fields of the fault. */
export type Fault<Code extends string = string> = {
  readonly code: Code;
  readonly message: string;
  readonly data?: Readonly<Record<string, FaultValue>>;
};

export type Failure<Code extends string = string> = { readonly ok: false; readonly fault: Fault<Code> };

/** A value, or the fault that stands in its place. A function of one area names its codes: `Result<Header, SszCode>`. */
export type Result<T, Code extends string = string> =
  | { readonly ok: true; readonly value: T }
  | Failure<Code>;

/**
 * The error codes of an area, by name. `number` is what is hashed, so it is never changed or used again. The rest is for
 * the page that lists all codes. `keyof typeof SSZ_CODES` is the closed union of an area's codes.
 */
export type CodeTable = Readonly<
  Record<string, { readonly number: number; readonly meaning: string; readonly action: string }>
>;

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

export const fault = <const Code extends string>(
  code: Code,
  message: string,
  data?: Readonly<Record<string, FaultValue>>,
): Fault<Code> => (data === undefined ? { code, message } : { code, message, data });

export const failWith = <const Code extends string>(f: Fault<Code>): Failure<Code> => ({
  ok: false,
  fault: f,
});

export const fail = <const Code extends string>(
  code: Code,
  message: string,
  data?: Readonly<Record<string, FaultValue>>,
): Failure<Code> => failWith(fault(code, message, data));

/** Carries a fault up the stack. It is thrown where no caller can go on. */
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

export const throwFault = (
  code: string,
  message: string,
  data?: Readonly<Record<string, FaultValue>>,
): never => {
  throw new CodedError(fault(code, message, data));
};

/** Returns the value, or throws the fault: for callers to whom a fault would be a bug. */
export const unwrap = <T>(result: Result<T>): T => {
  if (!result.ok) throw new CodedError(result.fault);
  return result.value;
};

/** Marks the branch of an exhaustive switch that no value can reach. */
export const unreachable = (value: never): never =>
  throwFault('INTERNAL_UNREACHABLE', `unreachable case: ${String(value)}`);

/** States what the code around it relies on. A violation is a bug here, never bad input. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throwFault('INTERNAL_INVARIANT', message);
}

/** Returns the fault of anything that was thrown: for the edges, which report errors of libraries and of the system. */
export const toFault = (error: unknown, code = 'INTERNAL'): Fault => {
  if (error instanceof CodedError) return error.fault;
  return fault(code, error instanceof Error ? error.message : String(error));
};
