/** An explanation for a terminal. */
import { styleText } from 'node:util';
import { printable, printableLine } from '../../lib/printable.ts';
import { marked, withoutMarks } from '../marks.ts';
import { licensedText } from './datanet-facts.ts';
import type { Contributor, Explanation } from './explanation.ts';
import { amount, bits, count, percentOf, tokenRange } from './figures.ts';
import { ownLabel, ownSentences } from './own-side.ts';
import { paidForSentences } from './paid-for.ts';
import {
  bold,
  dim,
  excerptLines,
  INDENT,
  MARGIN,
  paragraph,
  placeText,
  type Screen,
  section,
} from './screen.ts';
import { sharedLabel } from './shared-words.ts';
import { chainLines, moneyLines } from './terminal-facts.ts';
import { phraseLines } from './terminal-phrases.ts';
import {
  alsoLines,
  askedLines,
  SHARED_STYLE,
  sharedLines,
  UNCREDITED_STYLE,
  uncreditedLines,
} from './terminal-tracing.ts';
import {
  basisLabel,
  calibrationSentences,
  labelOf,
  restText,
  statusLabel,
  statusSentence,
  verdict,
  weightAmount,
} from './words.ts';
import { type Style, type Styled, wrap } from './wrap.ts';

const CONTRIBUTOR_STYLES: readonly Style[] = [
  ['black', 'bgCyan'],
  ['black', 'bgYellow'],
  ['black', 'bgGreen'],
  ['black', 'bgMagentaBright'],
  ['white', 'bgBlue'],
  ['black', 'bgCyanBright'],
  ['black', 'bgYellowBright'],
  ['black', 'bgGreenBright'],
  ['white', 'bgMagenta'],
  ['white', 'bgRed'],
];
const COMMONS_STYLE: Style = ['black', 'bgWhite'];
const ECHO_STYLE: Style = ['dim', 'italic'];
/** The style of the numbers and letters by which the words of the answer are found below. */
const LABEL_STYLE: Style = 'dim';

const styleOf = ({ owner, number }: Contributor): Style =>
  owner === null
    ? COMMONS_STYLE
    : (CONTRIBUTOR_STYLES[(number - 1) % CONTRIBUTOR_STYLES.length] ?? COMMONS_STYLE);

const chip = (contributor: Contributor): string => styleText(styleOf(contributor), ` ${contributor.number} `);

// ------------------------------------------------------------------------------------------------------------ output

const outputLines = ({ output, spans, contributors }: Explanation, screen: Screen): readonly string[] => {
  if (!output.available) return paragraph(`not available: ${output.reason}`, screen, 'dim');
  const pieces = output.pieces.flatMap((piece): readonly Styled[] => {
    const text = screen.plain ? withoutMarks(printable(piece.text)) : printable(piece.text);
    switch (piece.type) {
      case 'plain':
        return [{ text }];
      case 'echo': {
        const label = piece.uncredited === undefined ? '' : labelOf(piece.uncredited);
        return screen.plain
          ? [{ text: marked(`echo${label}`, text) }]
          : [
              { text, style: ECHO_STYLE },
              { text: label, style: LABEL_STYLE },
            ];
      }
      case 'shared': {
        const label = `${sharedLabel(piece.shared)}${piece.uncredited === undefined ? '' : labelOf(piece.uncredited)}`;
        return screen.plain
          ? [{ text: marked(label, text) }]
          : [
              { text, style: SHARED_STYLE },
              { text: label, style: LABEL_STYLE },
            ];
      }
      case 'uncredited': {
        const label = labelOf(piece.uncredited);
        return screen.plain
          ? [{ text: marked(label.slice(1, -1), text) }]
          : [
              { text, style: UNCREDITED_STYLE },
              { text: label, style: LABEL_STYLE },
            ];
      }
      case 'span': {
        const contributor = contributors[spans[piece.span]?.contributor ?? 0];
        if (contributor === undefined) return [{ text }];
        // Without colours brackets tell where a span begins and ends.
        return screen.plain
          ? [{ text: marked(`${contributor.number}`, text) }]
          : [
              { text, style: styleOf(contributor) },
              { text: `[${contributor.number}]`, style: LABEL_STYLE },
            ];
      }
      default:
        return piece satisfies never;
    }
  });
  const lines = wrap(pieces, screen.width - MARGIN).map((line) => INDENT + line);
  while (lines.at(-1)?.trim() === '') lines.pop();
  return lines;
};

/** Returns one bar that shows what the answer's information is made of. */
const barLines = ({ coverage, contributors, tracing }: Explanation, screen: Screen): readonly string[] => {
  if (coverage === undefined || screen.plain) return [];
  const { total, shared, echoed, unexplained } = coverage;
  const held = tracing?.available === true ? tracing.held : 0;
  const size = screen.width - MARGIN;
  const parts: (readonly [number, (text: string) => string])[] = [
    ...contributors.map((each) => [each.score, (text: string) => styleText(styleOf(each), text)] as const),
    [shared, (text) => dim(text.replaceAll(' ', '▒'))],
    [echoed, (text) => dim(text.replaceAll(' ', '░'))],
    [held, (text) => dim(text.replaceAll(' ', '─'))],
    [unexplained - held, (text) => dim(text.replaceAll(' ', '·'))],
  ];
  let before = 0;
  const bar = parts.map(([q8, paint]) => {
    const from = Math.round((size * before) / total);
    before += q8;
    const cells = Math.round((size * before) / total) - from;
    return cells <= 0 ? '' : paint(' '.repeat(cells));
  });
  return [INDENT + bar.join('')];
};

