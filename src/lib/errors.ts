/**
 * Errors of this project carry a stable code and typed fields, so that a caller, a peer or a wallet can act on them
 * without reading prose. Expected bad input is a returned {@link Result}; only a broken invariant is thrown, as a
 * {@link CodedError}.
 */

export type FaultValue = string | number | boolean | readonly string[];

/** What went wrong: `code` is stable (`AREA_REASON`), `message` is for people, `data` are its fields. */
export type Fault = {
  readonly code: string;
  readonly message: string;
  readonly data?: Readonly<Record<string, FaultValue>>;
};

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: Fault };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export const fault = (code: string, message: string, data?: Readonly<Record<string, FaultValue>>): Fault =>
  data === undefined ? { code, message } : { code, message, data };

export const fail = (
  code: string,
  message: string,
  data?: Readonly<Record<string, FaultValue>>,
): { readonly ok: false; readonly fault: Fault } => ({ ok: false, fault: fault(code, message, data) });

export const failWith = (f: Fault): { readonly ok: false; readonly fault: Fault } => ({
  ok: false,
  fault: f,
});

/** A fault on its way up the stack: thrown where no caller can go on. */
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

/** The value, or the fault thrown: for callers to whom a fault would be a bug. */
export const unwrap = <T>(result: Result<T>): T => {
  if (!result.ok) throw new CodedError(result.fault);
  return result.value;
};

/** Marks the arm of an exhaustive switch that no value can reach. */
export const unreachable = (value: never): never =>
  throwFault('INTERNAL_UNREACHABLE', `unreachable case: ${String(value)}`);

/** States what the code around it relies on; a violation is a bug here, never bad input. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throwFault('INTERNAL_INVARIANT', message);
}

/** The fault behind anything thrown, for the edges that report errors of libraries and of the system. */
export const toFault = (error: unknown, code = 'INTERNAL'): Fault => {
  if (error instanceof CodedError) return error.fault;
  return fault(code, error instanceof Error ? error.message : String(error));
};
