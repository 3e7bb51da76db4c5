/**
 * The log of a service: one line per fact, for people or for machines. Both forms have the same fields, and the name of
 * an event does not change.
 */
import { toWire } from '../../client/rpc-client.ts';
import { toHex } from '../../lib/bytes.ts';
import type { Fault } from '../../lib/errors.ts';
import { printableJson, printableRow } from '../../lib/printable.ts';

/** Bytes are logged as 0x-hex, and bigints in decimal. */
export type FactValue = string | number | boolean | null | bigint | Uint8Array | readonly string[];

export type Fact = {
  /** The stable name of the event: `settled`, `challenged`. */
  readonly event: string;
  /** The event in words, without the fields. */
  readonly text: string;
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, FactValue>>;
};

export type Report = (fact: Fact) => void;

/** Logs facts: `log.info('settled', 'settled receipts', { batch })`. */
export type Log = {
  readonly info: (event: string, text: string, fields?: Fact['fields']) => void;
  readonly warn: (event: string, text: string, fields?: Fact['fields']) => void;
  /** Logs a warning with the code and the message of a fault among its fields. */
  readonly fault: (event: string, text: string, fault: Fault, fields?: Fact['fields']) => void;
};

export const logTo = (report: Report): Log => ({
  info: (event, text, fields = {}) => report({ event, text, level: 'info', fields }),
  warn: (event, text, fields = {}) => report({ event, text, level: 'warn', fields }),
  fault: (event, text, { code, message }, fields = {}) =>
    report({ event, text, level: 'warn', fields: { ...fields, code, message } }),
});

const shown = (value: FactValue): string => {
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value === 'string') return /^\S+$/.test(value) ? value : JSON.stringify(value);
  return Array.isArray(value) ? value.join(',') : String(value);
};

/** Returns the line for people: `12:00:01 settled receipts batch=0x… receipts=12` */
export const factLine = ({ text, level, fields }: Fact, time: string): string => {
  const mark = level === 'info' ? '' : `${level.toUpperCase()} `;
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${shown(value)}`);
  return printableRow(`${time} ${mark}${text}${rest.join('')}`);
};

/** Returns the line for machines: a JSON object that includes the time. */
export const factJson = ({ event, level, fields }: Fact, time: string): string =>
  printableJson(JSON.stringify({ event, time, level, ...fields }, toWire));
