/** An event as every method shows it. */
import Type, { type Static } from 'typebox';
import type { Root } from '../src/lib/brands.ts';
import { toHex } from '../src/lib/bytes.ts';
import type { BlockEvent } from '../state/events/block-events.ts';
import { eventToJson } from '../state/events.ts';
import { jsonOut, nullable, rootOut, textOut } from './schema.ts';

export const EventOut = Type.Object({
  cursor: textOut(
    'Its place: `height/index`. One numbering per height: transactions in order, then the end.',
  ),
  type: textOut('docs/events.md lists them.'),
  data: jsonOut('As docs/events.md says of the type.'),
  transaction: nullable(rootOut(), 'Null at the end of the block.'),
});

/** @param transaction - the id of its transaction; undefined at the end of the block */
export const shownEvent = (
  height: bigint,
  { index, event }: BlockEvent,
  transaction: Root | undefined,
): Static<typeof EventOut> => ({
  cursor: `${height}/${index}`,
  ...eventToJson(event),
  transaction: transaction === undefined ? null : toHex(transaction),
});
