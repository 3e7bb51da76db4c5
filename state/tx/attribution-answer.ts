/** The chunks that a DEMAND asks for. Anyone may show them, and is paid for it. */
import type { Root } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { container, root32 } from '../../src/lib/ssz.ts';
import { type Opening, OpeningType } from '../attribution/openings.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';

export type AttributionAnswer = {
  /** The id of the challenge's transaction. */
  readonly demand: Root;
  readonly opening: Opening;
};

export const attributionAnswer: Kind<AttributionAnswer> = {
  id: 15,
  version: 1,
  name: 'attributionAnswer',
  payload: container<AttributionAnswer>({ demand: root32, opening: OpeningType }),
  action: ({ demand, opening }) =>
    `answer demand ${toHex(demand)} with ${opening.value.chunks.length} chunks`,
  check: () => undefined,
  gas: ({ opening }) => 15_000n + 500n * BigInt(opening.value.chunks.length),
  accounts: noAccounts,
  contentRoots: noContent,
};
