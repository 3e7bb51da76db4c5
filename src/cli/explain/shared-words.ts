/** The sentences about words that several owners brought independently. */
import { printableLine } from '../../lib/printable.ts';
import { addressToChecksum, parseAddress } from '../../lib/secp256k1.ts';
import { licensedText } from './datanet-facts.ts';
import type { SharedWords } from './explanation.ts';
import type { Bringer, Reason } from './tracing.ts';

const HEAD = 6;
const TAIL = 4;

/** An address that is not there to be copied. */
export const shortAddress = (address: string): string => {
  const parsed = parseAddress(address);
  const full = parsed.ok ? addressToChecksum(parsed.value) : address;
  return `${full.slice(0, HEAD)}…${full.slice(-TAIL)}`;
};

type Both = Pick<Extract<Reason, { type: 'shared' }>, 'first' | 'second'>;

/** `carol (contribution 12)` */
const bringerText = ({ contribution, owner, name }: Bringer): string =>
  `${name === null ? shortAddress(owner) : printableLine(name)} (contribution ${contribution})`;

/** Why the second did not copy from the first. */
const whyIndependent = ({ first, second }: Both): string =>
  `contribution ${second.contribution} was committed in block ${second.committedAt}, no later than the reveal of contribution ${first.contribution} in block ${first.revealedAt}`;

/** `nobody’s: brought independently by carol (contribution 12) and dave (contribution 15); contribution 15 was …` */
export const sharedClause = (both: Both): string =>
  `nobody’s: brought independently by ${bringerText(both.first)} and ${bringerText(both.second)}; ${whyIndependent(both)}`;

/** Why a contribution that holds such words is not paid for them. */
export const sharedVerdict = (both: Both, contribution: number): string => {
  const { first, second } = both;
  const because =
    contribution === first.contribution
      ? `${bringerText(second)} brought them too, independently`
      : contribution === second.contribution
        ? `${bringerText(first)} brought them first, and this contribution brought them independently`
        : `${bringerText(first)} and ${bringerText(second)} brought them independently`;
  return `Its words in this answer are nobody’s, because ${because}: ${whyIndependent(both)}. Nobody is paid for them.`;
};

export const SHARED_INTRODUCTION =
  'Nobody is paid for these words: their part of the data money goes to the treasury.';

/** Says what the treasury gets a part of the data money for. */
export const SHARED_NOTE = 'for what several owners brought independently';

/** The label of words that several brought, by their place: `[=1]`, and so on. */
export const sharedLabel = (index: number): string => `[=${index + 1}]`;

/** The place of a text among the Datanets. */
export const bringerPlace = ({ contribution, datanet }: SharedWords['first']): string =>
  `contribution ${contribution} · ${licensedText(datanet)}`;
