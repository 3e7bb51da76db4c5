/** How long the watcher waits for texts that have not arrived. Both are blocks. */

/**
 * The time for which a text that was missing when it was needed is still looked for, and what depends on it is still
 * judged once it has arrived.
 */
export const LATE_BLOCKS = 1000n;
/** The pause before a text that is missing is requested again. */
export const AGAIN_BLOCKS = 8n;
