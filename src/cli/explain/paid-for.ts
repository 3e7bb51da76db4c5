/** What contributors of data are paid for, in three sentences: the same for `explain`, its page and the demo. */
import { BPS } from '../../../state/attribution/parameters.ts';
import { percentOfBps } from './figures.ts';

const WORDS =
  'You are paid for words that an answer repeats: runs that are rare enough, as far as they go beyond habit, if your contribution was the first to bring them.';

const PHRASES =
  'You are paid for phrases that an answer shares with you: three words in a row, if a chunk of yours is among the first three to have brought them and adds to what other chunks share.';

/**
 * Returns where the data money goes that no track pays.
 * @param noveltyBps - the part of it that goes by novel tokens
 */
export const remainderText = (noveltyBps: number): string => {
  const contributors = 'all contributors of the model’s data, by their novel words';
  if (noveltyBps === 0) return 'the treasury';
  return noveltyBps === BPS
    ? contributors
    : `the treasury, but for ${percentOfBps(noveltyBps)} of it, which goes to ${contributors}`;
};

const VOLUME =
  'text that no answer draws on earns nothing, and what no text is found for goes to the treasury';

/**
 * Returns the three sentences.
 * @param noveltyBps - the part of what no track pays that goes by novel tokens
 */
export const paidForSentences = (noveltyBps: number): readonly [string, string, string] => [
  WORDS,
  PHRASES,
  noveltyBps === 0
    ? `You are not paid for volume: ${VOLUME}.`
    : `You are hardly paid for volume: what no text is found for goes to ${remainderText(noveltyBps)}.`,
];
