/** Reviews the claim of a calibration: whether it is false, and which witness of which draw proves it. */

import { rankOfDraw, stretchOf } from '../../../state/attribution/calibration.ts';
import type { CalibrationClaim } from '../../../state/attribution/calibration-claim.ts';
import { derivePassages } from '../../../state/attribution/declaration.ts';
import type { ItemOpening } from '../../../state/attribution/openings.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import type { Witness } from '../../../state/attribution/witness/types.ts';
import type { AttributionParams } from '../../../state/params.ts';
import type { TextEvidence } from '../../attribution/evidence/chunks.ts';
import { type PassagesEvidence, provePassages } from '../../attribution/evidence/declared.ts';
import { infoTable } from '../../attribution/info-table.ts';
import { answeredText } from '../../attribution/prover/answered-text.ts';
import {
  type CalibrationTruth,
  type CalibrationVerdict,
  type DrawPlace,
  refuteCalibration,
} from '../../attribution/prover/calibration-prover.ts';
import { openerFrom, witnessOf } from '../../attribution/prover/claim-witness.ts';
import type { Withheld } from '../../attribution/prover/finding.ts';
import { type Root, toHeight } from '../../lib/brands.ts';
import { invariant } from '../../lib/errors.ts';
import type { ContributionId } from '../../lib/ids.ts';
import type { CalibrationData } from '../corpus/calibration-data.ts';
import { itemEvidence, type KnownPart, ofRules, partOf } from '../corpus/text-cache.ts';
import type { Shown } from './review.ts';

export type CalibrationReview =
  | { readonly type: 'holds' }
  | { readonly type: 'false'; readonly at: DrawPlace; readonly witness: Witness }
  /**
   * Nothing false was found in the texts that are available. `withheld` are the chunks to demand, of the draw `at`; it is
   * empty if all texts that the claim names are known, but others that its draws may match are missing.
   */
  | { readonly type: 'unknown'; readonly at: DrawPlace; readonly withheld: readonly Withheld[] };

/** Where nothing has to be demanded of a draw. */
const ANY_DRAW: DrawPlace = { level: 'met', draw: 0 };

type KnownItem = { readonly tokens: Tokens; readonly evidence: () => TextEvidence };

/** What there is of a contribution that is not known whole: the commitment that the chain has to it, and its known items. */
export type Incomplete = {
  readonly root: Root;
  readonly items: number;
  readonly part: (item: number) => KnownPart | undefined;
};

/** Reviews claims of a calibration against its data. */
export class CalibrationReviewer {
  readonly #data: CalibrationData;
  readonly #params: AttributionParams;
  readonly #incomplete: (contribution: ContributionId) => Incomplete | undefined;
  readonly #passages = new Map<number, PassagesEvidence>();
  readonly #copied = new Map<string, Uint8Array>();

  constructor(
    data: CalibrationData,
    params: AttributionParams,
    incomplete: (contribution: ContributionId) => Incomplete | undefined,
  ) {
    this.#data = data;
    this.#params = params;
    this.#incomplete = incomplete;
  }

  /** @param shown - what answers to demands on this claim have shown, by the draw */
  review(
    claim: CalibrationClaim,
    { seed, drawable }: { readonly seed: Root; readonly drawable: bigint },
    shown: ReadonlyMap<number, readonly Shown[]>,
  ): CalibrationReview {
    const { corpus } = this.#data;
    const { lMin, lMax, promptMin, calibrationDraws } = this.#params;
    const item = (contribution: ContributionId, index: number): KnownItem | undefined =>
      this.#item(contribution, index, claim, [...shown]);
    const drawn = new Set<number>(
      this.#data.order.filter(({ brought }) => brought !== null).map(({ contribution }) => contribution),
    );
    const truth: CalibrationTruth = {
      draws: corpus.knownDraws(seed, calibrationDraws),
      trace: (draws, bits) => corpus.trace(draws, [bits]).flat(),
      item: (contribution, index) => item(contribution, index)?.tokens,
      isCopied: (contribution, index, position) => this.#isCopied(contribution, index, position),
      // All that is eligible is drawn from, but for commons.
      commons: { has: (contribution) => !drawn.has(contribution) },
      rules: { version: this.#data.rules, matchTokensMin: lMin, matchTokensMax: lMax, promptMin },
      table: infoTable(),
    };
    const verdict = refuteCalibration(claim, truth);
    // A match with a text that is missing may have been left out, so nobody can say that the claim holds.
    if (verdict.type === 'holds' && this.#data.type === 'missing')
      return { type: 'unknown', at: ANY_DRAW, withheld: [] };
    if (verdict.type !== 'false') return verdict;
    return {
      type: 'false',
      at: verdict.at,
      witness: this.#witness(claim, verdict, { seed, drawable }, item),
    };
  }

  #declared(contribution: ContributionId) {
    return this.#data.declarations.get(contribution);
  }

  #passagesOf(contribution: ContributionId): PassagesEvidence | undefined {
    const known = this.#passages.get(contribution);
    const declared = this.#declared(contribution);
    if (known !== undefined || declared === undefined) return known;
    const made = provePassages(derivePassages(declared.declaration).passages);
    this.#passages.set(contribution, made);
    return made;
  }

