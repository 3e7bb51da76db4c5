/** The result of one experiment: its figures, what must hold of them, and how the report presents them. */

export type Figures = {
  readonly [name: string]: number | string | boolean | null | Figures | readonly Figures[];
};

/** A condition that has to hold. A check without a case does not hold. */
export type Check = {
  readonly name: string;
  /** The number of cases that were checked. */
  readonly cases: number;
  readonly failures: number;
  /** The observed result. */
  readonly seen: string;
};

export const holds = ({ cases, failures }: Check): boolean => cases > 0 && failures === 0;

/** Makes a check of one figure. */
export const check = (name: string, held: boolean, seen: string): Check => ({
  name,
  cases: 1,
  failures: held ? 0 : 1,
  seen,
});

export type Section = {
  readonly name: string;
  readonly title: string;
  /** The text of the section in Markdown. */
  readonly text: string;
  readonly figures: Figures;
  readonly checks: readonly Check[];
  /** What falls short by these figures, each a sentence or more in Markdown. */
  readonly fallsShort?: readonly string[];
};

/** Returns a Markdown table. Its first column is text, the others are numbers. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [
    `| ${head.join(' | ')} |`,
    `| ${head.map((_, i) => (i === 0 ? '---' : '---:')).join(' | ')} |`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');

/** Returns a number with so many digits after the point. What rounds to zero has no sign. */
const rounded = (value: number, digits: number): string => value.toFixed(digits).replace(/^-(?=[0.]+$)/, '');

export const percent = (share: number, digits = 1): string => `${rounded(100 * share, digits)} %`;

export const bps = (share: number): string => `${rounded(10_000 * share, 0)} bps`;

/** Returns the ratio of two amounts. */
export const ratio = (part: bigint, whole: bigint): number =>
  whole === 0n ? 0 : Number((part * 1_000_000_000n) / whole) / 1e9;