// ----------------------------------------------------------------------------------------------------------- sources

const licenceOf = ({ datanet }: Contributor): string => (datanet === undefined ? '' : licensedText(datanet));

const whoLines = (
  contributor: Contributor,
  { money, coverage }: Explanation,
  index: number,
  screen: Screen,
): readonly string[] => {
  const { owner, contribution, score, committedAt, totals } = contributor;
  const whole = coverage?.total ?? 0;
  const payment = money.payments.find((each) => each.contributor === index);
  const known = contributor.name === null ? '' : `${printableLine(contributor.name)} `;
  const account = known === '' ? owner : `(${owner})`;
  const name =
    owner === null
      ? `commons ${contribution}, nobody’s`
      : `contribution ${contribution} of ${known}${account}`;
  const paid =
    payment === undefined
      ? 'paid nothing'
      : `${payment.basis === 'exact' ? '' : '≈ '}${amount(payment.amount)} (${basisLabel(payment.basis)})`;
  const weighs = payment === undefined ? '' : `, weighs ${amount(weightAmount(payment))} of D`;
  const own = ownLabel(contributor);
  const since = committedAt === undefined ? '' : `in line since block ${committedAt}`;
  const all =
    totals === undefined
      ? ''
      : `in all, by every receipt: earned ${amount(totals.earned)}, claimed ${amount(totals.claimed)}, claimable ${amount(totals.earned - totals.claimed)}`;
  return [
    `${INDENT}${chip(contributor)} ${bold(name)}`,
    ...paragraph(`    ${percentOf(score, whole)} of the answer, ${bits(score)}${weighs} · ${paid}`, screen),
    ...paragraph(
      `    ${[licenceOf(contributor), since].filter((text) => text !== '').join(' · ')}`,
      screen,
      'dim',
    ),
    ...(own === undefined ? [] : paragraph(`    ${own}`, screen, 'yellow')),
    ...(all === '' ? [] : paragraph(`    ${all}`, screen, 'dim')),
  ];
};

const contributorLines = (explanation: Explanation, screen: Screen): readonly string[] =>
  explanation.contributors.flatMap((contributor, index) => {
    const own = explanation.spans.filter((span) => span.contributor === index);
    return [
      ...(index === 0 ? [] : ['']),
      ...whoLines(contributor, explanation, index, screen),
      ...own.flatMap((span) => {
        const { start, end, sources } = span;
        return [
          `${' '.repeat(MARGIN)}${dim(`${tokenRange(start, end)} of the answer: in`)}`,
          ...sources.flatMap((source) =>
            excerptLines(source.excerpt, placeText(source), styleOf(contributor), screen),
          ),
          ...alsoLines(span, contributor, screen),
        ];
      }),
    ];
  });

const WIDTH_MIN = 60;
const WIDTH_MAX = 110;

/** @param columns - of the terminal */
export const renderTerminal = (explanation: Explanation, columns: number): string => {
  const screen = {
    width: Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, columns)),
    plain: styleText('bold', '.') === '.',
  };
  const { receipt, status, coverage, gaps, contributors, calibration, tracing, own } = explanation;
  const { noveltyBps } = explanation.money;
  const statusStyle: Style =
    status.type === 'final'
      ? 'green'
      : status.type === 'void' || status.type === 'expired'
        ? 'red'
        : 'yellow';
  const lines = [
    `${bold('receipt')} ${dim(receipt.id)}`,
    `${printableLine(receipt.model.name)} (model ${receipt.model.id}) · ${count(receipt.tokensOut, 'token')} out, ${receipt.tokensIn} in · ${styleText(statusStyle, statusLabel(status))}`,
    '',
    ...paragraph(verdict(explanation), screen, 'bold'),
    ...(coverage === undefined ? [] : paragraph(statusSentence(status, noveltyBps), screen, 'dim')),
    ...askedLines(explanation, screen),
    ...section('the answer', screen),
    ...outputLines(explanation, screen),
  ];
  if (coverage !== undefined) {
    const { total, shared, echoed, covered, commons } = coverage;
    const part = (q8: number): string => percentOf(q8, total);
    lines.push(
      '',
      ...barLines(explanation, screen),
      ...paragraph(
        `${bits(total)} in all: ${part(covered)} owned${commons > 0 ? `, ${part(commons)} commons` : ''}${shared > 0 ? `, ${part(shared)} brought by several` : ''}, ${part(echoed)} echo of the prompt, ${restText(tracing, coverage)}`,
        screen,
        'dim',
      ),
    );
  }
  if (contributors.length > 0)
    lines.push(...section('whose words', screen), ...contributorLines(explanation, screen));
  lines.push(
    ...phraseLines(explanation, screen),
    ...sharedLines(explanation, screen),
    ...uncreditedLines(explanation, screen),
  );
  lines.push(...section('the money', screen), ...moneyLines(explanation, screen));
  if (own !== undefined)
    lines.push(
      ...section('the owner of the model', screen),
      ...ownSentences(explanation).flatMap((text) => paragraph(text, screen, 'yellow')),
    );
  lines.push(
    ...section('calibration', screen),
    ...calibrationSentences(calibration).flatMap((text) => paragraph(text, screen)),
  );
  lines.push(...section('on the chain', screen), ...chainLines(explanation, screen));
  lines.push(
    ...section('what contributors are paid for', screen),
    ...paidForSentences(noveltyBps).flatMap((text) => paragraph(text, screen)),
  );
  if (gaps.length > 0)
    lines.push(
      ...section('what is missing', screen),
      ...gaps.flatMap((text) => paragraph(text, screen, 'yellow')),
    );
  return lines.join('\n');
};
