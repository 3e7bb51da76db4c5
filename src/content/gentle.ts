/** How work on content leaves the thread to the rest of the node, where nobody waits for it. */

/** So many times as long as it worked, it rests. */
const REST = 7;

export const rest = (workedMs: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, Math.ceil(REST * workedMs));
  });
