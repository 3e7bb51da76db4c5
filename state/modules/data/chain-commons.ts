/**
 * The commons of the chain: text that belongs to nobody in every Datanet of its rules. Genesis names it, and nothing adds
 * to it. It is contribution 0, of Datanet 0, so the ids of everything else are the same with and without it.
 *
 *     commons/chain    its root and its size
 */
import { toHeight, ZERO_ADDRESS } from '../../../src/lib/brands.ts';
import { type DatanetId, OF_CHAIN } from '../../../src/lib/ids.ts';
import { CHAIN_COMMONS_RULES, type RulesVersion } from '../../attribution/rules.ts';
import { type Commons, CommonsType } from '../../tx/commons.ts';
import type { Key, ReadView, View } from '../../view.ts';
import { load, save } from '../kit/stored.ts';
import { setAccepted } from './contributions.ts';
import { datanetOf, knownDatanet } from './datanets.ts';

const KEY: Key = 'commons/chain';

/** Returns what genesis says of the commons of the chain. */
export const chainCommonsOf = (view: ReadView): Commons | undefined => load(view, KEY, CommonsType);

/** Makes it eligible from height 0 on. */
export const setChainCommons = (view: View, commons: Commons): void => {
  save(view, KEY, CommonsType, commons);
  setAccepted(view, OF_CHAIN, {
    datanet: OF_CHAIN,
    acceptance: undefined,
    commons: true,
    height: toHeight(0n),
    owner: ZERO_ADDRESS,
    items: commons.items,
    tokens: commons.tokens,
    novelTokens: 0n,
    voided: undefined,
  });
};

/** Returns the commons that a Datanet was created with, or of Datanet 0 that of the chain. */
export const foundingCommonsOf = (view: ReadView, datanet: DatanetId): Commons | undefined =>
  datanet === OF_CHAIN ? chainCommonsOf(view) : datanetOf(view, datanet)?.terms.commons;

/** Returns the version of the rules of a Datanet that the state itself names, or of Datanet 0 that of the chain’s commons. */
export const rulesOfDatanet = (view: ReadView, datanet: DatanetId): RulesVersion =>
  datanet === OF_CHAIN ? CHAIN_COMMONS_RULES : knownDatanet(view, datanet).terms.rules;
