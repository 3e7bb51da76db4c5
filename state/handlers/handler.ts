/** The effect of a transaction of one kind on the state. Each kind has its handler, in a file of its own. */

import type { Fault } from '../errors/execution.ts';
import type { TxContext } from '../modules/kit/context.ts';

/** Applies the payload, or returns why it cannot: then the machine drops whatever was written. */
export type Handler<P> = (context: TxContext, payload: P) => Fault | undefined;
