/** An explanation for a terminal. */
import { styleText } from 'node:util';
import { printable, printableLine } from '../../lib/printable.ts';
import type { ChainFact, Contributor, Explanation, OwnedSpan, Source } from './explanation.ts';
import { amount, bits, count, percentOf, percentOfBps, tokenRange } from './figures.ts';
import {
  basisLabel,
  calibrationSentences,
  epochSentence,
  statusLabel,
  statusSentence,
  verdict,
  weightAmount,
} from './words.ts';
import { cut, cutStart, type Style, type Styled, widthOf, wrap } from './wrap.ts';

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
/** The style of the part of a match that an earlier contribution owns. */
const MATCHED_STYLE: Style = 'underline';

const styleOf = ({ owner, number }: Contributor): Style =>
  owner === null
    ? COMMONS_STYLE
    : (CONTRIBUTOR_STYLES[(number - 1) % CONTRIBUTOR_STYLES.length] ?? COMMONS_STYLE);

const dim = (text: string): string => styleText('dim', text);
const bold = (text: string): string => styleText('bold', text);

const INDENT = '  ';
const MARGIN = 4;

type Screen = { readonly width: number; readonly plain: boolean };

const paragraph = (text: string, { width }: Screen, style?: Style): readonly string[] =>
  wrap([{ text, style }], width - INDENT.length).map((line) => INDENT + line);

const section = (title: string, { width }: Screen): readonly string[] => [
  '',
  `${bold(title)} ${dim('─'.repeat(Math.max(0, width - widthOf(title) - 1)))}`,
];

const chip = (contributor: Contributor): string => styleText(styleOf(contributor), ` ${contributor.number} `);

// ------------------------------------------------------------------------------------------------------------ output

