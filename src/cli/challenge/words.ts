/** The words in which `challenge` reports its findings to people. */
import type { Withheld } from '../../attribution/prover/finding.ts';
import type { Verdict } from './examine.ts';

export type Found = {
  readonly receipt: string;
  readonly attestor: string | null;
  readonly verdict: Verdict;
  readonly withheld: readonly Withheld[];
  readonly witness: Readonly<Record<string, unknown>> | null;
};

export const verdictText = ({ verdict, attestor, withheld }: Found): string => {
  switch (verdict) {
    case 'holds':
      return 'the claim holds';
    case 'false':
      return attestor === null ? 'what it commits to is malformed' : 'the claim is false';
    case 'unknown':
      return 'texts are withheld';
    case 'unsettled':
      return withheld.length === 0
        ? 'nobody has settled it (yet); what it commits to is well-formed'
        : 'nobody has settled it (yet); texts are withheld';
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
  ...found.withheld.map((each) => ['withheld', withheldText(each)] as const),
];

/** Returns what to do about texts that are withheld; undefined if none is. */
export const nextStep = ({ verdict, withheld }: Found): string | undefined => {
  if (withheld.length === 0) return undefined;
  return verdict === 'unsettled'
    ? 'nothing to demand until it is settled'
    : 'say --demand to demand the first of what is withheld';
};
