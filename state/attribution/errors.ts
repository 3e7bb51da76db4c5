/** The codes of the rules of attribution. All can occur in the results of a block, so all have numbers. */

import type { NumberedErrorTable } from '../../src/lib/errors.ts';
import * as errors from '../../src/lib/errors.ts';
import { CLAIM_ERRORS } from './claim-errors.ts';

export const ATTRIBUTION_ERRORS = {
  ...CLAIM_ERRORS,
  CALIBRATION_LEVEL: {
    number: 312,
    means: 'The calibration has no draws, or names a step that does not exist.',
    action: 'Claim one of the steps in docs/calibration.md, with all draws.',
  },
  CALIBRATION_DRAWS: {
    number: 313,
    means: 'The claim does not hold one claim for each token drawn.',
    action: 'Claim all the draws, in their order.',
  },
  CALIBRATION_DRAW: {
    number: 314,
    means: 'A draw of the claim is not at the place that the chain drew.',
    action: 'Compute the draws again from the seed of the calibration.',
  },
  CALIBRATION_BEFORE: {
    number: 315,
    means: 'The claims at the step before the bar are out of order, or do not fit the draws.',
    action: 'Compute the claim again with the engine of this version.',
  },
  CALIBRATION_OWN_ITEM: {
    number: 316,
    means: 'A match or a shared run of a draw is with the item from which it was drawn.',
    action: 'Leave that match or run out.',
  },
  CALIBRATION_ABOVE_BAR: {
    number: 317,
    means: 'At the claimed step, coincidence explains more than the bar allows.',
    action: 'Claim a later step.',
  },
  CALIBRATION_BELOW_BAR: {
    number: 318,
    means: 'The claims at the step before do not show that it misses the bar.',
    action: 'Claim that step, or show more matches at it.',
  },
  CALIBRATION_UNMEASURABLE: {
    number: 319,
    means: 'Fewer than half of the draws count, so no step can meet the bar.',
    action: 'Claim that no step meets the bar.',
  },
  ITEM_TOO_LONG: {
    number: 320,
    means: 'An item has more tokens than an item may have.',
    action: 'Split the item.',
  },
  ITEM_PROMPT_PART: {
    number: 321,
    means: 'The prompt part of an item is longer than the item.',
    action: 'Give the number of tokens of the prompt part of the item.',
  },
  PROMPT_TOO_LONG: {
    number: 322,
    means: 'The prompt of a receipt has more tokens or bytes than a prompt may have.',
    action: 'Use a shorter prompt.',
  },
  OUTPUT_TOO_LONG: {
    number: 323,
    means: 'The output of a receipt has more tokens or bytes than an output may have.',
    action: 'Let the model write a shorter output.',
  },
  CONTRIBUTION_TOO_LONG: {
    number: 324,
    means: 'A contribution has more items than a contribution may have.',
    action: 'Split the contribution.',
  },
  CONTRIBUTION_SHAPES: {
    number: 325,
    means: 'The declared lengths of the items contradict each other or the limits.',
    action: 'Run the contributor again, so that it declares the items as they are.',
  },
  CONTRIBUTION_NOVEL_RUNS: {
    number: 326,
    means: 'The declared novel runs contradict each other or the lengths of the items.',
    action: 'Run the contributor again, so that it declares the novel runs.',
  },
  CONTRIBUTION_COPIED: {
    number: 327,
    means: 'The declared copied runs contradict each other, the limits or the lengths of the items.',
    action: 'Run the contributor again, so that it declares the copied runs.',
  },
  INFO1_HASH: {
    number: 328,
    means: 'The INFO-1 table is not the one that this version was built for.',
    action: 'Install the package again: its table is damaged.',
  },
  TEXT_UTF8_INVALID: {
    number: 364,
    means: 'A text is not valid UTF-8.',
    action: 'Convert the text to UTF-8. The data of the error has the place of the first bad byte.',
  },
  TEXT_LONE_SURROGATE: {
    number: 365,
    means: 'A text holds half of a surrogate pair, which UTF-8 cannot express.',
    action: 'Remove or replace the broken character.',
  },
  MERKLE_RANGE: {
    number: 331,
    means: 'A proof names leaves past the width of the tree.',
    action: 'Build the opening again from the text.',
  },
  MERKLE_BRANCH: {
    number: 332,
    means: 'A proof has too many or too few nodes.',
    action: 'Build the opening again from the text.',
  },
  MALFORMED_LENGTH: {
    number: 333,
    means: 'A text claims more tokens or bytes than such a text may have.',
    action: 'Nobody can repair a commitment. Challenge it as malformed.',
  },
  MALFORMED_COUNT: {
    number: 334,
    means: 'A text has another number of chunks than its tokens need.',
    action: 'Nobody can repair a commitment. Challenge it as malformed.',
  },
  MALFORMED_PACKING: {
    number: 335,
    means: 'A chunk of a text is not a list of tokens.',
    action: 'Nobody can repair a commitment. Challenge it as malformed.',
  },
  MALFORMED_CHUNK: {
    number: 336,
    means: 'A chunk of a text holds another number of tokens than its place in the text needs.',
    action: 'Nobody can repair a commitment. Challenge it as malformed.',
  },
  MALFORMED_TOKEN: {
    number: 337,
    means: 'A chunk of a text holds bytes that are not a token.',
    action: 'Nobody can repair a commitment. Challenge it as malformed.',
  },
  MALFORMED_TOKENS: {
    number: 338,
    means: 'A text has another number of tokens than was declared.',
    action: 'Nobody can repair a commitment. Challenge it as malformed.',
  },
  MALFORMED_BYTES: {
    number: 362,
    means: 'A text has another number of bytes than was declared, or fewer than it has tokens.',
    action: 'Nobody can repair a commitment. Challenge it as malformed.',
  },
  MALFORMED_INFORMATION: {
    number: 339,
    means: 'The information that a text gives for a chunk is not the sum of its tokens.',
    action: 'Nobody can repair a commitment. Challenge it as malformed.',
  },
  MALFORMED_ITEMS: {
    number: 340,
    means: 'A contribution has another number of items than was declared.',
    action: 'Nobody can repair a commitment. Challenge it as malformed.',
  },
  MALFORMED_PROMPT_PART: {
    number: 341,
    means: 'The prompt part of a committed item is longer than the item.',
    action: 'Nobody can repair a commitment. Challenge it as malformed.',
  },
  WITNESS_TOO_LARGE: {
    number: 342,
    means: 'The witness is larger than a witness may be.',
    action: 'Open fewer chunks. Every true challenge fits.',
  },
  WITNESS_KIND: {
    number: 343,
    means: 'A witness of this type cannot prove anything against this claim.',
    action: 'Choose a type of witness that docs/disputes.md lists for the claim.',
  },
  WITNESS_OPENING: {
    number: 344,
    means: 'The witness opens a text where an item is needed, an item where a text is, or another item.',
    action: 'Build the witness again for what it challenges.',
  },
  WITNESS_ROOT: {
    number: 345,
    means: 'The opening does not belong to the commitment that it names.',
    action: 'Build the opening again from the committed text and its salt.',
  },
  WITNESS_MALFORMED: {
    number: 346,
    means: 'The text that the witness opens is malformed, so it proves nothing about the claim.',
    action: 'Challenge the text itself as malformed.',
  },
  WITNESS_NOT_OPENED: {
    number: 347,
    means: 'The witness does not open a token that the proof needs.',
    action: 'Open the chunk that holds the token in the data of the error.',
  },
  WITNESS_DIFFERS: {
    number: 348,
    means: 'The tokens that the witness compares differ.',
    action: 'Check the positions that the witness names.',
  },
  WITNESS_HOLDS: {
    number: 349,
    means: 'What the witness shows agrees with the claim, so nothing is wrong.',
    action: 'Do not challenge this: the claim is right there.',
  },
  WITNESS_INDEX: {
    number: 350,
    means: 'The claim or the contribution has nothing at the index that the witness names.',
    action: 'Check the index and the position that the witness names.',
  },
  WITNESS_WINDOW: {
    number: 351,
    means: 'The stretch that the witness names is too short, too long, or beside the position in question.',
    action: 'Choose a stretch within the limits that holds the position.',
  },
  WITNESS_INELIGIBLE: {
    number: 352,
    means: 'The claim may not draw on the contribution or the receipt that the witness names.',
    action: 'Name a source that existed and was eligible in time.',
  },
  WITNESS_ECHOED: {
    number: 353,
    means: 'The position in question is in an echo, so it earns nothing.',
    action: 'Challenge the echo if it is wrong.',
  },
  WITNESS_UNCLAIMED: {
    number: 354,
    means: 'The position need not be claimed at the step before the bar.',
    action: 'Do not challenge this.',
  },
  WITNESS_LATER: {
    number: 355,
    means: 'The position is claimed for an earlier contribution, which comes first.',
    action: 'Name a contribution that is earlier than the one claimed.',
  },
  WITNESS_DEPENDENT: {
    number: 378,
    means:
      'The two contributions that the witness names do not make a run shared: one is a commons, both are of one owner, or the second was committed after the first was revealed.',
    action: 'Name a second contribution of another owner that was committed before the first was revealed.',
  },
  WITNESS_INFORMATION: {
    number: 356,
    means: 'The stretch that the witness names bears too little information for a match.',
    action: 'Choose a stretch with more information.',
  },
  WITNESS_PASSAGES: {
    number: 357,
    means: 'The witness opens passages where there are none, or not the ones that the proof needs.',
    action: 'Open exactly the passages that the type of witness asks for.',
  },
  WITNESS_COPIED: {
    number: 358,
    means: 'A token of the stretch is declared copied, so it does not count.',
    action: 'Choose a stretch without copied tokens.',
  },
  WITNESS_STRUCK: {
    number: 359,
    means:
      'Another challenge struck the run or the passage before, or has shown before that an answer by excuses is false.',
    action: 'Do nothing. The challenge loses its fee only.',
  },
  WITNESS_DEMAND: {
    number: 360,
    means: 'The demand asks for chunks that cannot be demanded of this claim.',
    action: 'Demand chunks that the claim cites, within the limits of docs/disputes.md.',
  },
  WITNESS_ANSWER: {
    number: 361,
    means: 'The answer does not open exactly the chunks that were demanded.',
    action: 'Open the chunks in the data of the error.',
  },
  WITNESS_PHRASE: {
    number: 410,
    means: 'A phrase that the witness names does not count at its position.',
    action: 'Name a phrase that counts: docs/attribution.md says which ones do.',
  },
  WITNESS_NOVEL: {
    number: 411,
    means: 'No novel run is opened that counts and has a token of the phrase.',
    action: 'Open a novel run that the contribution declared and no challenge has struck.',
  },
  WITNESS_HOLDERS: {
    number: 412,
    means: 'The witness does not show three different chunks, in order, that come before that of the pick.',
    action: 'Show the first three chunks that hold the phrase.',
  },
  WITNESS_LESS: {
    number: 413,
    means: 'The chunk that the witness shows does not come before the pick.',
    action: 'Show a chunk that adds more, or as much if it comes before.',
  },
} as const satisfies NumberedErrorTable;

export type AttributionCode = keyof typeof ATTRIBUTION_ERRORS;

export type Fault = errors.Fault<AttributionCode>;
export type Result<T> = errors.Result<T, AttributionCode>;
export const fault: errors.FaultOf<AttributionCode> = errors.fault;
export const fail: errors.FailOf<AttributionCode> = errors.fail;
