/** What the fuzzers share: how they read a number, and how they show how far they are. */
import { fail, ok, type Result } from '../../src/lib/errors.ts';

/** Fault `ARGUMENT_INVALID`. */
export const wholeNumber = (name: string, text: string): Result<number> =>
  /^\d{1,10}$/.test(text) ? ok(Number(text)) : fail('ARGUMENT_INVALID', `${name} takes a whole number`);

const PROGRESS_MS = 250;

/** One line on a terminal, written over again and again; nothing elsewhere. @param noun - of what there are `total` */
export const progressOn = (stream: NodeJS.WriteStream, total: number, noun: string) => {
  let last = 0;
  return (done: number, seconds: number): void => {
    if (!stream.isTTY || (performance.now() - last < PROGRESS_MS && done < total)) return;
    last = performance.now();
    const perSecond = done / seconds;
    const left = Math.max(0, Math.round((total - done) / perSecond));
    stream.write(
      `\r\x1b[K${done.toLocaleString('en')} of ${total.toLocaleString('en')} ${noun}, ${Math.round(perSecond)} /s, ${left} s left${done >= total ? '\n' : ''}`,
    );
  };
};
