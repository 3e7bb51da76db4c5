/** Turns a finding about a claim into the witness that proves it: the few chunks on each side that are needed. */

import { bordersOf } from '../../../state/attribution/borders.ts';
import { CLAIM_LISTS, type Claim } from '../../../state/attribution/claim.ts';
import type { Opening, PassagesOpening } from '../../../state/attribution/openings.ts';
import { CHUNK_TOKENS } from '../../../state/attribution/parameters.ts';
import type { Witness } from '../../../state/attribution/witness/types.ts';
import { invariant, unreachable } from '../../lib/errors.ts';
import type { ContributionId } from '../../lib/ids.ts';
import type { ClaimFinding } from './finding.ts';

/**
 * Opens the chunks that hold tokens [start, end) of a text. If the range is empty, it opens no chunk, only the head.
 */
export type Opener = (start: number, end: number) => Opening;

/** Opens the passages that lie over tokens [start, end). */
export type PassagesOpener = (start: number, end: number) => PassagesOpening;

/** The openers of the texts of a claim. Positions are those of the claim. */
export type ClaimOpeners = {
  /** The number of tokens before a token that decide, with it, how much information it bears. */
  readonly context: number;
  readonly output: Opener;
  readonly prompt: Opener;
  readonly source: (
    contribution: ContributionId,
    item: number,
  ) => { readonly open: Opener; readonly tokens: number };
  /** The passages; present only for a calibration. */
  readonly passages?: {
    readonly output: PassagesOpener;
    /** Returns an opener for an item; undefined for a commons, in which nothing is copied. */
    readonly source: (contribution: ContributionId, item: number) => PassagesOpener | undefined;
  };
};

/** Returns an opener of a text that begins at token `from` of another. */
export const openerFrom =
  (open: Opener, from: number): Opener =>
  (start, end) =>
    open(from + start, from + end);

const invalidWitness = (
  { part, index, at }: ClaimFinding & { readonly type: 'invalid' },
  claim: Claim,
  openers: ClaimOpeners,
  promptTokens: number,
): Witness => {
  const run = claim[CLAIM_LISTS[part].name][index];
  invariant(run !== undefined, 'a finding names a run of the claim');
  const position = run.start + at;
  const text = openers.output(position, position + 1);
  const [place, source] =
    'place' in run
      ? [run.place + at, { open: openers.prompt, tokens: promptTokens }]
      : [run.pos + at, openers.source(run.contribution, run.item)];
  // Past its end there is no chunk to open. The length in its head proves that.
  const end = place < source.tokens ? place + 1 : place;
  return {
    type: 'invalid',
    value: { part, index, at, text, source: place < end ? source.open(place, end) : source.open(0, 0) },
  };
};

const inertWitness = (
  { part, index, at, side }: ClaimFinding & { readonly type: 'inert' },
  claim: Claim,
  { passages }: ClaimOpeners,
): Witness => {
  const run = claim[CLAIM_LISTS[part].name][index];
  invariant(run !== undefined && passages !== undefined, 'only runs of a calibration are inert');
  const position = side === 'output' ? run.start + at : run.pos + at;
  const open = side === 'output' ? passages.output : passages.source(run.contribution, run.item);
  invariant(open !== undefined, 'a commons is never copied');
  return { type: 'inert', value: { part, index, at, side, passages: open(position, position + 1) } };
};

const betterWitness = (
  { type: _type, ...window }: ClaimFinding & { readonly type: 'better' },
  { context, output, source, passages }: ClaimOpeners,
): Witness => {
  const { start, end, contribution, item, pos } = window;
  const tokens = end - start;
  return {
    type: 'better',
    value: {
      ...window,
      output: output(Math.max(0, start - context), end),
      source: source(contribution, item).open(pos, pos + tokens),
      outputPassages: passages?.output(start, end),
      sourcePassages: passages?.source(contribution, item)?.(pos, pos + tokens),
    },
  };
};

const sharedWitness = (
  { type: _type, owner, ...run }: ClaimFinding & { readonly type: 'shared' },
  { context, output, source, passages }: ClaimOpeners,
): Witness => {
  const { start, end, ownItem, ownPos, contribution, item, pos } = run;
  const tokens = end - start;
  return {
    type: 'shared',
    value: {
      ...run,
      output: output(Math.max(0, start - context), end),
      own: source(owner, ownItem).open(ownPos, ownPos + tokens),
      source: source(contribution, item).open(pos, pos + tokens),
      outputPassages: passages?.output(start, end),
      ownPassages: passages?.source(owner, ownItem)?.(ownPos, ownPos + tokens),
      sourcePassages: passages?.source(contribution, item)?.(pos, pos + tokens),
    },
  };
};

const infoWitness = (border: number, claim: Claim, outputTokens: number, openers: ClaimOpeners): Witness => {
  const borders = bordersOf(claim, outputTokens);
  const position = borders[border] ?? 0;
  if (openers.passages === undefined) {
    // The chunk of the border has the sum before it. At the end, the head has the whole sum.
    const chunk = position - (position % CHUNK_TOKENS);
    const output =
      position < outputTokens
        ? openers.output(Math.max(0, chunk - openers.context), position + 1)
        : openers.output(0, 0);
    return { type: 'info', value: { border, output, passages: undefined } };
  }
  const from = borders[border - 1] ?? 0;
  return {
    type: 'info',
    value: {
      border,
      output: openers.output(from < position ? Math.max(0, from - openers.context) : from, position),
      passages: from < position ? openers.passages.output(from, position) : undefined,
    },
  };
};

/** Returns the items that the witness for a finding opens though no run of the claim cites them. */
export const openedItems = (
  finding: ClaimFinding,
): readonly { readonly contribution: ContributionId; readonly item: number }[] => {
  switch (finding.type) {
    case 'better':
      return [{ contribution: finding.contribution, item: finding.item }];
    case 'shared':
      return [
        { contribution: finding.owner, item: finding.ownItem },
        { contribution: finding.contribution, item: finding.item },
      ];
    default:
      return [];
  }
};

/**
 * Returns the witness for a finding.
 * @param texts - the lengths of output and prompt
 */
export const witnessOf = (
  finding: ClaimFinding,
  claim: Claim,
  texts: { readonly outputTokens: number; readonly promptTokens: number },
  openers: ClaimOpeners,
): Witness => {
  switch (finding.type) {
    case 'invalid':
      return invalidWitness(finding, claim, openers, texts.promptTokens);
    case 'inert':
      return inertWitness(finding, claim, openers);
    case 'better':
      return betterWitness(finding, openers);
    case 'shared':
      return sharedWitness(finding, openers);
    case 'echo': {
      const { position, start, end, place } = finding;
      const output = openers.output(start, end);
      const prompt = openers.prompt(place, place + end - start);
      return { type: 'echo', value: { position, start, end, place, output, prompt } };
    }
    case 'info':
      return infoWitness(finding.border, claim, texts.outputTokens, openers);
    default:
      return unreachable(finding);
  }
};
