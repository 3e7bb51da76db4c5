/** Claims for receipts whose outputs share no phrases with the data. */
import type { Claim } from '../../../../state/attribution/claim.ts';
import type { Section } from '../../../../state/attribution/relevance.ts';
import type { ReceiptClaim } from '../../../../state/tx/attribution-settlement.ts';

/** Returns the sections of an output of at most 512 tokens for which no chunk is picked. */
export const noPicks = ({ info }: Pick<Claim, 'info'>): readonly Section[] => {
  const information = info.at(-1) ?? 0;
  return information === 0 ? [] : [{ information, picks: [] }];
};

/** Returns the claim for the receipt at `index` of a batch, without picks. */
export const withoutPicks = (index: number, claim: Claim): ReceiptClaim => ({
  index,
  claim,
  sections: noPicks(claim),
});
