/** The transaction that this command has sent: what its end has to name, however it ends. */

let last: { readonly id: string; readonly isOpen: boolean } | undefined;

/** Notes that a transaction is about to be sent, by its 0x-hex id. From now on a block may execute it. */
export const noteSent = (id: string): void => {
  last = { id, isOpen: true };
};

/** Notes that the command knows what became of the transaction, or reports that it does not. */
export const noteSettled = (): void => {
  if (last !== undefined) last = { ...last, isOpen: false };
};

const ask = (id: string): string => `ask with "openledger tx status ${id}"`;

/** Returns what to tell people if the command ends now; undefined if nothing is left open. */
export const leftOpen = (): string | undefined =>
  last?.isOpen === true ? `the transaction was sent and may be executed; ${ask(last.id)}` : undefined;

/** Returns what to tell people whom the result does not reach; undefined if the command has sent nothing. */
export const sentBefore = (): string | undefined =>
  last === undefined ? undefined : `the transaction ${last.id} was sent; ${ask(last.id)}`;
