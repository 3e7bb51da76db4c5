/**
 * The rules that only calibrations have: copied positions bear no information and are in no match, on either side, and
 * the chain has drawn the tokens that a claim is about. The passages of the contributions say which positions are
 * copied.
 */
import { ok } from '../../../src/lib/errors.ts';
import { CLAIM_LISTS } from '../claim.ts';
import { type Fault, fail, fault, type Result } from '../errors.ts';
import { openPassages, type PassagesOpening, type Proven } from '../openings.ts';
import type { Passage } from '../passages.ts';
import { informationIn } from './information.ts';
import { provenItem, readSource } from './reading.ts';
import type { ClaimSubject, EligibleSource, PassagesSource, Upheld } from './subject.ts';
import type { DrawWitness, InertWitness, InfoWitness } from './types.ts';

const PASSAGES = 'WITNESS_PASSAGES';

/** Checks whether the passage at place `i` of the opening counts as copied. */
const isCopied = (source: PassagesSource, opened: PassagesOpening, i: number): boolean =>
  opened.passages[i]?.type === 'copied' || source.struck.has(opened.first + i);

type ItemRange = { readonly item: number; readonly start: number; readonly end: number };

const meets = (passage: Passage, { item, start, end }: ItemRange): boolean =>
  passage.item === item && passage.start < end && start < passage.end;

/**
 * Opens passages that lie over every position of a range. A position lies in one passage that is not copied, or in one
 * or two that are, but never in both kinds. So any passage over a position decides whether it is copied. Faults:
 * `WITNESS_ROOT`, `WITNESS_PASSAGES`.
 */
const coverRange = (
  source: PassagesSource,
  opening: PassagesOpening,
  range: ItemRange,
): Result<Proven<PassagesOpening>> => {
  const opened = openPassages(opening, source.root);
  if (!opened.ok) return opened;
  let reached = range.start;
  for (const passage of opened.value.passages)
    if (meets(passage, range) && passage.start <= reached) reached = Math.max(reached, passage.end);
  return reached >= range.end
    ? opened
    : fail(PASSAGES, `the passages opened do not cover tokens ${range.start} to ${range.end}`, range);
};

/** Returns, for each position of a range that is covered, whether it is copied. */
const markCopied = (source: PassagesSource, opened: PassagesOpening, range: ItemRange): boolean[] => {
  const copied = new Array<boolean>(range.end - range.start).fill(false);
  for (const [i, passage] of opened.passages.entries())
    if (meets(passage, range) && isCopied(source, opened, i))
      copied.fill(true, Math.max(0, passage.start - range.start), passage.end - range.start);
  return copied;
};

/** Returns undefined if the opening proves that no position of the range is copied, or else why it does not. */
const clear = (
  source: PassagesSource | undefined,
  opening: PassagesOpening | undefined,
  range: ItemRange,
): Fault | undefined => {
  if (source === undefined)
    return opening === undefined ? undefined : fault(PASSAGES, 'a commons has no passages');
  if (opening === undefined) return fault(PASSAGES, 'the passages are not opened');
  const opened = coverRange(source, opening, range);
  if (!opened.ok) return opened.fault;
  const at = markCopied(source, opened.value, range).indexOf(true);
  return at < 0
    ? undefined
    : fault('WITNESS_COPIED', `token ${range.start + at} of item ${range.item} is copied`, {
        item: range.item,
        position: range.start + at,
      });
};

/** A run of a source that a witness shows, from token `pos` of an item on. */
type ShownRun = {
  readonly source: EligibleSource;
  readonly item: number;
  readonly pos: number;
  readonly passages: PassagesOpening | undefined;
};

/**
 * Returns undefined if tokens [start, end) that a witness shows, in the output and in each source, are copied nowhere, or if
 * there are no copied tokens because the claim is for a receipt; or else why not.
 */
export const uncopied = (
  { output, calibration }: ClaimSubject,
  {
    start,
    end,
    outputPassages,
  }: { readonly start: number; readonly end: number; readonly outputPassages: PassagesOpening | undefined },
  runs: readonly ShownRun[],
): Fault | undefined => {
  if (calibration === undefined || output.type !== 'stretch')
    return [outputPassages, ...runs.map(({ passages }) => passages)].every((each) => each === undefined)
      ? undefined
      : fault(PASSAGES, 'a receipt has no passages');
  const own = { item: output.item, start: output.from + start, end: output.from + end };
  let found = clear(calibration.own, outputPassages, own);
  for (const { source, item, pos, passages } of runs)
    found ??= clear(source.passages, passages, { item, start: pos, end: pos + end - start });
  return found;
};

