/** Creates a Datanet: where contributions of one sort are committed, revealed, reviewed and versioned. */
import { toHex } from '../../src/lib/bytes.ts';
import { type Fault, fault } from '../../src/lib/errors.ts';
import { ITEM_TOKENS_MAX, ITEMS_MAX } from '../attribution/parameters.ts';
import { addCommons, ITEM_BYTES_MAX } from '../modules/contributions.ts';
import {
  addDatanet,
  type Commons,
  type DatanetTerms,
  DatanetTermsType,
  nextDatanet,
} from '../modules/datanets.ts';
import type { Params } from '../params.ts';
import { formatOpen } from './action.ts';
import type { Kind } from './kind.ts';
import { areDistinct } from './order.ts';

export type DatanetCreate = DatanetTerms;

/** No step of calibration asks for more (docs/calibration.md#the-rules). */
export const MATCH_BITS_MAX = 512;

const checkCommons = (commons: Commons): Fault | undefined => {
  const bad = (message: string): Fault => fault('DATANET_COMMONS', message);
  if (commons.items < 1 || commons.items > ITEMS_MAX) return bad(`a commons holds 1 to ${ITEMS_MAX} items`);
  if (commons.tokens > BigInt(commons.items) * BigInt(ITEM_TOKENS_MAX))
    return bad(`an item holds at most ${ITEM_TOKENS_MAX} tokens`);
  if (commons.tokens > commons.bytes) return bad('a token is at least one byte');
  if (commons.bytes > BigInt(commons.items) * BigInt(ITEM_BYTES_MAX))
    return bad(`an item has at most ${ITEM_BYTES_MAX} bytes`);
  return undefined;
};

const check = (terms: DatanetCreate, params: Params): Fault | undefined => {
  if (terms.name === '' || terms.domain === '' || terms.licence === '')
    return fault('DATANET_NAME', 'a Datanet has a name, a domain and a licence');
  const { fields, promptFields } = terms.schema;
  if (fields.length === 0 || fields.includes('') || new Set(fields).size < fields.length)
    return fault('DATANET_SCHEMA', 'an item is made of at least one field, each with a name of its own');
  if (promptFields > fields.length)
    return fault('DATANET_SCHEMA', `${promptFields} prompt fields, but ${fields.length} fields`);
  for (const commons of terms.commons) {
    const bad = checkCommons(commons);
    if (bad !== undefined) return bad;
  }
  if (terms.matchBitsFloor > MATCH_BITS_MAX)
    return fault('DATANET_MATCH_BITS', `a floor for Imin of at most ${MATCH_BITS_MAX} bits`);
  if ((terms.access === 'open') !== (terms.contributors.length === 0))
    return fault('DATANET_CONTRIBUTORS', 'contributors are named if and only if the access is permissioned');
  if (!areDistinct(terms.contributors)) return fault('DATANET_CONTRIBUTORS', 'a contributor is named twice');
  if (!areDistinct(terms.reviewers)) return fault('DATANET_REVIEWERS', 'a reviewer is named twice');
  const { minQuorum, bondPerByteMin } = params.contribution;
  if (terms.bondPerByte < bondPerByteMin)
    return fault('DATANET_BOND', `a bond of at least ${bondPerByteMin} base units for each byte`, {
      least: bondPerByteMin.toString(),
    });
  if (terms.quorum < minQuorum || terms.quorum > terms.reviewers.length)
    return fault(
      'DATANET_QUORUM',
      `a quorum of ${terms.quorum} with ${terms.reviewers.length} reviewers; at least ${minQuorum}, at most all`,
      { quorum: terms.quorum, reviewers: terms.reviewers.length, minQuorum },
    );
  return undefined;
};

export const datanetCreate: Kind<DatanetCreate> = {
  id: 2,
  version: 1,
  name: 'datanetCreate',
  payload: DatanetTermsType,
  action: (terms) =>
    `create datanet "${terms.name}" (${terms.domain}) under ${terms.licence}, ${terms.access}, ` +
    `quorum ${terms.quorum} of ${terms.reviewers.length}, bond ${formatOpen(terms.bondPerByte)} OPEN per byte`,
  check,
  gas: () => 20_000n,
  apply: ({ view, sender, block, emit }, terms) => {
    const id = nextDatanet(view);
    const commonsSeq = terms.commons.map(({ items, tokens }) =>
      addCommons(view, { datanet: id, height: block.height, owner: sender, items, tokens }),
    );
    addDatanet(view, { owner: sender, height: block.height, commonsSeq, terms });
    emit({ type: 'datanetCreated', data: { datanet: id, owner: toHex(sender), commons: commonsSeq } });
    return undefined;
  },
};
