/** Events of challenges and DEMANDs. */

import { height64 } from '../../src/lib/chain.ts';
import { choice } from '../../src/lib/choice.ts';
import { contributionId, modelId } from '../../src/lib/ids.ts';
import {
  address20,
  container,
  optional,
  root32,
  text,
  uint8,
  uint16,
  uint32,
  uint128,
} from '../../src/lib/ssz.ts';
import { receiptId } from './fields.ts';

const challenge = {
  /** The id of the transaction that posted the challenge. */
  challenge: root32,
  /** The target of the challenge. The fields of the two other targets are null. */
  target: choice(['receipt', 'calibration', 'contribution']),
  receipt: optional(receiptId),
  /** For a receipt: the settlement that is challenged; null if the receipt itself is. */
  settlement: optional(root32),
  /** For a calibration: the model. */
  model: optional(modelId),
  /** For a calibration: the id of the transaction that claimed it. */
  claim: optional(root32),
  /**
   * For a calibration: whether the claim is challenged at the step that meets the bar, or at the step
   * before.
   */
  level: optional(choice(['before', 'met'])),
  /** For a calibration: the index of the draw. */
  draw: optional(uint16),
  contribution: optional(contributionId),
  challenger: address20,
};

const judged = {
  ...challenge,
  /** The type of the witness. */
  witness: text(16),
  /** The stable code of what the witness shows, or why it does not prove. */
  code: text(64),
};

export const DISPUTE_EVENTS = {
  /** A witness proved. What it is against falls, and the bond went back to the challenger. */
  challengeUpheld: container({
    ...judged,
    falls: choice(['claim', 'receipt', 'contribution', 'novelRun', 'passage']),
  }),
  /** A witness did not prove. The challenger's bond was burned. */
  challengeRefuted: container({ ...judged, burned: uint128 }),
  /** Somebody demanded to see text. If nobody shows it in time, what the DEMAND is against falls. */
  demandOpened: container({
    ...challenge,
    demand: container({
      text: choice(['output', 'prompt', 'source']),
      /** For a source: the contribution whose text is demanded. */
      contribution: optional(contributionId),
      item: uint32,
      /** The first chunk. */
      first: uint32,
      /** The number of chunks. */
      count: uint8,
    }),
    /** The last height at which it may be answered. */
    answerBy: height64,
    /** The bond, base units. */
    bond: uint128,
    /** The part of the bond that is lost if it is answered, base units. */
    cost: uint128,
  }),
  /**
   * Somebody showed a chunk that adds more than a pick, if it bears all of its phrases. If the attestor does not excuse enough
   * of them in time, the claim falls.
   */
  outdoneOpened: container({
    ...challenge,
    outdone: container({
      /** The section of the output. */
      section: uint8,
      /** The number of picks before the one that is outdone. */
      step: uint8,
      contribution: contributionId,
      item: uint32,
      /** The index of the chunk in the item. */
      chunk: uint16,
      /** The number of phrases that were shown. */
      phrases: uint8,
    }),
    /** The last height at which it may be answered. */
    answerBy: height64,
    /** The bond, base units. */
    bond: uint128,
    /** The part of the bond that is lost if it is answered, base units. */
    cost: uint128,
  }),
  /**
   * Somebody showed the text that was demanded, or the attestor excused phrases of a chunk that outdoes a pick. For excuses
   * nothing is paid or burned yet: see `outdoneSettled`.
   */
  demandAnswered: container({
    ...challenge,
    answerer: address20,
    /** The part of the cost that the answerer got, base units. */
    reward: uint128,
    /** The part of the cost that was burned, base units. */
    burned: uint128,
    /** The height at whose end the window of the claim closes now. */
    finalAt: optional(height64),
  }),
  /** A DEMAND, or an `outdone`, ended: it was answered, nobody answered it, or what it was against fell to another challenge. */
  demandClosed: container({
    ...challenge,
    state: choice(['answered', 'unanswered', 'moot']),
    /** The part of the bond that went back to the challenger, base units. */
    returned: uint128,
    /** The height before whose end no claim of the settlement becomes final, if the DEMAND extends that. */
    heldUntil: optional(height64),
  }),
  /** A claim came to its end, and with it an `outdone` that the attestor had answered: its price goes back, or is spent. */
  outdoneSettled: container({
    ...challenge,
    /** The attestor of the claim. */
    answerer: address20,
    /** The price, if the claim fell: back to the challenger, base units. */
    returned: uint128,
    /** The part of the price that the attestor got, if the claim became final, base units. */
    reward: uint128,
    /** The part of the price that was burned, if the claim became final, base units. */
    burned: uint128,
  }),
};
