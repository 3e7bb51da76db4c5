/** The tokens of texts as programs ask for them: the types of the arguments are checked first. */
import * as info1 from '../../state/attribution/info1.ts';
import {
  RULES_VERSIONS,
  type RulesVersion,
  rulesOf as rulesOfVersion,
  type TextRules,
} from '../../state/attribution/rules.ts';
import * as tokens from '../../state/attribution/tokens.ts';
import { BYTES, check, checkFields, INFO_TABLE, oneOf, TEXT, WHOLE_NUMBER } from '../lib/arguments.ts';

const TOKENS = {
  bytes: BYTES,
  offsets: { be: 'a Uint32Array', is: (value: unknown) => value instanceof Uint32Array },
  count: WHOLE_NUMBER,
};

/**
 * Returns what a version of the rules does with texts: how it cuts them into tokens, and how much information each bears.
 * Its functions check their arguments. @throws CodedError `ARGUMENT_INVALID`
 */
export const rulesOf = (version: RulesVersion): TextRules => {
  check('version', version, oneOf(RULES_VERSIONS));
  const rules = rulesOfVersion(version);
  return {
    ...rules,
    tokenize: (source) => {
      check('source', source, BYTES);
      return rules.tokenize(source);
    },
    tokenizeLocated: (source) => {
      check('source', source, BYTES);
      return rules.tokenizeLocated(source);
    },
    tokenizeText: (text) => {
      check('text', text, TEXT);
      return rules.tokenizeText(text);
    },
    informationOf: (table, text) => {
      check('table', table, INFO_TABLE);
      checkFields('tokens', text, TOKENS);
      return rules.informationOf(table, text);
    },
  };
};

/** Returns the folded bytes of token `index`. @throws CodedError `ARGUMENT_INVALID` */
export const tokenAt: typeof tokens.tokenAt = (text, index) => {
  checkFields('tokens', text, TOKENS);
  check('index', index, {
    be: `a whole number below ${text.count}`,
    is: (value) => WHOLE_NUMBER.is(value) && Number(value) < text.count,
  });
  return tokens.tokenAt(text, index);
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
