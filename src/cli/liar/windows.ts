/** The challenge windows of a chain that is made for a lie, in blocks. */

/** Enough for a watcher on a slow machine. */
export const WATCHED_WINDOW = 20;
/** Enough for a person who pastes a command: about a minute. */
export const BY_HAND_WINDOW = 120;
