/** Says all that is wrong with an input at once, so that nobody corrects it one error at a time. */

/** The most problems that are listed. */
export const PROBLEMS_MAX = 20;

/** The message of an error that lists problems. Each of them says a field and what it must be. */
export const listProblems = (problems: readonly string[]): string => {
  const [first = '', ...others] = problems;
  if (others.length === 0) return first;
  const count =
    problems.length < PROBLEMS_MAX ? `${problems.length} problems` : `the first ${PROBLEMS_MAX} problems`;
  return `${count}: ${problems.slice(0, PROBLEMS_MAX).join('; ')}`;
};
