/**
 * What of the data money of a model goes to its own owner: whoever owns a model may pin Datanets that it has created, reviews or
 * contributes to (docs/economy.md#what-a-model-pays-to-its-owner). It is shown, for the model and beside each contribution.
 */
import { printableLine } from '../../lib/printable.ts';
import type { Contributor, Explanation } from './explanation.ts';
import type { Facts } from './facts.ts';
import { amount, listOf, percentOfBps } from './figures.ts';
import type { OwnPart, OwnRole, OwnSide } from './parts.ts';
import type { Names } from './tracing.ts';

/** Returns undefined if the owner has no part in the data of the model. */
export const ownSideOf = ({ model: { owner, own } }: Facts, names: Names): OwnSide | undefined =>
  own.datanets.length === 0 && own.paid.contributions + own.paid.datanets === 0n
    ? undefined
    : { owner, name: names(owner) ?? null, ...own };

export const ownPartOf = (
  { model }: Facts,
  owner: string | null,
  datanet: number | undefined,
): OwnPart | null => {
  // A commons is paid nothing.
  if (owner === null) return null;
  if (owner === model.owner) return { type: 'owner' };
  const found = model.own.datanets.find((each) => each.datanet === datanet)?.roles ?? [];
  const roles = found.filter((role) => role !== 'contributor');
  return roles.length === 0 ? null : { type: 'datanet', roles };
};

const VERBS: Readonly<Record<OwnRole, string>> = {
  owner: 'has created',
  reviewer: 'reviews',
  contributor: 'is named to contribute to',
};

/** What is said beside a contribution; undefined if it is not on that side. */
export const ownLabel = ({ own }: Pick<Contributor, 'own'>): string | undefined => {
  if (own === null) return undefined;
  return own.type === 'owner'
    ? 'of the owner of the model'
    : `in a Datanet that the owner of the model ${own.roles.map((role) => VERBS[role]).join(' and ')}`;
};

const whoOf = ({ name, owner }: OwnSide): string => (name === null ? owner : printableLine(name));

const ROLES: readonly OwnRole[] = ['owner', 'reviewer', 'contributor'];

/** The sentences about it, none if the owner has no part in the data. */
export const ownSentences = ({ own }: Pick<Explanation, 'own'>): readonly string[] => {
  if (own === undefined) return [];
  const { datanets, paid } = own;
  const parts = ROLES.flatMap((role) => {
    const ids = datanets.filter(({ roles }) => roles.includes(role)).map(({ datanet }) => datanet);
    return ids.length === 0
      ? []
      : [`${VERBS[role]} ${ids.length === 1 ? 'Datanet' : 'Datanets'} ${listOf(ids)}`];
  });
  return [
    ...(parts.length === 0
      ? []
      : [
          `The owner of this model, ${whoOf(own)}, has a part in what it draws on: it ${parts.join(', and ')}.`,
        ]),
    `Of the data money of its closed epochs ${percentOfBps(paid.bps)} went to the side of ${parts.length === 0 ? `its owner, ${whoOf(own)}` : 'its owner'}: ${amount(paid.contributions)} to contributions of its owner, ` +
      `${amount(paid.datanets)} to others in Datanets that its owner has created or reviews.`,
  ];
};
