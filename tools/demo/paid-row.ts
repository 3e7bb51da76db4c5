/**
 * What contributors are paid for, with one row of one of them: the answer that drew on it, the phrases they share, and the amount.
 * It is what `openledger explain` says of the answer.
 */
import { styleText } from 'node:util';
import { explain } from '../../src/cli/explain/explain.ts';
import { gatherFacts } from '../../src/cli/explain/gather.ts';
import { NOTHING_READ } from '../../src/cli/explain/judgement.ts';
import { paidForSentences } from '../../src/cli/explain/paid-for.ts';
import { addsText, phrasePaid } from '../../src/cli/explain/phrase-words.ts';
import { paragraph, type Screen } from '../../src/cli/explain/screen.ts';
import type { ChunkPick, SharedPhrases } from '../../src/cli/explain/shared-phrases.ts';
import { answerLines, chunkLines } from '../../src/cli/explain/terminal-phrases.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { printableLine } from '../../src/lib/printable.ts';
import type { Evidence } from './evidence.ts';
import type { ReadReceipt } from './readback.ts';
import { heading } from './report.ts';

const WIDTH = 110;

/** An answer, and the place among its picks of the one that is shown. */
type Best = { readonly receipt: string; readonly place: number; readonly added: number };

/** Finds the answer that shares most with one chunk of a contributor. */
const bestOf = (receipts: readonly ReadReceipt[], owners: ReadonlySet<string>): Best | undefined => {
  let best: Best | undefined;
  for (const { id, attribution } of receipts)
    for (const [place, { owner, added }] of attribution.sections.flatMap(({ picks }) => picks).entries())
      if (owner !== null && owners.has(toHex(owner)) && added > (best?.added ?? 0))
        best = { receipt: id, place, added };
  return best;
};

/** The section of a pick, with the marks of this pick only, as the first one. */
const onlyWith = ({ sections }: SharedPhrases, place: number) => {
  const section = sections.find(({ picks: [first, end] }) => first <= place && place < end);
  return section?.pieces?.map(({ text, pick }) => ({ text, pick: pick === place ? 0 : undefined }));
};

const storyOf = (
  { picks, basis, ...phrases }: SharedPhrases,
  place: number,
  pick: ChunkPick,
  model: string,
  screen: Screen,
): readonly string[] => {
  const pieces = onlyWith({ picks, basis, ...phrases }, place);
  const who = pick.name === null ? `contribution ${pick.contribution}` : printableLine(pick.name);
  return [
    ...paragraph(`${who} brought this row (contribution ${pick.contribution}):`, screen),
    ...chunkLines(pick, 0, screen),
    ...paragraph(`This answer of ${model} shares phrases with it:`, screen),
    ...(pieces === undefined ? [] : answerLines(pieces, screen)),
    ...paragraph(
      `The row ${addsText(pick)}. For that, ${who} is paid ${phrasePaid(pick, basis)}.`,
      screen,
      'bold',
    ),
  ];
};

/** Returns the text, and the receipt that it is about; undefined if no row of a contributor was picked. */
export const paidRow = async (
  { ledger, actors, models }: Evidence,
  receipts: readonly ReadReceipt[],
): Promise<{ readonly text: string; readonly receipt: string } | undefined> => {
  const names = new Map(actors.contributors.map(({ name, address }) => [toHex(address) as string, name]));
  const best = bestOf(receipts, new Set(names.keys()));
  if (best === undefined) return undefined;
  const facts = await gatherFacts(ledger.reader, best.receipt);
  const beside = {
    names: (address: string) => names.get(address),
    judgement: undefined,
    around: NOTHING_READ,
  };
  const { phrases, money, receipt } = explain(facts, beside);
  const { place } = best;
  const pick = phrases?.picks[place];
  if (phrases === undefined || pick === undefined) return undefined;
  const screen = { width: WIDTH, plain: styleText('bold', '.') === '.' };
  const model = models.find(({ id }) => id === receipt.model.id)?.name ?? receipt.model.name;
  return {
    receipt: best.receipt,
    text: [
      heading('what contributors are paid for, and one of their rows'),
      ...paidForSentences(money.noveltyBps).flatMap((text) => paragraph(text, screen)),
      '',
      ...storyOf(phrases, place, pick, printableLine(model), screen),
      styleText('dim', `  receipt ${best.receipt}`),
    ].join('\n'),
  };
};
