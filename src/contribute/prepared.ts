/** Makes a contribution of a stretch of rows: its items with their salts, its root, and the transaction that reveals it. */

import type { InfoTable } from '../../state/attribution/info1.ts';
import type { RulesVersion } from '../../state/attribution/rules.ts';
import { contentDigest } from '../../state/tx/content-digest.ts';
import { contributionCommitment } from '../../state/tx/contribution-commit.ts';
import type { DataContribution } from '../../state/tx/data-contribution.ts';
import type { FullDeclaration } from '../attribution/declaration.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import { createRootOf } from '../content/objects.ts';
import type { Address, Root } from '../lib/brands.ts';
import { equal, utf8 } from '../lib/bytes.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import type { DatanetId } from '../lib/ids.ts';
import { fault } from './errors.ts';
import type { Journal } from './journal.ts';
import type { Stretch } from './plan.ts';
import type { Row } from './rows.ts';

export type Prepared = {
  /** The version of the rules by which its tokens are made. */
  readonly rules: RulesVersion;
  readonly rows: readonly Row[];
  readonly salts: readonly Root[];
  readonly itemRoots: readonly Root[];
  /** The content root. */
  readonly root: Root;
  /** The salt of the commitment. */
  readonly salt: Root;
};

/** What contributions are made of. */
type Material = {
  readonly table: InfoTable;
  /** The version of the rules of the Datanet. */
  readonly rules: RulesVersion;
  readonly rows: readonly Row[];
  readonly journal: Journal;
};

export const prepareStretch = (
  { table, rules, rows: all, journal }: Material,
  { from, to }: Stretch,
): Prepared => {
  const rootOf = createRootOf(table);
  const rows = all.slice(from, to);
  const salts = rows.map((_, i) => journal.itemSalt(from + i));
  const itemRoots = rows.map(({ text, promptTokens }, i) =>
    unwrap(
      rootOf({ type: 'item', rules, text: utf8(text), promptTokens, salt: salts[i] ?? new Uint8Array() }),
    ),
  );
  const root = unwrap(rootOf({ type: 'contribution', items: itemRoots }));
  return { rules, rows, salts, itemRoots, root, salt: journal.commitSalt(from) };
};

export const commitmentOf = ({ root, salt }: Prepared, datanet: DatanetId, sender: Address): Root =>
  contributionCommitment({ datanet, root, salt, sender });

export const bytesOf = ({ rows }: Pick<Prepared, 'rows'>): bigint =>
  BigInt(rows.reduce((sum, { bytes }) => sum + bytes, 0));

export const revealOf = (
  prepared: Prepared,
  facts: Pick<DataContribution, 'contribution' | 'datanet' | 'role' | 'licence'>,
  declaration: FullDeclaration,
): DataContribution => {
  const { rules, rows, root, salt } = prepared;
  return {
    ...facts,
    ...declaration,
    rules,
    salt,
    root,
    digest: contentDigest(
      facts.datanet,
      rows.map(({ tokens }) => tokens),
    ),
    items: rows.length,
    tokens: BigInt(rows.reduce((sum, { tokens }) => sum + tokens.count, 0)),
    bytes: bytesOf(prepared),
    parents: [],
  };
};

/** The limits of one request, as JSON: well below what nodes accept. */
const REQUEST_BYTES = 2 << 20;
const REQUEST_OBJECTS = 1_000;

/** Uploads the items, then the contribution. @throws CodedError `CONTENT_ROOT` if the node computes another root */
export const uploadContent = async (client: RpcClient, { rules, rows, salts, itemRoots, root }: Prepared) => {
  for (let from = 0; from < rows.length; ) {
    let to = from;
    for (let bytes = 0; to < rows.length && to - from < REQUEST_OBJECTS; to++) {
      bytes += 2 * (rows[to]?.bytes ?? 0) + 200;
      if (bytes > REQUEST_BYTES && to > from) break;
    }
    const objects = rows.slice(from, to).map(({ text, promptTokens }, i) => ({
      type: 'item' as const,
      rules,
      text,
      promptTokens,
      salt: salts[from + i] ?? root,
    }));
    await client.call('content_put', { objects });
    from = to;
  }
  const whole = { type: 'contribution' as const, items: [...itemRoots] };
  const { roots } = await client.call('content_put', { objects: [whole] });
  if (roots[0] === undefined || !equal(roots[0], root))
    throw new CodedError(fault('CONTENT_ROOT', `${client.url} computed another root for the uploaded text`));
};
