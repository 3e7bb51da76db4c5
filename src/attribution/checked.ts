/** The tokens of texts as programs ask for them: the types of the arguments are checked first. */
import * as info1 from '../../state/attribution/info1.ts';
import * as pt1 from '../../state/attribution/pt1.ts';
import { BYTES, check, checkFields, INFO_TABLE, TEXT, WHOLE_NUMBER } from '../lib/arguments.ts';

const TOKENS = {
  bytes: BYTES,
  offsets: { be: 'a Uint32Array', is: (value: unknown) => value instanceof Uint32Array },
  count: WHOLE_NUMBER,
};

/**
 * Returns the tokens of UTF-8 bytes. Fault `PT1_UTF8_INVALID` with the byte `offset` at which decoding fails.
 * @throws CodedError `ARGUMENT_INVALID`
 */
export const tokenize: typeof pt1.tokenize = (source) => {
  check('source', source, BYTES);
  return pt1.tokenize(source);
};

/**
 * Does the same as {@link tokenize}, and adds the place of every token in the source, to show and colour text.
 * @throws CodedError `ARGUMENT_INVALID`
 */
export const tokenizeLocated: typeof pt1.tokenizeLocated = (source) => {
  check('source', source, BYTES);
  return pt1.tokenizeLocated(source);
};

/**
 * Does the same as {@link tokenize} for a string. Fault `PT1_LONE_SURROGATE` if it is not well-formed UTF-16.
 * @throws CodedError `ARGUMENT_INVALID`
 */
export const tokenizeText: typeof pt1.tokenizeText = (text) => {
  check('text', text, TEXT);
  return pt1.tokenizeText(text);
};

/** Returns the folded bytes of token `index`. @throws CodedError `ARGUMENT_INVALID` */
export const tokenAt: typeof pt1.tokenAt = (tokens, index) => {
  checkFields('tokens', tokens, TOKENS);
  check('index', index, {
    be: `a whole number below ${tokens.count}`,
    is: (value) => WHOLE_NUMBER.is(value) && Number(value) < tokens.count,
  });
  return pt1.tokenAt(tokens, index);
};

/** Returns the information of every token, in Q8 bits. @throws CodedError `ARGUMENT_INVALID` */
export const informationOf: typeof info1.informationOf = (table, tokens) => {
  check('table', table, INFO_TABLE);
  checkFields('tokens', tokens, TOKENS);
  return info1.informationOf(table, tokens);
};

/**
 * Returns the table from the bytes of `info-1.bin` (big-endian uint16). Fault `INFO1_HASH` if they do not have the
 * pinned hash.
 * @throws CodedError `ARGUMENT_INVALID`
 */
export const decodeInfoTable: typeof info1.decodeInfoTable = (bytes) => {
  check('bytes', bytes, BYTES);
  return info1.decodeInfoTable(bytes);
};
