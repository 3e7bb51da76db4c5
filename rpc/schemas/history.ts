/** The schemas of the history of the chain: results and events of a height, searches, and earnings over time. */
import type { TSchema } from 'typebox';
import * as Type from 'typebox';
import { type Height, toHeight } from '../../src/lib/brands.ts';
import { TRACKS } from '../../state/events/tracks.ts';
import { EVENT_TYPES, type EventType } from '../../state/events.ts';
import { EventOut } from './event.ts';
import {
  addressIn,
  amountOut,
  contributionIn,
  contributionOut,
  countIn,
  datanetIn,
  enumOut,
  heightIn,
  heightOut,
  listOut,
  modelIn,
  modelOut,
  nullable,
  rootOut,
  ruleCodeOut,
  strict,
  textOut,
  uint32Out,
  uint64Out,
} from './fields.ts';
import { schema } from './method-schema.ts';
import { BY_NEXT } from './page.ts';
import { receiptIdIn } from './receipt.ts';

/** The most entries that a page of history holds. A search yields between them, and ends when they are large. */
const HISTORY_LIMIT_MAX = 1_000;

/** The most alternatives in one filter. */
const ALTERNATIVES_MAX = 16;

/** The schema of one value or of a list of values. */
const oneOrMore = <T extends TSchema>(value: T) =>
  Type.Union([value, Type.Array(value, { minItems: 1, maxItems: ALTERNATIVES_MAX })]);

const CURSOR = '^(0|[1-9][0-9]{0,15})/(0|[1-9][0-9]{0,8})';

const partsOf = (cursor: string): { readonly height: Height; readonly numbers: readonly number[] } => {
  const [height = '0', ...numbers] = cursor.split('/');
  return { height: toHeight(BigInt(height)), numbers: numbers.map(Number) };
};

const cursorIn = (description: string) =>
  Type.Optional(
    Type.Decode(Type.Unsafe<string>({ type: 'string', pattern: `${CURSOR}$`, description }), (cursor) => {
      const { height, numbers } = partsOf(cursor);
      return { height, index: numbers[0] ?? 0 };
    }),
  );
const from = cursorIn(
  'The place to begin at: the `next` of the previous page, or height/0; the beginning of the chain if left out.',
);

/** A cursor of the results of a block has a third part, the place of a result, until all of them are returned. */
const blockCursorIn = Type.Optional(
  Type.Decode(
    Type.Unsafe<string>({
      type: 'string',
      pattern: `${CURSOR}(/(0|[1-9][0-9]{0,8}))?$`,
      description:
        'Where to continue: the `next` of the previous page, height/event/result. Without the third part the page has no ' +
        'results. The beginning of the block if left out.',
    }),
    (cursor) => {
      const { height, numbers } = partsOf(cursor);
      return { height, index: numbers[0] ?? 0, place: numbers[1] };
    },
  ),
);

/** A cursor of earnings has a third part, because an event may have several entries. */
const earningsCursorIn = Type.Decode(
  Type.Unsafe<string>({
    type: 'string',
    pattern: `${CURSOR}(/(0|[1-9][0-9]{0,8}))?$`,
    description:
      'The place to begin at: the `next` of the previous page, or height/0; the beginning of the chain if left out.',
  }),
  (cursor) => {
    const { height, numbers } = partsOf(cursor);
    return { height, index: numbers[0] ?? 0, entry: numbers[1] ?? 0 };
  },
);

const limit = (maximum: number) =>
  Type.Optional(countIn(maximum, 'The most entries to return; 100 if left out.'));
const to = Type.Optional(heightIn('The last height to search; the last committed one if left out.'));

const nextOut = () =>
  nullable(
    textOut('The `from` of the next page. Even a short or empty page may have one.'),
    'Null when the search is complete.',
  );

/** The fields of the result of a transaction. */
export const resultFields = {
  id: rootOut(),
  status: enumOut(['success', 'failed']),
  code: nullable(
    ruleCodeOut('The stable code of the error.'),
    'The reason why it has no effect; null if it succeeded.',
  ),
  gasUsed: uint64Out(),
  fee: amountOut('The burned fee and the tip together.'),
};

/** The most entries of a page of earnings. An entry may need a few dozen reads. */
const EARNINGS_LIMIT_MAX = 100;

const earningsFields = {
  from: Type.Optional(earningsCursorIn),
  limit: Type.Optional(countIn(EARNINGS_LIMIT_MAX, 'The most entries to return; 100 if left out.')),
};

