/** What the chain says of a contribution, in the terms of attribution: a commons belongs to nobody, whoever proposed it. */
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { Brought } from '../../state/attribution/shared.ts';
import { type Hex, toHex } from '../lib/bytes.ts';

type Info = ResultOf<'contribution_get'>;

/** Returns whose words it holds; null for a commons. */
export const ownerOf = ({ owner, commons }: Pick<Info, 'owner' | 'commons'>): Hex | null =>
  owner === null || commons ? null : toHex(owner);

/** Returns who brought it, and when; undefined for a commons, and for what was not revealed. */
export const broughtBy = ({
  owner,
  commons,
  committedAt,
  declared,
}: Pick<Info, 'owner' | 'commons' | 'committedAt' | 'declared'>): Brought | undefined =>
  owner === null || commons || committedAt === null || declared === null
    ? undefined
    : { owner, commit: committedAt, reveal: declared.revealedAt };
