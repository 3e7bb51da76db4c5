/** Commands that a person is told to run next. */

/** Returns an argument as a shell reads it, in quotes only if it needs them. */
export const quoted = (argument: string): string =>
  /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
