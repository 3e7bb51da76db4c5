/** Claims for receipts whose outputs share no phrases with the data. */
import type { Claim } from '../../../../state/attribution/claim.ts';
import { INFO_MAX } from '../../../../state/attribution/info1.ts';
import { SECTION_TOKENS, type Section, sectionsOf } from '../../../../state/attribution/relevance.ts';
import type { ReceiptClaim } from '../../../../state/tx/attribution-settlement.ts';

/**
 * Returns the sections of an output for which no chunk is picked. Where the information lies in the output does not matter to
 * what is tested, so the first sections get as much of it as they may have.
 */
export const noPicks = ({ info }: Pick<Claim, 'info'>, outputTokens: number): readonly Section[] => {
  let left = info.at(-1) ?? 0;
  return Array.from({ length: sectionsOf(outputTokens) }, (_, section) => {
    const tokens = Math.min(SECTION_TOKENS, outputTokens - section * SECTION_TOKENS);
    const information = Math.min(left, INFO_MAX * tokens);
    left -= information;
    return { information, picks: [] };
  });
};

/** Returns the claim for the receipt at `index` of a batch, without picks. Most outputs of these tests have one section. */
export const withoutPicks = (index: number, claim: Claim, outputTokens = SECTION_TOKENS): ReceiptClaim => ({
  index,
  claim,
  sections: noPicks(claim, outputTokens),
});
