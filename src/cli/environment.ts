/** What the command reads from its environment. */
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * Returns the value of a variable; undefined if it is not set or empty. Whoever writes `NAME=` or `NAME=$UNSET` has set
 * nothing: an empty path would be the current folder, and an empty password would protect nothing.
 */
export const readVariable = (name: string): string | undefined => {
  const value = process.env[name];
  return value === '' ? undefined : value;
};

/** Returns a path in the folder of the user for this program. An empty `HOME` counts as unset. */
export const userPath = (...parts: readonly string[]): string => {
  const home = homedir();
  return join(home === '' ? userInfo().homedir : home, '.openledger', ...parts);
};
