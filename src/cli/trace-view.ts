/** A trace for people: the output with its spans coloured by owner, and who owns what. */
import { styleText } from 'node:util';
import { CHUNK_TOKENS, Q8 } from '../../state/attribution/parameters.ts';
import { halfWordsOf, phraseEnd } from '../../state/attribution/phrases.ts';
import { addedBy, type PickedChunk, pickShares, SHARE_BITS } from '../../state/attribution/relevance.ts';
import type { TextRules } from '../../state/attribution/rules.ts';
import type { LocatedTokens } from '../../state/attribution/tokens.ts';
import type { Trace } from '../attribution/tracer.ts';
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

/** The most stretches of the answer that are shown of a pick. */
const RUNS_SHOWN = 12;

/** Phrases that overlap are one stretch. */
const runsOf = (
  { phrases }: PickedChunk,
  halfWords: Uint8Array,
): readonly { readonly start: number; readonly end: number }[] => {
  const runs: { start: number; end: number }[] = [];
  for (const { at } of phrases) {
    const end = phraseEnd(halfWords, at) ?? at;
    const last = runs.at(-1);
    if (last !== undefined && at <= last.end) last.end = Math.max(last.end, end);
    else runs.push({ start: at, end });
  }
  return runs;
};

/** Returns the chunks that were picked, with what each weighs and the words that it shares; no line if there are none. */
const pickLines = (
  { sections, attribution }: Pick<Trace, 'sections' | 'attribution'>,
  halfWords: Uint8Array,
  text: (start: number, end: number) => string,
  sources: readonly string[],
): readonly string[] => {
  const picks = sections.flatMap((section) => {
    const shares = pickShares(section, attribution.total);
    return section.picks.map((pick, i) => ({ pick, share: shares[i] ?? 0n }));
  });
  if (picks.length === 0) return [];
  return [
    '',
    'the chunks that share most phrases with it, and the part of what spans leave that each weighs',
    ...picks.flatMap(({ pick, share }) => {
      const { contribution, item, chunk, phrases } = pick;
      const runs = runsOf(pick, halfWords);
      const shown = runs.slice(0, RUNS_SHOWN).map(({ start, end }) => text(start, end).replace(/\s+/g, ' '));
      const more = runs.length - shown.length;
      const first = chunk * CHUNK_TOKENS;
      return [
        `${styleText('bold', ` ${contribution} `)} ${percent(Number(share), 2 ** Number(SHARE_BITS)).padStart(7)} ${bits(addedBy(pick)).padStart(10)}  ${printableLine(sources[contribution] ?? '')}, item ${item}, from token ${first} on: ${phrases.length} phrases`,
        `      ${shown.join(' · ')}${more > 0 ? ` · and ${more} more` : ''}`,
      ];
    }),
  ];
};

/**
 * @param rules - by which the tokens were cut
 * @param sources - where each contribution came from, by contribution id
 */
export const renderTrace = (
  bytes: Uint8Array,
  tokens: LocatedTokens,
  { claim, attribution, sections }: Trace,
  rules: TextRules,
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
    ...pickLines(
      { sections, attribution },
      halfWordsOf(rules, tokens),
      (start, end) => text(tokens.starts[start] ?? 0, tokens.ends[end - 1] ?? 0),
      sources,
    ),
  ];
  return lines.join('\n');
};
