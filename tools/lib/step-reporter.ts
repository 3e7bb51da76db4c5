/**
 * Shows a person what a long program does: one line for each step, with the time it took. On a terminal the line is updated
 * while the step runs.
 */
import { styleText } from 'node:util';
import { printableRow } from '../../src/lib/printable.ts';
import { styled } from './say.ts';

export type StepReporter = {
  /** Prints text, which may have styles. Whoever wrote it, it drives no terminal. */
  readonly print: (text: string) => void;
  /**
   * Runs a step. On a terminal, `progress` rewrites the line of the step; the `done` that `work` returns is its last
   * text.
   */
  readonly step: <T>(
    name: string,
    work: (progress: (text: string) => void) => Promise<{ readonly value: T; readonly done: string }>,
  ) => Promise<T>;
};

const NAME_WIDTH = 11;
const TEXT_WIDTH = 84;
const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const FRAME_MS = 100;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

export const createStepReporter = (out: NodeJS.WriteStream): StepReporter => {
  const live = out.isTTY;
  // A program does its work whether or not somebody still reads what it shows.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const row = (mark: string, name: string, text: string, time: string): string =>
    `${mark} ${name.padEnd(NAME_WIDTH)} ${printableRow(text).padEnd(TEXT_WIDTH)} ${styleText('dim', time.padStart(7))}`;
  return {
    print: (text) => {
      out.write(`${styled(text)}\n`);
    },
    step: async (name, work) => {
      const start = performance.now();
      let text = '';
      let frame = 0;
      const draw = (): void => {
        const mark = styleText('cyan', SPINNER[frame % SPINNER.length] ?? ' ');
        frame++;
        const width = Math.max(0, (out.columns ?? 120) - NAME_WIDTH - 14);
        out.write(`\r\x1b[K${row(mark, name, text.slice(0, width), seconds(performance.now() - start))}`);
      };
      const timer = live ? setInterval(draw, FRAME_MS) : undefined;
      const over = live ? '\r\x1b[K' : '';
      try {
        const { value, done } = await work((progress) => {
          text = progress;
        });
        out.write(`${over}${row(styleText('green', '✓'), name, done, seconds(performance.now() - start))}\n`);
        return value;
      } catch (error) {
        out.write(`${over}${row(styleText('red', '✗'), name, text, seconds(performance.now() - start))}\n`);
        throw error;
      } finally {
        clearInterval(timer);
      }
    },
  };
};
