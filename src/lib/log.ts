import type { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';
import { lineSink } from './line-sink.ts';
import { printableJson, printableRow } from './printable.ts';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = 'text' | 'json';

type Line = {
  level?: number;
  time?: number;
  module?: string;
  height?: unknown;
  msg?: string;
  [key: string]: unknown;
};

const LEVEL_NAMES: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};
const HIDDEN = new Set(['level', 'time', 'module', 'height', 'msg', 'pid', 'hostname', 'node']);

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Formats one line for people: time, level, module, height, message, then the fields. */
export const formatLine = (line: Line): string => {
  const time = new Date(line.time ?? 0).toISOString().slice(11, 23);
  const height = line.height === undefined ? '' : ` #${shown(line.height)}`;
  const fields = Object.entries(line)
    .filter(([key]) => !HIDDEN.has(key))
    .map(([key, value]) => ` ${key}=${shown(value)}`)
    .join('');
  const text = `${time} ${(LEVEL_NAMES[line.level ?? 30] ?? '?').padEnd(5)} ${(line.module ?? '-').padEnd(9)}${height} ${line.msg ?? ''}${fields}`;
  return `${printableRow(text)}\n`;
};

export type LogOptions = {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** The name of the node. It appears in JSON lines only. */
  readonly node?: string;
};

/**
 * Creates the root logger of a process. Every module uses `logger.child({ module })`, so each line names its module. No
 * failure of the stream reaches the caller: what cannot be written is dropped, counted, and told once it works again.
 */
export const createLogger = ({ level, format, node }: LogOptions, out: Writable = process.stderr): Logger => {
  const base = node === undefined ? {} : { node };
  const dropped = (lines: number): Line => ({
    level: 40,
    time: Date.now(),
    ...base,
    module: 'log',
    msg: 'lines of this log were dropped because they could not be written in time',
    lines,
  });
  const sink = lineSink(out, (lines) =>
    format === 'json' ? JSON.stringify(dropped(lines)) : formatLine(dropped(lines)).trimEnd(),
  );
  return pino(
    { level, base },
    {
      write: (line) =>
        sink.write(format === 'json' ? printableJson(line) : formatLine(JSON.parse(line) as Line)),
    },
  );
};
