/** Follows what blocks name: shows it, offers it to the peers, and on a node that hosts gets it from them. */
import type { ContentExchange } from '../p2p/content/exchange.ts';
import type { ContentStore } from '../src/content/store.ts';
import { toHeight } from '../src/lib/brands.ts';
import { CodedError, toFault } from '../src/lib/errors.ts';
import type { Decided, Store } from '../state/store/store.ts';
import { namedSince, newContent } from './content-roots.ts';

export type NamedContentParts = {
  readonly content: Pick<ContentStore, 'show'>;
  readonly exchange: Pick<ContentExchange, 'offer' | 'want'>;
  /** Whether this node gets what it does not have. */
  readonly isHost: boolean;
  /** Is called if the content store fails: the node cannot go on. */
  readonly onFailed: (error: CodedError) => void;
};

/** Shows what the chain names and the content store does not know of yet: a crash may have come between the two. */
export const showNamed = async (
  store: Store,
  content: Pick<ContentStore, 'show' | 'shownHeight'>,
): Promise<void> => {
  const shown = content.shownHeight();
  // A content store that knows more heights than the chain has was kept while the chain was begun anew.
  const after = shown > store.tip().height ? toHeight(0n) : shown;
  for (const { content: named, height } of namedSince(store, after)) await content.show(named, height);
};

/** Returns what to do with each height that was just committed. What is read after that sees what its block names. */
export const followNamed = ({
  content,
  exchange,
  isHost,
  onFailed,
}: NamedContentParts): ((decided: Decided) => void) => {
  const failing = (error: unknown): void => onFailed(new CodedError(toFault(error)));
  return (decided) => {
    const named = newContent(decided);
    const roots = named.map(({ root }) => root);
    // An offer is only a hint for the peers.
    const offer = (): Promise<void> => exchange.offer(roots).catch(() => undefined);
    void content.show(named, decided.block.header.height).then(offer, failing);
    if (isHost) for (const root of roots) void exchange.want(root).catch(failing);
  };
};
