/** What this command has sent or begun: what its end has to name, however it ends. */

let last: { readonly id: string; readonly isOpen: boolean } | undefined;

/** Notes that a transaction is about to be sent, by its 0x-hex id. From now on a block may execute it. */
export const noteSent = (id: string): void => {
  last = { id, isOpen: true };
};

let open: () => string | undefined = () => undefined;

/** Notes that the command has begun something that is to be gone on with. @param leftOpen - returns what, if it ends now */
export const noteOpen = (leftOpen: () => string | undefined): void => {
  open = leftOpen;
};

/** Notes that the command knows what became of the transaction, or reports that it does not. */
export const noteSettled = (): void => {
  if (last !== undefined) last = { ...last, isOpen: false };
  open = () => undefined;
};

const ask = (id: string): string => `ask with "openledger tx status ${id}"`;

/** Returns what to tell people if the command ends now, line by line. */
export const leftOpen = (): readonly string[] => {
  const begun = open();
  return [
    ...(begun === undefined ? [] : [begun]),
    ...(last?.isOpen === true ? [`the transaction was sent and may be executed; ${ask(last.id)}`] : []),
  ];
};

/** Returns what to tell people whom the result does not reach; undefined if the command has sent nothing. */
export const sentBefore = (): string | undefined =>
  last === undefined ? undefined : `the transaction ${last.id} was sent; ${ask(last.id)}`;
