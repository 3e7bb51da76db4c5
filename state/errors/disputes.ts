/** The codes of challenges and demands. They can stand in the results of a block. */
import type { NumberedErrorTable } from '../../src/lib/errors.ts';

export const DISPUTE_ERRORS = {
  CHALLENGE_KIND: {
    number: 201,
    means: 'A witness of this type proves nothing against what is challenged.',
    action: 'Choose a type of witness that docs/disputes.md lists for it.',
  },
  CHALLENGE_CLOSED: {
    number: 202,
    means: 'The receipt or the calibration cannot be challenged any more, or not yet.',
    action: 'Do not challenge it. The data of the error says what state it is in.',
  },
  CHALLENGE_FORFEITED: {
    number: 214,
    means: 'A late proof has taken before what the attestor earned in that epoch: it is lost once.',
    action: 'Do nothing. The challenge loses its fee only.',
  },
  CHALLENGE_INDEX: {
    number: 203,
    means: 'The batch or the calibration holds nothing at the index that the challenge names.',
    action: 'Check the index.',
  },
  CHALLENGE_SETTLEMENT: {
    number: 204,
    means: 'The receipt has no settlement, or another one than the challenge names.',
    action: 'Read the receipt again, and challenge the settlement that it has now.',
  },
  CHALLENGE_CALIBRATION: {
    number: 205,
    means: 'The claim that the challenge names does not exist, or does not stand any more.',
    action: 'Read the calibration again, and challenge the claim that stands.',
  },
  DECLARATION_NOT_ACCEPTED: {
    number: 206,
    means: 'There is no accepted contribution with this number.',
    action: 'Challenge only contributions that are accepted.',
  },
  DECLARATION_VOID: {
    number: 207,
    means: 'The contribution is void already.',
    action: 'Do nothing: nothing is left to challenge.',
  },
  DECLARATION_STRUCK: {
    number: 208,
    means: 'Another challenge struck this run or passage before.',
    action: 'Do nothing. The challenge loses its fee only.',
  },
  DEMAND_UNKNOWN: {
    number: 209,
    means: 'There is no demand with this id.',
    action: 'Check the id: it is the id of the transaction that made the demand.',
  },
  DEMAND_CLOSED: {
    number: 210,
    means: 'The demand is not open any more.',
    action: 'Do nothing. The data of the error says how it ended.',
  },
  DEMAND_PLACES: {
    number: 211,
    means: 'As many demands are open as may be, or the text was demanded as often as it may be.',
    action: 'Wait until a demand is answered, or use the answers that were given.',
  },
  DEMAND_REPEATED: {
    number: 212,
    means: 'All of these chunks were demanded before.',
    action: 'Read the answer to the earlier demand.',
  },
  EXCUSE_ATTESTOR: {
    number: 213,
    means: 'The sender is not the attestor of the claim that is outdone.',
    action: 'Leave the answer to the attestor: excuses are part of its claim.',
  },
} as const satisfies NumberedErrorTable;