const outputLines = ({ output, spans, contributors }: Explanation, screen: Screen): readonly string[] => {
  if (!output.available) return paragraph(`not available: ${output.reason}`, screen, 'dim');
  const pieces = output.pieces.flatMap((piece): readonly Styled[] => {
    const text = printable(piece.text);
    switch (piece.type) {
      case 'plain':
        return [{ text }];
      case 'echo':
        return screen.plain ? [{ text: `⟦echo│${text}⟧` }] : [{ text, style: ECHO_STYLE }];
      case 'span': {
        const contributor = contributors[spans[piece.span]?.contributor ?? 0];
        if (contributor === undefined) return [{ text }];
        // Without colours brackets tell where a span begins and ends.
        return screen.plain
          ? [{ text: `⟦${contributor.number}│${text}⟧` }]
          : [{ text, style: styleOf(contributor) }];
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
const barLines = ({ coverage, contributors }: Explanation, screen: Screen): readonly string[] => {
  if (coverage === undefined || screen.plain) return [];
  const { total, shared, echoed, unexplained } = coverage;
  const size = screen.width - MARGIN;
  const parts: (readonly [number, (text: string) => string])[] = [
    ...contributors.map((each) => [each.score, (text: string) => styleText(styleOf(each), text)] as const),
    [shared, (text) => dim(text.replaceAll(' ', '▒'))],
    [echoed, (text) => dim(text.replaceAll(' ', '░'))],
    [unexplained, (text) => dim(text.replaceAll(' ', '·'))],
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

const licenceOf = ({ datanet }: Contributor): string =>
  datanet === undefined
    ? ''
    : `${printableLine(datanet.name)} (Datanet ${datanet.id}), ${printableLine(datanet.licence)}`;

const whoLines = (
  contributor: Contributor,
  { money, coverage }: Explanation,
  index: number,
  screen: Screen,
): readonly string[] => {
  const { owner, contribution, score, committedAt, totals } = contributor;
  const whole = coverage?.total ?? 0;
  const payment = money.payments.find((each) => each.contributor === index);
  const name =
    owner === null ? `commons ${contribution}, nobody’s` : `contribution ${contribution} of ${owner}`;
  const paid =
    payment === undefined
      ? 'paid nothing'
      : `${payment.basis === 'exact' ? '' : '≈ '}${amount(payment.amount)} (${basisLabel(payment.basis)})`;
  const weighs = payment === undefined ? '' : `, weighs ${amount(weightAmount(payment))} of D`;
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
    ...(all === '' ? [] : paragraph(`    ${all}`, screen, 'dim')),
  ];
};

const sourceLines = (source: Source, style: Style, screen: Screen): readonly string[] => {
  const place = `item ${source.item}, ${tokenRange(source.pos, source.pos + source.end - source.start)}`;
  const { excerpt } = source;
  const width = screen.width - 2 * MARGIN;
  if (!excerpt.available)
    return [`${' '.repeat(MARGIN + 2)}${dim(`${place}: ${printableLine(excerpt.reason)}`)}`];
  const before = `${excerpt.cutBefore ? '… ' : ''}${printable(excerpt.before).replace(/\s+/g, ' ')}`;
  const after = `${printable(excerpt.after).replace(/\s+/g, ' ')}${excerpt.cutAfter ? ' …' : ''}`;
  const line = (text: string): string => printable(text).replace(/\s+/g, ' ');
  const own = line(excerpt.text);
  const pieces: readonly Styled[] = [
    { text: cutStart(before.trimStart(), 2 * width), style: 'dim' },
    { text: line(excerpt.matchedBefore), style: MATCHED_STYLE },
    screen.plain ? { text: `⟦${own}⟧` } : { text: own, style },
    { text: line(excerpt.matchedAfter), style: MATCHED_STYLE },
    { text: cut(after.trimEnd(), 2 * width), style: 'dim' },
  ];
  const warning =
    excerpt.same === false
      ? [`${' '.repeat(MARGIN + 2)}${styleText('red', 'the words differ: this claim is false')}`]
      : [];
  return [
    `${' '.repeat(MARGIN)}${dim(`${excerpt.same === true ? '✓ ' : '  '}${place}`)}`,
    ...warning,
    ...wrap(pieces, width).map((line) => `${' '.repeat(MARGIN + 2)}${line}`),
  ];
};

const contributorLines = (explanation: Explanation, screen: Screen): readonly string[] =>
  explanation.contributors.flatMap((contributor, index) => {
    const own = explanation.spans.filter((span: OwnedSpan) => span.contributor === index);
    return [
      ...(index === 0 ? [] : ['']),
      ...whoLines(contributor, explanation, index, screen),
      ...own.flatMap(({ start, end, sources }) => [
        `${' '.repeat(MARGIN)}${dim(`${tokenRange(start, end)} of the answer: first in`)}`,
        ...sources.flatMap((source) => sourceLines(source, styleOf(contributor), screen)),
      ]),
    ];
  });

// ------------------------------------------------------------------------------------------------------------- money

const NOTE_WIDTH_MIN = 16;

const rows = (
  cells: readonly (readonly [name: string, value: string, note: string])[],
  { width }: Screen,
): readonly string[] => {
  const names = Math.max(...cells.map(([name]) => widthOf(name)));
  const values = Math.max(...cells.map(([, value]) => widthOf(value)));
  const indent = INDENT.length + names + 2 + values + 2;
  return cells.flatMap(([name, value, note]) => {
    const [first = '', ...more] = wrap(
      [{ text: note, style: 'dim' }],
      Math.max(NOTE_WIDTH_MIN, width - indent),
    );
    return [
      `${INDENT}${name}${' '.repeat(names - widthOf(name))}  ${' '.repeat(values - widthOf(value))}${value}  ${first}`.trimEnd(),
      ...more.map((line) => ' '.repeat(indent) + line),
    ];
  });
};

const moneyLines = ({ money }: Explanation, screen: Screen): readonly string[] => {
  const { split, pool, epoch, payments, spanBps } = money;
  const table: (readonly [string, string, string])[] = [
    ['paid for compute', amount(money.compute), 'to the provider'],
    ['model fee F', amount(money.fee), ''],
    ['of it for data, D', amount(split.data), 'the rest: burned, treasury, attestor, model, stakers'],
  ];
  if (pool !== undefined)
    table.push(
      [
        'σ·D·a',
        amount(pool.raw),
        `what coverage alone would put into the span pool; σ = ${percentOfBps(spanBps)}`,
      ],
      ['− σ·D·κ', amount(pool.control), 'what calibration takes off'],
      ['= σ·D·(a − κ)', amount(pool.net), 'what this receipt adds to the pool of its epoch'],
    );
  return [
    ...rows(table, screen),
    ...(payments.length === 0 && epoch.type !== 'closed'
      ? []
      : ['', ...paragraph(epochSentence(epoch, payments), screen)]),
  ];
};

const factLines = (chain: Explanation['chain'], screen: Screen): readonly string[] =>
  chain.flatMap(({ what, height, refs }) => {
    const lines = wrap([{ text: what }], screen.width - CHAIN_INDENT);
    return [
      ...lines.map((line, i) => (i === 0 ? heightOf(height) : ' '.repeat(CHAIN_INDENT)) + line),
      ...refs.map(([name, value]) => ' '.repeat(CHAIN_INDENT) + dim(`${name.padEnd(13)} ${value}`)),
    ];
  });

/** Returns the lines about the chain. Steps that are still to come follow the newest block that the node knew. */
const chainLines = ({ chain, receipt: { asOf } }: Explanation, screen: Screen): readonly string[] => {
  const isAhead = ({ height }: ChainFact): boolean => BigInt(height ?? 0) > BigInt(asOf.height);
  return [
    ...factLines(
      chain.filter((fact) => !isAhead(fact)),
      screen,
    ),
    heightOf(asOf.height) + dim('as of here'),
    ...factLines(chain.filter(isAhead), screen),
  ];
};

const CHAIN_INDENT = 16;
const heightOf = (height: string | undefined): string =>
  `${INDENT}block ${height ?? '?'}`.padEnd(CHAIN_INDENT - 1).concat(' ');

const WIDTH_MIN = 60;
const WIDTH_MAX = 110;

/** @param columns - of the terminal */
export const renderTerminal = (explanation: Explanation, columns: number): string => {
  const screen = {
    width: Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, columns)),
    plain: styleText('bold', '.') === '.',
  };
  const { receipt, status, coverage, gaps, contributors, calibration } = explanation;
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
    ...(coverage === undefined ? [] : paragraph(statusSentence(status), screen, 'dim')),
    ...section('the answer', screen),
    ...outputLines(explanation, screen),
  ];
  if (coverage !== undefined) {
    const { total, shared, echoed, unexplained, covered, commons } = coverage;
    const part = (q8: number): string => percentOf(q8, total);
    lines.push(
      '',
      ...barLines(explanation, screen),
      ...paragraph(
        `${bits(total)} in all: ${part(covered)} owned${commons > 0 ? `, ${part(commons)} commons` : ''}${shared > 0 ? `, ${part(shared)} brought by several` : ''}, ${part(echoed)} echo of the prompt, ${part(unexplained)} unexplained`,
        screen,
        'dim',
      ),
    );
  }
  if (contributors.length > 0)
    lines.push(...section('whose words', screen), ...contributorLines(explanation, screen));
  lines.push(...section('the money', screen), ...moneyLines(explanation, screen));
  lines.push(
    ...section('calibration', screen),
    ...calibrationSentences(calibration).flatMap((text) => paragraph(text, screen)),
  );
  lines.push(...section('on the chain', screen), ...chainLines(explanation, screen));
  if (gaps.length > 0)
    lines.push(
      ...section('what is missing', screen),
      ...gaps.flatMap((text) => paragraph(text, screen, 'yellow')),
    );
  return lines.join('\n');
};
