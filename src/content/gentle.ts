/** How work on content leaves the thread to the rest of the node, where nobody waits for it. */
import { setTimeout as sleep } from 'node:timers/promises';

/** So many times as long as it worked, it rests. */
const REST = 7;

export const rest = (workedMs: number): Promise<void> => sleep(Math.ceil(REST * workedMs));
