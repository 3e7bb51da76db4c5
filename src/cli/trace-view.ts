/** A trace for people: the output with its spans coloured by owner, and who owns what. */
import { styleText } from 'node:util';
import { Q8 } from '../../state/attribution/parameters.ts';
import type { LocatedTokens } from '../../state/attribution/tokens.ts';
import type { SpanTrace } from '../attribution/tracer.ts';
import { printable, printableLine } from '../lib/printable.ts';
import { showUtf8 } from '../lib/text.ts';
import { marked, withoutMarks } from './marks.ts';

type Style = Parameters<typeof styleText>[0];

const OWNER_STYLES: readonly Style[] = [
  ['black', 'bgCyan'],
  ['black', 'bgYellow'],
  ['black', 'bgGreen'],
  ['white', 'bgMagenta'],
  ['white', 'bgBlue'],
  ['black', 'bgCyanBright'],
  ['black', 'bgYellowBright'],
  ['black', 'bgGreenBright'],
  ['black', 'bgMagentaBright'],
  ['white', 'bgRed'],
];
const ECHO_STYLE: Style = ['dim', 'italic'];

/** Styled line by line, so that no background runs to the edge of the terminal. */
const styled = (style: Style, text: string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? line : styleText(style, line)))
    .join('\n');

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
const bits = (q8: number): string => `${(q8 / Q8).toFixed(0)} bits`;

/** @param sources - where each contribution came from, by contribution id */
export const renderTrace = (
  bytes: Uint8Array,
  tokens: LocatedTokens,
  { claim, attribution }: SpanTrace,
  sources: readonly string[],
): string => {
  const ownerStyle = new Map(
    attribution.scores.map(({ contribution }, i) => [
      contribution,
      OWNER_STYLES[i % OWNER_STYLES.length] ?? ECHO_STYLE,
    ]),
  );
  const plain = styleText('bold', '.') === '.';
  const text = (from: number, to: number): string => {
    const shown = printable(showUtf8(bytes.subarray(from, to)));
    return plain ? withoutMarks(shown) : shown;
  };
  const pieces = [
    ...attribution.spans.map((span) => ({ ...span, style: ownerStyle.get(span.contribution) ?? ECHO_STYLE })),
    ...attribution.excluded.map((run) => ({ ...run, style: ECHO_STYLE })),
  ].sort((a, b) => a.start - b.start);
  let body = '';
  let shown = 0;
  for (const piece of pieces) {
    const from = tokens.starts[piece.start] ?? 0;
    const to = tokens.ends[piece.end - 1] ?? 0;
    const owner = 'contribution' in piece ? String(piece.contribution) : 'echo';
    // Without colours brackets tell where a span begins and ends.
    body += plain
      ? `${text(shown, from)}${marked(owner, text(from, to))}`
      : `${text(shown, from)}${styled(piece.style, text(from, to))}`;
    shown = to;
  }
  body += text(shown, bytes.length);

  const echoed = attribution.excluded.reduce((sum, { start, end }) => sum + end - start, 0);
  const lines = [
    body.replace(/\n+$/, ''),
    '',
    `${tokens.count} tokens, ${bits(attribution.total)}; covered ${percent(attribution.covered, attribution.total)} (${attribution.coverageBps} bps)` +
      `${echoed > 0 ? `; ${echoed} tokens echo the prompt` : ''}; ${claim.matches.length} ${claim.matches.length === 1 ? 'match' : 'matches'}`,
    ...attribution.scores.map(({ contribution, score }) => {
      const name = styleText(ownerStyle.get(contribution) ?? ECHO_STYLE, ` ${contribution} `);
      return `${name} ${percent(score, attribution.total).padStart(7)} ${bits(score).padStart(10)}  ${printableLine(sources[contribution] ?? '')}`;
    }),
  ];
  return lines.join('\n');
};
