/**
 * The state that a service keeps over restarts, in one file: the height it has reached, the transactions it is sending,
 * and its own memory. The file belongs to one chain and one account, and a service of another chain or account refuses
 * it.
 */
import { existsSync } from 'node:fs';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { CodedError, unwrap } from '../../lib/errors.ts';
import { readJson, writeLockedFile } from '../../lib/files.ts';
import { fault } from './errors.ts';

const Owner = Type.Object({
  /** The hash of the genesis of the chain. */
  genesis: Type.String(),
  account: Type.String(),
});

export type StateOwner = Static<typeof Owner>;

export type StateFile<T> = {
  readonly path: string;
  /** Returns the state; undefined if there is none yet. */
  readonly value: () => T | undefined;
  /** Stores the state: it is on the disk when this returns. @throws CodedError `FILE_UNWRITABLE` */
  readonly write: (value: T) => void;
};

/** The codes of a file that this service cannot have written. */
const DAMAGED: ReadonlySet<string> = new Set([
  'FILE_NOT_JSON',
  'JSON_DUPLICATE_KEY',
  'JSON_NUMBER',
  'UTF8_INVALID',
]);

/** The fault of a damaged file. Losing the file costs only work: a service finds on the chain what it has sent. */
const damaged = (path: string): CodedError =>
  new CodedError(
    fault(
      'STATE_FILE_DAMAGED',
      `${path} is damaged, or this service did not write it; delete it: the service asks the chain what it has done, so nothing is lost`,
      { path },
    ),
  );

/**
 * @throws CodedError `STATE_FILE_DAMAGED` if it is not what a service wrote, `STATE_FILE_OTHER` if it is of another chain
 *   or account; `FILE_UNREADABLE`
 */
export const openStateFile = <T>(
  path: string,
  owner: StateOwner,
  isState: (value: unknown) => value is T,
): StateFile<T> => {
  let current: T | undefined;
  if (existsSync(path)) {
    const json = readJson(path);
    if (!json.ok && DAMAGED.has(json.fault.code)) throw damaged(path);
    const file = unwrap(json);
    const state: unknown = Value.Check(Owner, file) ? Reflect.get(file, 'state') : undefined;
    if (!Value.Check(Owner, file) || !isState(state)) throw damaged(path);
    if (file.genesis !== owner.genesis || file.account !== owner.account)
      throw new CodedError(
        fault('STATE_FILE_OTHER', `${path} belongs to another chain or account; choose another --state`, {
          path,
        }),
      );
    current = state;
  }
  return {
    path,
    value: () => current,
    write: (state) => {
      writeLockedFile(path, `${JSON.stringify({ ...owner, state })}\n`);
      current = state;
    },
  };
};
