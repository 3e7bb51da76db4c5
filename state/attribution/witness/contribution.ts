/**
 * Judges a witness against the declaration of a contribution: its commitment, its novel runs and its passages. An
 * *earlier* item is an item of the same contribution before the one in question, or any item of an earlier
 * contribution. The state says which contributions are earlier (`ContributionSubject`).
 */

import { ok, unreachable } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { fail, type Result } from '../errors.ts';
import { malformedItem } from '../malformed.ts';
import {
  isAbsent,
  type NovelRunOpening,
  openNovelRun,
  openPassages,
  type PassagesOpening,
} from '../openings.ts';
import { Q8 } from '../parameters.ts';
import type { Passage } from '../passages.ts';
import { informationIn } from './information.ts';
import {
  alignedTokens,
  holdingAt,
  provenItem,
  type Reading,
  readEvidence,
  readItem,
  readSource,
} from './reading.ts';
import type { ContributionSource, ContributionSubject, Upheld } from './subject.ts';
import type {
  BorderWitness,
  CopiedWitness,
  HarvestWitness,
  MalformedWitness,
  OverlapWitness,
  PassageWitness,
  Witness,
} from './types.ts';

const voids = (reason: string): Result<Upheld> => ok({ type: 'contribution', reason });

type Declared = {
  readonly index: number;
  readonly item: number;
  readonly start: number;
  readonly end: number;
};
type Window = { readonly start: number; readonly end: number };

/** Returns the novel run that an opening shows, if it still counts. Faults: `WITNESS_ROOT`, `WITNESS_STRUCK`. */
const novelRun = ({ novelRuns }: ContributionSubject, opening: NovelRunOpening): Result<Declared> => {
  const opened = openNovelRun(opening, novelRuns.root);
  if (!opened.ok) return opened;
  const { index, run } = opened.value;
  return novelRuns.struck.has(index)
    ? fail('WITNESS_STRUCK', `novel run ${index} is struck already`, { index })
    : ok({ index, ...run });
};

/** Returns the one passage of an opening that must hold exactly one. Faults: `WITNESS_ROOT`, `WITNESS_PASSAGES`. */
const onePassage = (
  { passages }: ContributionSubject,
  opening: PassagesOpening,
): Result<{ readonly index: number; readonly passage: Passage }> => {
  const opened = openPassages(opening, passages.root);
  if (!opened.ok) return opened;
  const [passage] = opened.value.passages;
  return passage === undefined || opened.value.passages.length > 1
    ? fail('WITNESS_PASSAGES', 'the passage is opened alone')
    : ok({ index: opened.value.first, passage });
};

/** Returns the contribution that holds an earlier item. Fault `WITNESS_INELIGIBLE`. */
const earlierSource = (
  subject: ContributionSubject,
  own: { readonly item: number },
  { contribution, item }: { readonly contribution: ContributionId; readonly item: number },
  other = subject.earlier,
): Result<ContributionSource> => {
  const source =
    contribution === subject.contribution ? (item < own.item ? subject : undefined) : other(contribution);
  return source === undefined || contribution > subject.contribution
    ? fail('WITNESS_INELIGIBLE', `item ${item} of contribution ${contribution} is not earlier`, {
        contribution,
        item,
      })
    : ok(source);
};

/** Checks that a window overlaps the declared run or passage, and has a length that counts. Fault `WITNESS_WINDOW`. */
const checkWindow = (
  { start, end }: Window,
  declared: Declared,
  least: number,
  most: number,
): Result<void> =>
  end - start < least || end - start > most || start >= declared.end || end <= declared.start
    ? fail('WITNESS_WINDOW', `tokens ${start} to ${end} are too few, too many, or beside what is declared`, {
        start,
        end,
      })
    : ok(undefined);

/** Returns the own item, if the tokens of the window also stand at that place of an earlier item. */
const copiedTokens = (
  subject: ContributionSubject,
  declared: Declared,
  witness: OverlapWitness | PassageWitness,
): Result<Reading> => {
  const { contribution, item, pos, start, end } = witness;
  const earlier = earlierSource(subject, declared, { contribution, item });
  if (!earlier.ok) return earlier;
  const own = readItem(subject, declared.item, witness.own);
  if (!own.ok) return own;
  const source = readEvidence(earlier.value, item, witness.source);
  if (!source.ok) return source;
  const tokens = alignedTokens(own.value, source.value, { start, end, place: pos });
  return tokens.ok ? own : tokens;
};

