/** The money of a receipt, and where each fact stands on the chain, for a terminal. */
import { printableLine } from '../../lib/printable.ts';
import type { ChainFact, Explanation } from './explanation.ts';
import { amount, percentOfBps } from './figures.ts';
import { remainderText } from './paid-for.ts';
import { dim, INDENT, paragraph, type Screen } from './screen.ts';
import { SHARED_NOTE } from './shared-words.ts';
import { epochSentence, isNeverSettled } from './words.ts';
import { widthOf, wrap } from './wrap.ts';

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

export const moneyLines = ({ money, phrases, status }: Explanation, screen: Screen): readonly string[] => {
  const { split, pool, epoch, payments, spanBps, noveltyBps } = money;
  const table: (readonly [string, string, string])[] = [
    ['paid for compute', amount(money.compute), 'to the provider'],
    ['model fee F', amount(money.fee), ''],
    ['of it for data, D', amount(split.data), 'the rest: burned, treasury, attestor, model, stakers'],
  ];
  if (money.shared > 0n) table.push(['of D, to the treasury', amount(money.shared), SHARED_NOTE]);
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
  if (phrases !== undefined) {
    const about = phrases.basis === 'exact' ? '' : '≈ ';
    table.push(
      [
        'for phrases',
        `${about}${amount(phrases.pool - phrases.unfound)}`,
        'to the chunks that share most with the answer',
      ],
      ['no chunk found', `${about}${amount(phrases.unfound)}`, `to ${remainderText(noveltyBps)}`],
    );
  }
  if (isNeverSettled(status)) table.push(['D goes', amount(split.data), `to ${remainderText(noveltyBps)}`]);
  return [
    ...rows(table, screen),
    ...(payments.length === 0 && epoch.type !== 'closed'
      ? []
      : ['', ...paragraph(epochSentence(epoch, payments), screen)]),
  ];
};

/** The name of an account behind its address, if this machine knows it. */
const nameAfter = (names: Explanation['names'], address: string): string => {
  const name = Object.hasOwn(names, address) ? names[address] : undefined;
  return name === undefined ? '' : ` ${printableLine(name)}`;
};

const factLines = (
  chain: Explanation['chain'],
  names: Explanation['names'],
  screen: Screen,
): readonly string[] =>
  chain.flatMap(({ what, height, refs }) => {
    const lines = wrap([{ text: what }], screen.width - CHAIN_INDENT);
    return [
      ...lines.map((line, i) => (i === 0 ? heightOf(height) : ' '.repeat(CHAIN_INDENT)) + line),
      ...refs.map(
        ([name, value]) =>
          ' '.repeat(CHAIN_INDENT) + dim(`${name.padEnd(13)} ${value}${nameAfter(names, value)}`),
      ),
    ];
  });

/** Returns the lines about the chain. Steps that are still to come follow the newest block that the node knew. */
export const chainLines = (
  { chain, names, receipt: { asOf } }: Explanation,
  screen: Screen,
): readonly string[] => {
  const isAhead = ({ height }: ChainFact): boolean => BigInt(height ?? 0) > BigInt(asOf.height);
  return [
    ...factLines(
      chain.filter((fact) => !isAhead(fact)),
      names,
      screen,
    ),
    heightOf(asOf.height) + dim('as of here'),
    ...factLines(chain.filter(isAhead), names, screen),
  ];
};

const CHAIN_INDENT = 16;
const heightOf = (height: string | undefined): string =>
  `${INDENT}block ${height ?? '?'}`.padEnd(CHAIN_INDENT - 1).concat(' ');
