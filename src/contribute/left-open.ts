/** Says which bonds are lost unless a journal is gone on with. */
import type { ContributionId } from '../lib/ids.ts';
import { COMMIT, contentOf, isUnrevealed, type Journal, type JournalStore } from './journal.ts';

type Bonded = Pick<Journal, 'parts' | 'outbox'>;

/**
 * Returns what people have to know if nobody goes on with a journal; undefined if no bond depends on it.
 * @param lastHeightOf - returns the last height at which a contribution can be revealed; undefined if it is not known
 * @param again - how to go on with it
 */
export const leftOpenIn = (
  { parts, outbox }: Bonded,
  lastHeightOf: (contribution: ContributionId) => bigint | undefined,
  again: string,
): string | undefined => {
  const open = parts.flatMap((part) => (isUnrevealed(part) ? (part.contribution ?? []) : []));
  const committed = [...Map.groupBy(open, lastHeightOf)].map(([last, some]) =>
    last === undefined ? some.join(', ') : `${some.join(', ')} (by height ${last})`,
  );
  const sent = outbox.filter(({ key }) => key.startsWith(COMMIT)).map(({ id }) => id);
  const what = [
    ...(open.length === 0
      ? []
      : [
          `these contributions are committed and lose their bonds if they are not revealed: ${committed.join(', ')}`,
        ]),
    ...(sent.length === 0 ? [] : [`these commits were sent and may be executed: ${sent.join(', ')}`]),
  ];
  return what.length === 0 ? undefined : `${what.join('; ')}; ${again}`;
};

/**
 * Returns what people have to know of a journal that an earlier run has left and this one could not open; undefined if no
 * bond depends on it, or if it cannot be read, which whoever opens it finds out.
 */
export const leftOpenBefore = (store: JournalStore): string | undefined => {
  try {
    const kept = store.read();
    const content = kept === undefined ? undefined : contentOf(store, kept);
    if (content?.ok !== true) return undefined;
    return leftOpenIn(
      content.value,
      () => undefined,
      `${store.name} alone can reveal them: start again what has written it`,
    );
  } catch {
    return undefined;
  }
};
