/** What the command reads from its environment. */
/**
 * Returns the value of a variable; undefined if it is not set or empty. Whoever writes `NAME=` or `NAME=$UNSET` has set
 * nothing: an empty path would be the current folder, and an empty password would protect nothing.
 */
export const readVariable = (name: string): string | undefined => {
  const value = process.env[name];
  return value === '' ? undefined : value;
};
