/** Reads what other journals have committed and not revealed: their bonds come back only through them. */
import type { RpcClient } from '../client/rpc-client.ts';
import { type Begun, MARK_DIGITS } from './duplicates.ts';
import { bondedIn, contentOf, type JournalStore } from './journal.ts';
import { type Committed, committedIn } from './open-commits.ts';

type Reader = {
  readonly client: RpcClient;
  /** The genesis hash of the chain. Journals of other chains are left out. */
  readonly genesis: string;
  readonly progress: (text: string) => void;
};

const isExpired = async (client: RpcClient, contribution: number): Promise<boolean> => {
  const found = await client.attempt('contribution_get', { contribution });
  return found.ok && found.value.stage === 'expired';
};

/**
 * Returns the texts and the rows whose bonds come back only through these journals. It says of a journal that cannot be read
 * that it is ignored: nobody can go on with it. A commit that has expired has no bond left.
 * @param own - the journal that compares itself with them; it may be among them, in another store
 */
export const readBegun = async (
  { client, genesis, progress }: Reader,
  journals: readonly JournalStore[],
  own: JournalStore,
): Promise<Begun> => {
  const texts = new Map<string, string>();
  const rows = new Map<string, string>();
  const committed: Committed[] = [];
  const ownText = own.read();
  for (const store of journals) {
    const kept = store.read();
    if (kept === undefined || kept === ownText) continue;
    const content = contentOf(store, kept);
    if (!content.ok) progress(`${content.fault.message}; it is ignored`);
    if (!content.ok || content.value.subject.genesis !== genesis) continue;
    committed.push(committedIn(content.value));
    for (const part of bondedIn(content.value)) {
      if (part.contribution !== undefined && (await isExpired(client, part.contribution))) continue;
      texts.set(part.digest, store.name);
      for (let at = 0; at < part.rows.length; at += MARK_DIGITS)
        rows.set(part.rows.slice(at, at + MARK_DIGITS), store.name);
    }
  }
  return { texts, rows, committed };
};
