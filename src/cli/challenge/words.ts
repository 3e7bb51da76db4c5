/** The words in which `challenge` reports its findings to people. */
import type { Withheld } from '../../attribution/prover/finding.ts';
import type { ContributionId } from '../../lib/ids.ts';
import type { Verdict } from './examine.ts';

export type Found = {
  readonly receipt: string;
  readonly attestor: string | null;
  readonly verdict: Verdict;
  readonly withheld: readonly Withheld[];
  /** The contributions that the output may be traced to, and whose texts are missing. */
  readonly missing: readonly ContributionId[];
  readonly witness: Readonly<Record<string, unknown>> | null;
};

export const verdictText = ({ verdict, attestor, withheld }: Found): string => {
  switch (verdict) {
    case 'holds':
      return 'the claim holds';
    case 'false':
      return attestor === null ? 'what it commits to is malformed' : 'the claim is false';
    case 'unknown':
      return 'nothing false was found, but not all texts have arrived';
    case 'unsettled':
      return withheld.length === 0
        ? 'nobody has settled it (yet); what it commits to is well-formed'
        : 'nobody has settled it (yet); not all texts have arrived';
    default:
      return verdict satisfies never;
  }
};

/** `output, chunks 0 to 2`, the last included. */
export const withheldText = ({ text, contribution, item, first, count }: Withheld): string => {
  const last = first + count - 1;
  const where = text === 'source' ? ` ${contribution}/${item}` : '';
  return `${text}${where}, ${last === first ? `chunk ${first}` : `chunks ${first} to ${last}`}`;
};

export const foundLines = (found: Found): readonly (readonly [name: string, value: string])[] => [
  ['receipt', found.receipt],
  ...(found.attestor === null ? [] : [['attestor', found.attestor] as const]),
  ['verdict', verdictText(found)],
  ...Object.entries(found.witness ?? {}).map(([name, value]) => [name, String(value)] as const),
  ...found.withheld.map((each) => ['missing', withheldText(each)] as const),
  ...(found.missing.length === 0 ? [] : [['missing', `contributions ${found.missing.join(', ')}`] as const]),
];

/** Returns what to do about texts that are missing; undefined if none is. */
export const nextStep = ({ verdict, withheld, missing }: Found): string | undefined => {
  if (withheld.length === 0)
    return missing.length === 0
      ? undefined
      : 'repeat the command once they have arrived: an earlier owner of some words may be in them';
  return verdict === 'unsettled'
    ? 'nothing to demand until it is settled'
    : 'repeat the command: texts may still be on their way; --demand demands the first that is missing';
};
