import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLogger, formatLine, type LogOptions } from '../../../src/lib/log.ts';

const linesOf = (options: LogOptions, write: (logger: ReturnType<typeof createLogger>) => void): string[] => {
  const lines: string[] = [];
  const out = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  write(createLogger(options, out));
  return lines;
};

describe('a log line', () => {
  it('for people has its time, level, module, height, message and fields, on one line', () => {
    expect(
      formatLine({
        level: 40,
        time: 3_723_004,
        module: 'mempool',
        height: '12',
        msg: 'full',
        size: 5,
        peer: 'abc',
      }),
    ).toBe('01:02:03.004 WARN  mempool   #12 full size=5 peer=abc\n');
  });

  it('in JSON names its node, its module and its height', () => {
    const lines = linesOf({ level: 'info', format: 'json', node: 'val1' }, (logger) => {
      logger.child({ module: 'consensus' }).info({ height: '7' }, 'committed');
    });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      node: 'val1',
      module: 'consensus',
      height: '7',
      msg: 'committed',
    });
  });

  it('below the level is not written', () => {
    expect(linesOf({ level: 'warn', format: 'text' }, (logger) => logger.info('quiet'))).toEqual([]);
    expect(linesOf({ level: 'warn', format: 'text' }, (logger) => logger.warn('loud'))).toHaveLength(1);
  });
});