/**
 * Judges a match or a shared run by copied positions. It covers none on either side, so one of them refutes it. A shared run
 * lies within its match, which is judged by its own source.
 */
export const judgeInert = (subject: ClaimSubject, witness: InertWitness): Result<Upheld> => {
  const { part, index, at, side } = witness;
  const { claim, output, calibration } = subject;
  const run = claim[CLAIM_LISTS[part].name][index];
  if (run === undefined || at >= run.end - run.start)
    return fail('WITNESS_INDEX', `the claim has no run ${index} of more than ${at} tokens there`, {
      index,
      at,
    });
  if (calibration === undefined || output.type !== 'stretch')
    return fail('WITNESS_KIND', 'copied positions only count in a calibration', { type: 'inert' });
  const source = side === 'output' ? calibration.own : subject.source(run.contribution)?.passages;
  if (source === undefined)
    return fail(PASSAGES, `contribution ${run.contribution} has no passages`, { index });
  const opened = openPassages(witness.passages, source.root);
  if (!opened.ok) return opened;
  const item = side === 'output' ? output.item : run.item;
  const start = at + (side === 'output' ? output.from + run.start : run.pos);
  const position = { item, start, end: start + 1 };
  return opened.value.passages.some(
    (passage, i) => meets(passage, position) && isCopied(source, opened.value, i),
  )
    ? ok({ type: 'claim', reason: 'INERT' })
    : fail('WITNESS_HOLDS', `token ${start} of item ${item} is not shown to be copied`, {
        item,
        position: start,
      });
};

/**
 * Returns the sum before a border of a draw, taking the claimed sum before the previous border as right. Faults:
 * `WITNESS_OPENING`, `WITNESS_ROOT`, `WITNESS_MALFORMED`, `WITNESS_PASSAGES`, `WITNESS_NOT_OPENED`.
 */
export const readCalibrated = (
  subject: ClaimSubject,
  witness: InfoWitness,
  piece: { readonly start: number; readonly end: number; readonly before: number },
): Result<number> => {
  const { output, calibration } = subject;
  if (calibration === undefined || output.type !== 'stretch')
    return fail('WITNESS_KIND', 'only the claim of a calibration is about an item');
  const { own } = calibration;
  const range = { item: output.item, start: output.from + piece.start, end: output.from + piece.end };
  if (witness.passages === undefined) return fail(PASSAGES, 'the passages are not opened');
  const passages = coverRange(own, witness.passages, range);
  if (!passages.ok) return passages;
  const read = readSource(output, witness.output);
  if (!read.ok) return read;
  const copied = markCopied(own, passages.value, range);
  const information = informationIn(read.value, piece, subject);
  return information.ok
    ? ok(information.value.reduce((sum, bits, i) => sum + (copied[i] === true ? 0 : bits), piece.before))
    : information;
};

/**
 * Judges the place of a draw. The drawn token is the one of its rank among those of type `data`. Exactly one passage
 * holds it, and gives its item and position. The commitment of the item gives its length and its prompt.
 */
export const judgeDraw = (subject: ClaimSubject, witness: DrawWitness): Result<Upheld> => {
  const { calibration, output } = subject;
  if (calibration === undefined || output.type !== 'stretch')
    return fail('WITNESS_KIND', 'only the claim of a calibration has draws', { type: 'draw' });
  const { own, rank, item, position, tokens, promptTokens } = calibration;
  if (tokens === 0) return fail('WITNESS_HOLDS', 'the contribution drawn from is void', { rank });
  const opened = openPassages(witness.passages, own.root);
  if (!opened.ok) return opened;
  const drawn = opened.value.passages.find(
    ({ type, before, start, end }) => type === 'data' && before <= rank && rank < before + end - start,
  );
  if (drawn === undefined)
    return fail(PASSAGES, `no passage opened holds the token of rank ${rank}`, { rank });
  if (drawn.item !== item || drawn.start + rank - drawn.before !== position)
    return ok({ type: 'claim', reason: 'DRAW_POSITION' });
  const head = provenItem(output.contribution, item, { type: 'item', value: witness.item });
  if (!head.ok) return head;
  if (head.value.tokens !== tokens || head.value.promptTokens !== promptTokens)
    return ok({ type: 'claim', reason: 'DRAW_ITEM' });
  return fail('WITNESS_HOLDS', `token ${position} of item ${item} was drawn`, { item, position });
};