  #isCopied(contribution: ContributionId, item: number, position: number): boolean {
    const declared = this.#declared(contribution);
    const passages = this.#passagesOf(contribution)?.passages;
    if (declared === undefined || passages === undefined) return false;
    const { struck } = declared.struckPassages(toHeight(this.#data.asOf));
    const key = `${contribution}/${item}`;
    let marks = this.#copied.get(key);
    if (marks === undefined) {
      marks = new Uint8Array(declared.declaration.shapes[item]?.tokens ?? 0);
      for (const [index, passage] of passages.entries())
        if (passage.item === item && (passage.type === 'copied' || struck.has(index)))
          marks.fill(1, passage.start, passage.end);
      this.#copied.set(key, marks);
    }
    return marks[position] === 1;
  }

  /** Returns an item from the text cache, or from the answers to demands. */
  #item(
    contribution: ContributionId,
    item: number,
    claim: CalibrationClaim,
    shown: readonly (readonly [number, readonly Shown[]])[],
  ): KnownItem | undefined {
    const source = this.#data.contributions.get(contribution);
    const incomplete = this.#incomplete(contribution);
    const part = source === undefined ? incomplete?.part(item) : partOf(source, item);
    const known = ofRules(part, this.#data.rules);
    if (known !== undefined) return { tokens: known.text.tokens, evidence: () => itemEvidence(known, item) };
    const openings = shown.flatMap(([draw, all]) =>
      all
        .filter(({ demand }) => {
          const of = demand.text === 'source' ? demand : claim.draws[draw];
          return of?.contribution === contribution && of.item === item;
        })
        .map(({ opening }) => opening),
    );
    if (openings.length === 0 || incomplete === undefined) return undefined;
    const { root, items } = incomplete;
    const answered = answeredText(
      openings,
      { root, item: { item, items } },
      { rules: rulesOf(this.#data.rules), table: infoTable() },
    );
    if (!answered.ok || answered.value.type === 'malformed') return undefined;
    const { tokens, evidence } = answered.value;
    return { tokens, evidence: () => evidence };
  }

  #witness(
    claim: CalibrationClaim,
    { at, finding }: CalibrationVerdict & { readonly type: 'false' },
    { seed, drawable }: { readonly seed: Root; readonly drawable: bigint },
    item: (contribution: ContributionId, index: number) => KnownItem | undefined,
  ): Witness {
    const drawn = claim.draws[at.draw];
    invariant(drawn !== undefined, 'a finding names a draw of the claim');
    const evidence = (contribution: ContributionId, index: number): TextEvidence => {
      const known = item(contribution, index);
      invariant(known !== undefined, 'only items whose text is known are opened');
      return known.evidence();
    };
    const { contribution } = drawn;
    const passages = this.#passagesOf(contribution);
    invariant(passages !== undefined, 'a contribution that tokens are drawn from has passages');
    if (finding.type === 'draw') {
      const before = this.#data.order.find((each) => each.contribution === contribution)?.before ?? 0n;
      const rank = Number(rankOfDraw(seed, at.draw, drawable) - before);
      const place = passages.passages.findIndex(
        ({ type, start, end, before: first }) =>
          type === 'data' && first <= rank && rank < first + end - start,
      );
      const head = evidence(contribution, drawn.item).openChunks(0, 0);
      invariant(place >= 0 && head.type === 'item', 'every rank is that of a token of some passage');
      const value: ItemOpening = head.value;
      return { type: 'draw', value: { passages: passages.open(place, 1), item: value } };
    }
    const { start, end } = stretchOf(drawn);
    const level = at.level === 'met' ? drawn.claim : claim.before.find(({ draw }) => draw === at.draw)?.claim;
    invariant(level !== undefined, 'a finding names a claim');
    const own = evidence(contribution, drawn.item).open;
    return witnessOf(
      finding,
      level,
      { outputTokens: end - start, promptTokens: drawn.promptTokens },
      {
        context: rulesOf(this.#data.rules).context,
        output: openerFrom(own, start),
        prompt: own,
        source: (of, index) => ({
          open: evidence(of, index).open,
          tokens: item(of, index)?.tokens.count ?? 0,
        }),
        passages: {
          output: (from, to) => passages.over(drawn.item, start + from, start + to),
          source: (of, index) => {
            const source = this.#passagesOf(of);
            return source === undefined ? undefined : (from, to) => source.over(index, from, to);
          },
        },
      },
    );
  }
}
