/**
 * Shows a few traces that were chosen for what they illustrate: the output, the spans, and the contributions they came
 * from.
 */

import { styleText } from 'node:util';
import { renderTrace } from '../../src/cli/trace-view.ts';
import { utf8 } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import type { DatanetId } from '../../src/lib/ids.ts';
import { RULES_DEFAULT, rulesOf } from '../../state/attribution/rules.ts';
import { occurrences } from './checks.ts';
import type { Evidence } from './evidence.ts';
import type { ReadReceipt } from './readback.ts';
import { heading } from './report.ts';
import { ADDED_WORD } from './swc.ts';

const rules = rulesOf(RULES_DEFAULT);
const { tokenizeLocated, tokenizeText } = rules;

/** The least number of tokens of an output that is shown: shorter ones show little. */
const TOKENS_MIN = 60;

const mostCovered = (receipts: readonly ReadReceipt[]): ReadReceipt | undefined =>
  receipts
    .filter(({ output }) => output.count >= TOKENS_MIN)
    .toSorted((a, b) => b.covered / b.total - a.covered / a.total)[0];

const holding = (receipts: readonly ReadReceipt[], text: string): ReadReceipt | undefined => {
  const part = unwrap(tokenizeText(text));
  return receipts.find(({ output }) => occurrences(output, part).length > 0);
};

const rendered = (receipt: ReadReceipt, sources: readonly string[]): string => {
  const bytes = utf8(receipt.outputText);
  const { claim, spans, shared: sharedSpans, excluded, sections, settlement } = receipt.attribution;
  const { scores, total, covered, shared, coverageBps } = settlement.outcome;
  return renderTrace(
    bytes,
    unwrap(tokenizeLocated(bytes)),
    {
      claim,
      sections,
      attribution: { spans, sharedSpans, excluded, scores, total, covered, shared, coverageBps },
    },
    rules,
    sources,
  );
};

/** Returns a line for each contribution, by contribution id: what it is, and who owns it. */
const sourcesOf = ({ accepted, datanets }: Evidence): readonly string[] => {
  const sources: string[] = [];
  for (const { contribution, title, owner } of accepted) sources[contribution] = `${title}, by ${owner.name}`;
  sources[datanets.commonsContribution] = 'the notice: commons, nobody’s';
  return sources;
};

/** A receipt that is shown, and what it is an example of. */
export type ShownTrace = { readonly title: string; readonly receipt: ReadReceipt; readonly text: string };

export const shownTraces = (receipts: readonly ReadReceipt[], evidence: Evidence): readonly ShownTrace[] => {
  const { models, datanets } = evidence;
  const sources = sourcesOf(evidence);
  const of = (datanet: DatanetId): readonly ReadReceipt[] => {
    const ids = models.filter((model) => model.datanet === datanet).map(({ id }) => id);
    return receipts.filter(({ model }) => ids.includes(model));
  };
  const shown = [
    { title: 'a solution of the maths model', receipt: mostCovered(of(datanets.maths)) },
    {
      title: 'an answer with the notice, which belongs to nobody where it is declared as commons',
      receipt: holding(of(datanets.registry), datanets.notice),
    },
    {
      title: 'the same where it is not declared: its first contributor is paid',
      receipt: holding(of(datanets.small), datanets.notice),
    },
    {
      title: 'an answer with the word that a copyist has added: the copyist is paid for that word',
      receipt: holding(of(datanets.registry), ADDED_WORD),
    },
  ];
  return shown.flatMap(({ title, receipt }) =>
    receipt === undefined ? [] : [{ title, receipt, text: rendered(receipt, sources) }],
  );
};

export const tracesText = (traces: readonly ShownTrace[]): string =>
  traces
    .flatMap(({ title, receipt, text }) => [heading(title), styleText('dim', `receipt ${receipt.id}`), text])
    .join('\n');
