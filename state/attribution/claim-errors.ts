/** The codes of claims, and of the excuses that become part of them. Their numbers are those of the codes of attribution. */
import type { NumberedErrorTable } from '../../src/lib/errors.ts';

export const CLAIM_ERRORS = {
  CLAIM_INFO_COUNT: {
    number: 301,
    means: 'The claim does not give one sum of information for each of its borders.',
    action: 'Compute the claim again with the engine of this version.',
  },
  CLAIM_INFO_SUM: {
    number: 302,
    means: 'A claimed sum of information is not possible for that number of tokens.',
    action: 'Compute the claim again with the engine of this version.',
  },
  CLAIM_ECHO_ORDER: {
    number: 303,
    means: 'The echoes of the claim are not in order.',
    action: 'Sort the echoes by where they start and end.',
  },
  CLAIM_ECHO_RANGE: {
    number: 304,
    means: 'An echo of the claim runs past the end of the output or of the prompt.',
    action: 'Compute the claim again from the output and its prompt.',
  },
  CLAIM_ECHO_SHORT: {
    number: 305,
    means: 'An echo of the claim is shorter than an echo must be.',
    action: 'Leave the echo out.',
  },
  CLAIM_MATCH_IDLE: {
    number: 306,
    means: 'A match of the claim owns no position of the output.',
    action: 'Leave the match out.',
  },
  CLAIM_MATCH_ORDER: {
    number: 307,
    means: 'The matches of the claim are not in order.',
    action: 'Sort the matches, and name each once.',
  },
  CLAIM_MATCH_RANGE: {
    number: 308,
    means: 'A match of the claim runs past the end of the output or of any item.',
    action: 'Compute the claim again from the texts.',
  },
  CLAIM_MATCH_SHORT: {
    number: 309,
    means: 'A match of the claim is shorter than a match must be.',
    action: 'Leave the match out.',
  },
  CLAIM_MATCH_LONG: {
    number: 310,
    means: 'A match of the claim is longer than one match may be.',
    action: 'Split the match.',
  },
  CLAIM_MATCH_INFORMATION: {
    number: 311,
    means: 'A match of the claim bears less information than the calibration asks.',
    action: 'Leave the match out.',
  },
  CLAIM_SHARED_RULES: {
    number: 366,
    means: 'The claim has shared runs, but the rules know none.',
    action: 'Leave the shared runs out.',
  },
  CLAIM_SHARED_MATCH: {
    number: 367,
    means: 'A shared run of the claim does not lie within the match that it names.',
    action: 'Name the match that holds the run.',
  },
  CLAIM_SHARED_SHORT: {
    number: 368,
    means: 'A shared run of the claim is shorter than a match must be.',
    action: 'Leave the run out, or make it longer.',
  },
  CLAIM_SHARED_LONG: {
    number: 369,
    means: 'A shared run of the claim is longer than a shared run may be.',
    action: 'Split the run.',
  },
  CLAIM_SHARED_RANGE: {
    number: 370,
    means: 'A shared run of the claim runs past the end of any item.',
    action: 'Compute the claim again from the texts.',
  },
  CLAIM_SHARED_EARLIER: {
    number: 371,
    means: 'The second contribution of a shared run does not come after that of its match.',
    action: 'Claim the match for the earlier contribution, and name the later one in the shared run.',
  },
  CLAIM_SHARED_ORDER: {
    number: 372,
    means: 'The shared runs of the claim are not in order.',
    action: 'Sort the shared runs, and name each once.',
  },
  CLAIM_SHARED_INFORMATION: {
    number: 373,
    means: 'A shared run of the claim bears less information than a match must.',
    action: 'Leave the run out, or make it longer.',
  },
  CLAIM_SHARED_IDLE: {
    number: 374,
    means: 'The contribution of its match owns no position of a shared run.',
    action: 'Leave the run out.',
  },
  CLAIM_SHARED_COMMONS: {
    number: 375,
    means: 'A contribution of a shared run is a commons, which has no owner.',
    action: 'Leave the run out: what a commons holds belongs to nobody anyway.',
  },
  CLAIM_SHARED_OWNER: {
    number: 376,
    means: 'Both contributions of a shared run are of one owner.',
    action: 'Name a contribution of another owner, or leave the run out.',
  },
  CLAIM_SECTION_COUNT: {
    number: 390,
    means: 'The claim does not have one section for every 512 tokens of the output.',
    action: 'Compute the claim again with the engine of this version.',
  },
  CLAIM_SECTION_INFORMATION: {
    number: 391,
    means: 'The information of a section is not possible, or that of all sections is not that of the output.',
    action: 'Compute the claim again with the engine of this version.',
  },
  CLAIM_PICK_RANGE: {
    number: 392,
    means: 'A pick of the claim is of a chunk, an item or a novel run that its contribution does not have.',
    action: 'Compute the claim again from the texts.',
  },
  CLAIM_PICK_FEW: {
    number: 393,
    means: 'A pick of the claim adds fewer phrases than a pick has to.',
    action: 'Leave the pick out.',
  },
  CLAIM_PICK_ORDER: {
    number: 394,
    means: 'A pick of the claim adds more than the one before it, or as much as that and comes first.',
    action: 'Order the picks by what they add, and then by contribution, item and chunk.',
  },
  CLAIM_PICK_REPEATED: {
    number: 395,
    means: 'A chunk is picked twice for one section.',
    action: 'Name it once, with all phrases that it adds.',
  },
  CLAIM_PICK_COMMONS: {
    number: 396,
    means: 'A pick of the claim is of a commons, which has no owner.',
    action: 'Leave the pick out.',
  },
  CLAIM_PHRASE_RANGE: {
    number: 397,
    means: 'A phrase of the claim does not lie in its section, or not in its chunk.',
    action: 'Compute the claim again from the texts.',
  },
  CLAIM_PHRASE_BITS: {
    number: 398,
    means: 'A phrase of the claim bears an amount of information that is not possible.',
    action: 'Compute the claim again with the engine of this version.',
  },
  CLAIM_PHRASE_ORDER: {
    number: 399,
    means: 'The phrases of a pick are not in order.',
    action: 'Sort the phrases by where they begin in the output.',
  },
  CLAIM_PHRASE_REPEATED: {
    number: 400,
    means: 'Two picks of a section claim the phrase at one position.',
    action: 'Leave it to the first of them.',
  },
  CLAIM_PHRASE_NOBODYS: {
    number: 401,
    means: 'A phrase of the claim begins with a token that belongs to nobody by its spans.',
    action: 'Leave the phrase out.',
  },
  CLAIM_PHRASE_STRUCK: {
    number: 402,
    means: 'The novel run that a phrase of the claim names is struck.',
    action: 'Leave the phrase out, or name another novel run that has a token of it.',
  },
  CLAIM_SPANS_OFF: {
    number: 403,
    means:
      'The claim has echoes, matches or shared runs, but spans are paid nothing for this version of the model.',
    action: 'Leave them out: the version is settled by relevance alone.',
  },
  CLAIM_SHARED_LATE: {
    number: 377,
    means:
      'The second contribution of a shared run was committed after the first was revealed, so it may be a copy.',
    action: 'Name a contribution that was committed in time, or leave the run out.',
  },
  EXCUSE_PHRASE: {
    number: 414,
    means: 'An excuse is for no phrase that was shown, or the excuses are out of order.',
    action: 'Name each phrase at most once, by its index in what was shown, ascending.',
  },
  EXCUSE_PROMPT: {
    number: 415,
    means: 'An excuse names a place past the end of the prompt.',
    action: 'Name the position of the prompt at which the phrase begins.',
  },
  EXCUSE_HOLDERS: {
    number: 416,
    means:
      'An excuse does not name three different chunks, in order, that come before the one that was shown.',
    action: 'Name the first three chunks that hold the phrase.',
  },
  EXCUSE_LEFT: {
    number: 417,
    means: 'The phrases for which there is no excuse still outdo the pick.',
    action: 'Excuse more phrases. If there is no true excuse for enough of them, the claim is wrong.',
  },
} as const satisfies NumberedErrorTable;
