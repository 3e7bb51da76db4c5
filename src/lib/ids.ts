/**
 * The ids of what the chain numbers. Each kind counts from 1 through the whole chain, so that the same number is the id of
 * a contribution, of a Datanet and of a model. The compiler refuses one kind where another is expected. A bare number is
 * accepted, because ids begin as numbers in JSON, in counters and in literals.
 */
import { type Ssz, uint32 } from './ssz.ts';

/**
 * The id of what belongs to the chain itself and not to a Datanet: contribution 0 is the commons of the chain, and Datanet 0
 * is where it is.
 */
export const OF_CHAIN = 0;

declare const kind: unique symbol;
type Id<Kind extends string> = number & { readonly [kind]?: Kind };

export type ContributionId = Id<'contribution'>;
export type DatanetId = Id<'datanet'>;
export type ModelId = Id<'model'>;

export const contributionId: Ssz<ContributionId> = uint32;
export const datanetId: Ssz<DatanetId> = uint32;
export const modelId: Ssz<ModelId> = uint32;
