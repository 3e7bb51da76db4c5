import { choice } from '../../src/lib/choice.ts';
import {
  address20,
  container,
  list,
  optional,
  text,
  uint8,
  uint16,
  uint128,
  type ValueOf,
  withDefault,
} from '../../src/lib/ssz.ts';
import { RULES_DEFAULT, RulesVersionType } from '../attribution/rules.ts';
import type { Params } from '../params.ts';
import { formatOpen } from './action.ts';
import { type Commons, CommonsType, commonsProblems } from './commons.ts';
import type { Fault } from './errors.ts';
import type { Kind } from './kind.ts';
import { areDistinct } from './order.ts';
import { allOf, problem } from './problems.ts';

/** The least prices of a model that pins this Datanet, in base units per 1,000 units of text. */
const PriceFloorsType = container({
  /** The least price of 1,000 units of a prompt. A unit is a token or eight bytes, whichever are more. */
  inMin: uint128,
  /** The least price of 1,000 units of an output. A unit is a token or eight bytes, whichever are more. */
  outMin: uint128,
});

const NAME_BYTES = 64;

const ItemSchemaType = container({
  /** The names of the fields of an item, in order; at least one, each once. */
  fields: list(text(NAME_BYTES), 16),
  /** How many of the first fields are the prompt part of an item, which earns nothing; at most all. */
  promptFields: uint8,
});
/**
 * The form of an item of a Datanet: the text of its fields, in order, joined by newlines. The first `promptFields`
 * fields are its prompt.
 */
export type ItemSchema = ValueOf<typeof ItemSchemaType>;

export const DatanetTermsType = container({
  /** The name of the Datanet; not empty. */
  name: text(NAME_BYTES),
  /** The subject of its data; not empty. */
  domain: text(NAME_BYTES),
  /** The version of the rules of attribution of everything in it and of every model that draws on it. */
  rules: withDefault(RulesVersionType, RULES_DEFAULT),
  /** The SPDX identifier of the licence of every contribution. */
  licence: text(NAME_BYTES),
  schema: ItemSchemaType,
  /** The content that belongs to nobody, if the Datanet has any. */
  commons: optional(CommonsType),
  /** The least Imin of every model that pins this Datanet, in bits: at most 512, and 0 for none. */
  matchBitsFloor: uint16,
  /** Who may contribute: anyone, or only the contributors. */
  access: choice(['open', 'permissioned']),
  /** The accounts that may contribute, if the access is permissioned; empty if it is open. */
  contributors: list(address20, 256),
  /** The accounts that review contributions, each once. Nobody reviews their own. */
  reviewers: list(address20, 64),
  /**
   * The number of equal verdicts that decide: at least `contribution.minQuorum` of the parameters, and at most all
   * reviewers.
   */
  quorum: uint16,
  /**
   * The bond for each byte of content, posted with the reveal and returned with the bond of the commit; at least
   * `contribution.bondPerByteMin` of the parameters.
   */
  bondPerByte: uint128,
  /** The least prices of a model that pins this Datanet. */
  prices: PriceFloorsType,
});
export type DatanetTerms = ValueOf<typeof DatanetTermsType>;

export type DatanetCreate = DatanetTerms;

/** The most bits that a Datanet can require. No step of calibration has more (docs/calibration.md#the-rules). */
export const MATCH_BITS_MAX = 512;

const checkCommons = (commons: Commons): readonly Fault[] =>
  commonsProblems(commons).map(({ field, must }) => problem('DATANET_COMMONS', `commons.${field}`, must));

const checkSchema = ({ fields, promptFields }: ItemSchema): readonly (Fault | false)[] => [
  (fields.length === 0 || fields.includes('') || new Set(fields).size < fields.length) &&
    problem(
      'DATANET_SCHEMA',
      'schema.fields',
      'an item is made of at least one field, each with a name of its own',
    ),
  promptFields > fields.length &&
    problem(
      'DATANET_SCHEMA',
      'schema.promptFields',
      `${promptFields} prompt fields, but ${fields.length} fields`,
    ),
];

const checkPeople = (terms: DatanetCreate): readonly (Fault | false)[] => [
  (terms.access === 'open') !== (terms.contributors.length === 0) &&
    problem(
      'DATANET_CONTRIBUTORS',
      'contributors',
      'contributors are named if and only if the access is permissioned',
    ),
  !areDistinct(terms.contributors) &&
    problem('DATANET_CONTRIBUTORS', 'contributors', 'a contributor is named twice'),
  !areDistinct(terms.reviewers) && problem('DATANET_REVIEWERS', 'reviewers', 'a reviewer is named twice'),
];

const checkBondAndQuorum = (terms: DatanetCreate, params: Params): readonly (Fault | false)[] => {
  const { minQuorum, bondPerByteMin } = params.contribution;
  return [
    terms.bondPerByte < bondPerByteMin &&
      problem(
        'DATANET_BOND',
        'bondPerByte',
        `a bond of at least ${bondPerByteMin} base units for each byte`,
        {
          least: bondPerByteMin.toString(),
        },
      ),
    (terms.quorum < minQuorum || terms.quorum > terms.reviewers.length) &&
      problem(
        'DATANET_QUORUM',
        'quorum',
        `a quorum of ${terms.quorum} with ${terms.reviewers.length} reviewers; at least ${minQuorum}, at most all`,
        { quorum: terms.quorum, reviewers: terms.reviewers.length, minQuorum },
      ),
  ];
};

const NAMED = ['name', 'domain', 'licence'] as const;

const check = (terms: DatanetCreate, params: Params): Fault | undefined =>
  allOf(
    ...NAMED.map(
      (field) =>
        terms[field] === '' && problem('DATANET_NAME', field, 'a Datanet has a name, a domain and a licence'),
    ),
    ...checkSchema(terms.schema),
    ...(terms.commons === undefined ? [] : checkCommons(terms.commons)),
    terms.matchBitsFloor > MATCH_BITS_MAX &&
      problem('DATANET_MATCH_BITS', 'matchBitsFloor', `a floor for Imin of at most ${MATCH_BITS_MAX} bits`),
    ...checkPeople(terms),
    ...checkBondAndQuorum(terms, params),
  );

export const datanetCreate: Kind<DatanetCreate> = {
  id: 2,
  version: 2,
  name: 'datanetCreate',
  payload: DatanetTermsType,
  action: (terms) =>
    `create datanet "${terms.name}" (${terms.domain}) under ${terms.licence}, ${terms.access}, ` +
    `quorum ${terms.quorum} of ${terms.reviewers.length}, bond ${formatOpen(terms.bondPerByte)} OPEN per byte`,
  check,
  // A node marks each item of the commons, as it does those of a contribution.
  gas: ({ commons }) => 20_000n + BigInt(100 * (commons?.items ?? 0)),
  accounts: ({ contributors, reviewers }) => [...contributors, ...reviewers],
  content: ({ commons }) => (commons === undefined ? [] : [commons]),
};
