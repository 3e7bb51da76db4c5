/** Verbs that list, by id, what the chain has of one sort: a page at a time. */
import type { Command } from 'commander';
import { PAGE_LIMIT_MAX } from '../../rpc/schemas/page.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import { MAX_UINT32 } from '../lib/math.ts';
import { readCount } from './numbers.ts';
import { note, printJson, printTable } from './output.ts';
import { readNodeState } from './reading.ts';

/** The entries of one page, unless the caller says how many. */
const LIMIT_DEFAULT = '100';

export type ListFlags = { readonly after: string; readonly limit: string; readonly json?: true };

/** Adds the options of a verb that lists. @param many - what it lists, in the plural */
export const withList = (command: Command, many: string): Command =>
  command
    .option('--after <id>', `the ${many} after this one`, '0')
    .option('--limit <n>', `the most ${many} to list`, LIMIT_DEFAULT)
    .option('--json', 'print one JSON object');

/** What is listed, and how it is shown. */
export type Listing<T> = {
  /** One of them, in words. */
  readonly one: string;
  readonly read: (page: { readonly after: number; readonly limit: number }) => Promise<readonly T[]>;
  /** The entries as the fields of the JSON object. */
  readonly json: (entries: readonly T[]) => object;
  readonly head: readonly string[];
  readonly rows: (entries: readonly T[]) => Promise<readonly (readonly string[])[]>;
};

/** Prints one page, and where the next one begins. @throws CodedError `ARGUMENT_INVALID`; those of `read` */
export const printList = async <T extends { readonly id: number }>(
  client: Pick<RpcClient, 'url' | 'call'>,
  flags: ListFlags,
  { one, read, json, head, rows }: Listing<T>,
): Promise<void> => {
  const limit = readCount('--limit', flags.limit, 1, PAGE_LIMIT_MAX);
  const after = readCount('--after', flags.after, 0, MAX_UINT32);
  const node = await readNodeState(client);
  const entries = await read({ after, limit });
  const next = entries.length < limit ? undefined : entries.at(-1)?.id;
  if (flags.json) printJson({ ...json(entries), next: next ?? null, node });
  else if (entries.length === 0) note(`there is no ${one} ${after === 0 ? 'yet' : `after ${after}`}`);
  else {
    printTable(head, await rows(entries));
    if (next !== undefined) note(`next: more of them with --after ${next}`);
  }
};
