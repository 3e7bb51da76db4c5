/**
 * The rows that `npm run hostile` prints, one for each attack and one for each control. Each can be printed before the next
 * is known.
 */
import type { Attack } from './attack.ts';
import type { AttackReport, Figures, HostileReport } from './run.ts';

export type Table = {
  readonly head: string;
  readonly quiet: (quiet: Figures) => string;
  readonly control: (name: string, control: Figures) => string;
  /** Below the row stands what did not hold. */
  readonly row: (report: AttackReport) => string;
  /** What the whole run came to. */
  readonly end: (report: Pick<HostileReport, 'attacks' | 'notRun'>) => string;
};

const QUIET = 'without an attack';
const VERDICT_WIDTH = 'BROKEN'.length;
/** As wide as a figure of gigabytes, or of minutes. */
const FIGURE_WIDTH = 12;
const GAP = '  ';

const controlOf = (name: string): string => `control of ${name}`;

/** @param attacks - that are to run */
export const createTable = (attacks: readonly Pick<Attack, 'name' | 'control'>[], seconds: number): Table => {
  const names = attacks.map(({ name, control }) => (control === undefined ? name : controlOf(name)));
  const nameWidth = Math.max(QUIET.length, ...names.map(({ length }) => length));
  const blocks = `blocks in ${seconds} s`;
  const widths = [VERDICT_WIDTH, nameWidth, FIGURE_WIDTH, FIGURE_WIDTH, blocks.length, FIGURE_WIDTH];
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd();
  const figures = ({ honestP99Ms, blocks: came, peakRssMB }: Figures): readonly string[] =>
    honestP99Ms === null
      ? ['none', '-', '-']
      : [`${honestP99Ms} ms`, String(came), peakRssMB === null ? 'unknown' : `${peakRssMB} MB`];
  return {
    head: line(['', 'attack', 'sent', 'honest p99', blocks, 'memory']),
    quiet: (quiet) => line(['', QUIET, '-', ...figures(quiet)]),
    control: (name, control) => line(['', controlOf(name), '-', ...figures(control)]),
    row: ({ name, bytes, ok, broken, ...seen }) =>
      [
        line([ok ? 'holds' : 'BROKEN', name, `${(bytes / 2 ** 20).toFixed(1)} MiB`, ...figures(seen)]),
        ...broken.map((what) => `${' '.repeat(VERDICT_WIDTH)}${GAP}${what}`),
      ].join('\n'),
    end: ({ attacks: reports, notRun }) => {
      const held = reports.filter(({ ok }) => ok).length;
      const summary = `${held} of ${reports.length + notRun.length} held`;
      return notRun.length === 0 ? summary : `${summary}, ${notRun.length} not run: ${notRun.join(', ')}`;
    },
  };
};