/**
 * Judges a novel run by an overlap. Only what no match with an earlier item covers is novel, so one match over one
 * token of the run is enough.
 */
const judgeOverlap = (subject: ContributionSubject, witness: OverlapWitness): Result<Upheld> => {
  const run = novelRun(subject, witness.run);
  if (!run.ok) return run;
  const { matchTokensMin, matchTokensMax, matchBitsMin } = subject.parameters;
  const window = checkWindow(witness, run.value, matchTokensMin, matchTokensMax);
  if (!window.ok) return window;
  const own = copiedTokens(subject, run.value, witness);
  if (!own.ok) return own;
  const each = informationIn(own.value, witness, subject);
  if (!each.ok) return each;
  const information = each.value.reduce((sum, bits) => sum + bits, 0);
  if (information < Q8 * matchBitsMin)
    return fail('WITNESS_INFORMATION', `fewer than ${matchBitsMin} bits`, { information });
  return struckRun(run.value, 'OVERLAP', witness.contribution);
};

const struckRun = (
  { index, start, end }: Declared,
  reason: string,
  source: ContributionId | undefined,
): Result<Upheld> => ok({ type: 'novelRun', reason, index, tokens: end - start, source });

/**
 * Judges a novel run by an output. Nothing is novel in a run of copyMin tokens of an output that was recorded before
 * the commit.
 */
const judgeHarvest = (subject: ContributionSubject, witness: HarvestWitness): Result<Upheld> => {
  const { start, end, batch, index, at } = witness;
  const run = novelRun(subject, witness.run);
  if (!run.ok) return run;
  const window = checkWindow(witness, run.value, subject.parameters.copyMin, Number.MAX_SAFE_INTEGER);
  if (!window.ok) return window;
  const receipted = subject.output(batch, index);
  if (receipted === undefined)
    return fail('WITNESS_INELIGIBLE', 'there is no such receipt from before the commit', { index });
  const own = readItem(subject, run.value.item, witness.own);
  if (!own.ok) return own;
  const output = readSource(receipted, witness.output);
  if (!output.ok) return output;
  const tokens = alignedTokens(own.value, output.value, { start, end, place: at });
  return tokens.ok ? struckRun(run.value, 'HARVEST', undefined) : tokens;
};

/**
 * Judges a passage that was not declared copied. A position is copied if it lies in a run of copyMin tokens of an
 * earlier item; the run may extend beyond the passage.
 */
const judgePassage = (subject: ContributionSubject, witness: PassageWitness): Result<Upheld> => {
  const opened = onePassage(subject, witness.passages);
  if (!opened.ok) return opened;
  const { index, passage } = opened.value;
  if (passage.type === 'copied')
    return fail('WITNESS_HOLDS', `passage ${index} is declared copied`, { index });
  if (subject.passages.struck.has(index))
    return fail('WITNESS_STRUCK', `passage ${index} is struck already`, { index });
  const declared = { index, ...passage };
  const window = checkWindow(witness, declared, subject.parameters.copyMin, Number.MAX_SAFE_INTEGER);
  if (!window.ok) return window;
  const tokens = copiedTokens(subject, declared, witness);
  return tokens.ok ? ok({ type: 'passage', reason: 'PASSAGE', index, source: witness.contribution }) : tokens;
};

/**
 * Judges a passage that was declared copied. It must agree with its source token by token, so one token that differs is
 * enough.
 */
const judgeCopied = (subject: ContributionSubject, witness: CopiedWitness): Result<Upheld> => {
  const opened = onePassage(subject, witness.passages);
  if (!opened.ok) return opened;
  const { index, passage } = opened.value;
  const { item, start, end, type, contribution, sourceItem, sourcePos } = passage;
  const { at } = witness;
  if (type !== 'copied' || at >= end - start)
    return fail('WITNESS_INDEX', `passage ${index} is no copied one of more than ${at} tokens`, {
      index,
      at,
    });
  const earlier = earlierSource(subject, passage, { contribution, item: sourceItem }, subject.cited);
  if (!earlier.ok) return earlier;
  const own = readItem(subject, item, witness.own);
  if (!own.ok) return own;
  const token = own.value.token(start + at);
  const holding = holdingAt(earlier.value, sourceItem, witness.source, sourcePos + at, token);
  if (!holding.ok) return holding;
  return holding.value === 'holds'
    ? fail('WITNESS_HOLDS', `passage ${index} agrees with its source at this token`, { index, at })
    : voids('COPIED');
};