const EarningsOut = Type.Object({
  entries: listOut(
    Type.Object({
      cursor: textOut(
        'The place of the entry: that of its event, and its number among the entries of the event.',
      ),
      epoch: heightOut('The last block of the epoch of the entry.'),
      receipt: nullable(
        textOut('The id of the receipt.'),
        'The receipt that paid it; null if it is not exactly one.',
      ),
      contribution: nullable(contributionOut('The contribution whose spans, phrases or tokens earned it.')),
      model: nullable(modelOut('The model that earned it.')),
      track: enumOut(
        TRACKS,
        'spans, relevance, remainder, model and stake, less forfeited, add up to the earned sums of rewards_get. A strike forfeits a part ' +
          'of the remainder. provider is paid at once. attestor is listed when it vests, by epoch.',
      ),
      amount: amountOut(),
    }),
    'The entries in the order of the chain.',
  ),
  next: nextOut(),
});

export const HISTORY_SCHEMAS = {
  chain_getBlockResults: schema({
    summary:
      'Returns a page of the results of the transactions of a block, and a page of its events: those of the transactions, ' +
      'then those of its end.',
    params: Type.Object(
      {
        height: Type.Optional(
          heightIn('The height of the block; that of `from`, or the last committed one, if left out.'),
        ),
        from: blockCursorIn,
        limit: Type.Optional(
          countIn(HISTORY_LIMIT_MAX, 'The most results, and the most events, to return; 100 if left out.'),
        ),
      },
      strict,
    ),
    result: Type.Object({
      height: heightOut(),
      results: listOut(Type.Object(resultFields), 'The results of its transactions, in order.'),
      events: listOut(EventOut, 'The events in the order of their indexes.'),
      next: nullable(
        textOut('The `from` of the next page. A page also ends when its events are large.'),
        'Null after the last result and the last event.',
      ),
    }),
    errors: ['BLOCK_NOT_FOUND'],
    ...BY_NEXT,
  }),

  events_query: schema({
    summary:
      'Events in the order of the chain. Different fields must all match; the values of one field are alternatives. ' +
      'Without fields: all events.',
    params: Type.Object(
      {
        types: Type.Optional(
          oneOrMore(
            Type.Unsafe<EventType>({
              type: 'string',
              enum: EVENT_TYPES,
              description: 'A type of event (docs/events.md).',
            }),
          ),
        ),
        account: Type.Optional(oneOrMore(addressIn('An account in any field of the data.'))),
        datanet: Type.Optional(oneOrMore(datanetIn('A Datanet.'))),
        model: Type.Optional(oneOrMore(modelIn('A model.'))),
        contribution: Type.Optional(oneOrMore(contributionIn('A contribution.'))),
        receipt: Type.Optional(oneOrMore(receiptIdIn)),
        validator: Type.Optional(oneOrMore(addressIn('The consensus address of a validator.'))),
        from,
        to,
        limit: limit(HISTORY_LIMIT_MAX),
      },
      strict,
    ),
    result: Type.Object({
      events: listOut(EventOut),
      height: heightOut(
        'The last height that was searched. When `next` is null, continue at the height after it.',
      ),
      next: nextOut(),
    }),
    ...BY_NEXT,
  }),

  tx_search: schema({
    summary:
      'The transactions of an account that were executed, in the order of the chain: those it sent, and those whose ' +
      'payload names it (recipients, providers, payers, shares of models, contributors and reviewers).',
    params: Type.Object(
      {
        account: addressIn('The account.'),
        from,
        to,
        limit: limit(HISTORY_LIMIT_MAX),
      },
      strict,
    ),
    result: Type.Object({
      transactions: listOut(
        Type.Object({ height: heightOut(), index: uint32Out('Its index in the block.'), ...resultFields }),
      ),
      next: nextOut(),
    }),
    ...BY_NEXT,
  }),

  account_getEarnings: schema({
    summary:
      'Lists the earnings of an account over time: from its contributions, its shares of models, the stake of validators that ' +
      'pay out to it, and as attestor and provider.',
    params: Type.Object({ id: addressIn('The account.'), ...earningsFields }, strict),
    result: EarningsOut,
    ...BY_NEXT,
  }),

  contribution_getEarnings: schema({
    summary: 'Lists the earnings of a contribution over time.',
    params: Type.Object({ id: contributionIn('The contribution.'), ...earningsFields }, strict),
    result: EarningsOut,
    errors: ['CONTRIBUTION_NOT_FOUND'],
    ...BY_NEXT,
  }),

  model_getEarnings: schema({
    summary: 'Lists the earnings of a model over time, for all its parties together.',
    params: Type.Object({ id: modelIn('The model.'), ...earningsFields }, strict),
    result: EarningsOut,
    errors: ['MODEL_NOT_FOUND'],
    ...BY_NEXT,
  }),
};