/** Checks whether the opened passages contradict the length or the prompt in the commitment of the item. */
const contradicts = (
  { count, first, passages }: PassagesOpening,
  { item, tokens, promptTokens }: { item: number; tokens: number; promptTokens: number },
): boolean => {
  // If no passage is opened, nothing proves `first`.
  if (passages.length === 0 && count > 0) return false;
  // If an item has no passages, it would be between two opened ones, before the first passage or after the last.
  let previous = first === 0 ? -1 : (passages[0]?.item ?? -1);
  const isEnd = first + passages.length === count;
  for (const [i, { item: of, start, end, type }] of passages.entries()) {
    if (of === item) {
      const next = passages[i + 1];
      const isLast = next === undefined ? isEnd : next.item !== item;
      if (end > tokens || (isLast && end < tokens)) return true;
      if (type === 'prompt' && end > promptTokens) return true;
      if (type === 'data' && start < promptTokens) return true;
    }
    if (previous < item && item < of) return tokens > 0;
    previous = of;
  }
  return isEnd && previous < item && tokens > 0;
};

/**
 * Judges the borders of an item. The passages follow from the declared lengths and prompts; the true ones are in the
 * commitment of the item.
 */
const judgeBorder = (subject: ContributionSubject, witness: BorderWitness): Result<Upheld> => {
  const passages = openPassages(witness.passages, subject.passages.root);
  if (!passages.ok) return passages;
  const { item } = witness.item;
  const head = provenItem(subject, item, { type: 'item', value: witness.item });
  if (!head.ok) return head;
  if (isAbsent(head.value)) return fail('WITNESS_INDEX', `there is no item ${item}`, { item });
  return contradicts(passages.value, head.value)
    ? voids('BORDER')
    : fail('WITNESS_HOLDS', `item ${item} is as declared, as far as it is opened`, { item });
};

const judgeMalformed = (
  subject: ContributionSubject,
  { text, opening }: MalformedWitness,
): Result<Upheld> => {
  if (text !== 'contribution' || opening.type !== 'item')
    return fail('WITNESS_OPENING', 'a contribution is opened as an item of it');
  const opened = provenItem(subject, opening.value.item, opening);
  if (!opened.ok) return opened;
  const malformation = malformedItem(opened.value, subject.items, subject.rules);
  return malformation === undefined
    ? fail('WITNESS_HOLDS', 'the opened part of the contribution is well-formed')
    : voids(malformation.code);
};

/**
 * Returns what the witness refutes. Faults, all `WITNESS_…`, say why it refutes nothing: `KIND` (not one for a
 * contribution), `INDEX`, `WINDOW`, `OPENING`, `ROOT`, `MALFORMED`, `NOT_OPENED`, `INELIGIBLE`, `PASSAGES`, `STRUCK`;
 * and if the declaration is right about the place that the witness shows, `HOLDS`, `DIFFERS`, `INFORMATION`.
 */
export const judgeContribution = (subject: ContributionSubject, witness: Witness): Result<Upheld> => {
  switch (witness.type) {
    case 'malformed':
      return judgeMalformed(subject, witness.value);
    case 'overlap':
      return judgeOverlap(subject, witness.value);
    case 'harvest':
      return judgeHarvest(subject, witness.value);
    case 'passage':
      return judgePassage(subject, witness.value);
    case 'copied':
      return judgeCopied(subject, witness.value);
    case 'border':
      return judgeBorder(subject, witness.value);
    case 'invalid':
    case 'inert':
    case 'shared':
    case 'better':
    case 'echo':
    case 'info':
    case 'demand':
    case 'draw':
    case 'absent':
    case 'prompted':
    case 'repeated':
    case 'crowded':
    case 'bits':
    case 'section':
    case 'outdone':
    case 'excuse':
      return fail('WITNESS_KIND', `a witness of type ${witness.type} cannot refute a contribution`, {
        type: witness.type,
      });
    default:
      return unreachable(witness);
  }
};
