/** What happened on the chain: results and events of a height, searches, and earnings over time. */
import Type, { type TSchema } from 'typebox';
import { EVENT_TYPES, type EventType } from '../../state/events.ts';
import { EventOut } from './event.ts';
import {
  addressIn,
  amountOut,
  countIn,
  enumOut,
  listOut,
  nullable,
  rootOut,
  strict,
  textOut,
  uint32In,
  uint32Out,
  uint64In,
  uint64Out,
} from './fields.ts';
import { schema } from './method-schema.ts';
import { BY_NEXT, PAGE_LIMIT_MAX } from './page.ts';
import { receiptIdIn } from './receipt.ts';

/** Alternatives that one filter takes. */
const ALTERNATIVES_MAX = 16;

/** A value or a list of them. */
const oneOrMore = <T extends TSchema>(value: T) =>
  Type.Union([value, Type.Array(value, { minItems: 1, maxItems: ALTERNATIVES_MAX })]);

const CURSOR = '^(0|[1-9][0-9]{0,15})/(0|[1-9][0-9]{0,8})';

const partsOf = (cursor: string): { readonly height: bigint; readonly numbers: readonly number[] } => {
  const [height = '0', ...numbers] = cursor.split('/');
  return { height: BigInt(height), numbers: numbers.map(Number) };
};

const cursorIn = Type.Decode(
  Type.Unsafe<string>({
    type: 'string',
    pattern: `${CURSOR}$`,
    description:
      'Begin here: the `next` of the page before, or height/0. The beginning of the chain if left out.',
  }),
  (cursor) => {
    const { height, numbers } = partsOf(cursor);
    return { height, index: numbers[0] ?? 0 };
  },
);

/** The entries of one event are numbered too. */
const earningsCursorIn = Type.Decode(
  Type.Unsafe<string>({
    type: 'string',
    pattern: `${CURSOR}(/(0|[1-9][0-9]{0,8}))?$`,
    description:
      'Begin here: the `next` of the page before, or height/0. The beginning of the chain if left out.',
  }),
  (cursor) => {
    const { height, numbers } = partsOf(cursor);
    return { height, index: numbers[0] ?? 0, entry: numbers[1] ?? 0 };
  },
);

const limit = (maximum: number) => Type.Optional(countIn(maximum, 'How many at most; 100 if left out.'));
const to = Type.Optional(uint64In('The last height to look at; the last there is if left out.'));

const nextOut = () =>
  nullable(
    textOut('The `from` of the next page. A page may be short, even empty, and still have one.'),
    'Null when everything was looked at.',
  );

const resultFields = {
  id: rootOut(),
  status: enumOut(['success', 'failed', 'skipped']),
  code: nullable(textOut('Stable.'), 'Why it has no effect.'),
  gasUsed: uint64Out(),
  fee: amountOut('Burned and tipped together.'),
};

const TRACKS = ['spans', 'remainder', 'forfeited', 'model', 'stake', 'attestor', 'provider'] as const;

/** The most entries of a page of earnings: each may take a few dozen reads. */
const EARNINGS_LIMIT_MAX = 100;

const earningsFields = {
  from: Type.Optional(earningsCursorIn),
  limit: Type.Optional(countIn(EARNINGS_LIMIT_MAX, 'How many at most; 100 if left out.')),
};

const EarningsOut = Type.Object({
  entries: listOut(
    Type.Object({
      cursor: textOut(
        'Its place: that of the event behind it, and its number among the entries of the event.',
      ),
      epoch: uint64Out('The height at whose end the epoch closes that it belongs to.'),
      receipt: nullable(textOut('The id of the receipt.'), 'Null if it is not about exactly one receipt.'),
      contribution: nullable(uint32Out('Whose spans or tokens earned it.')),
      model: nullable(uint32Out('By which model it was earned.')),
      track: enumOut(
        TRACKS,
        'spans, remainder, model and stake add up to what rewards_get has as earned, less what was forfeited: a ' +
          'strike took it from the remainder. attestor and provider were paid at once.',
      ),
      amount: amountOut(),
    }),
    'In the order of the chain.',
  ),
  next: nextOut(),
});

export const HISTORY_SCHEMAS = {
  chain_getBlockResults: schema({
    summary:
      'What the transactions of a block came to, and its events: those of transactions, then of its end.',
    params: Type.Object({ height: Type.Optional(uint64In('The last if left out.')) }, strict),
    result: Type.Object({
      height: uint64Out(),
      results: listOut(Type.Object(resultFields), 'Of its transactions, in order.'),
      events: listOut(EventOut, 'In the order of their numbers.'),
    }),
    errors: ['BLOCK_NOT_FOUND'],
  }),

  events_query: schema({
    summary:
      'Events in the order of the chain. Different fields must all match; the values of one field are alternatives. ' +
      'Without fields: all events.',
    params: Type.Object(
      {
        types: Type.Optional(
          oneOrMore(
            Type.Unsafe<EventType>({ type: 'string', enum: EVENT_TYPES, description: 'Of docs/events.md.' }),
          ),
        ),
        account: Type.Optional(oneOrMore(addressIn('In any field of the data.'))),
        datanet: Type.Optional(oneOrMore(uint32In('A Datanet.'))),
        model: Type.Optional(oneOrMore(uint32In('A model.'))),
        contribution: Type.Optional(oneOrMore(uint32In('A contribution.'))),
        receipt: Type.Optional(oneOrMore(receiptIdIn)),
        validator: Type.Optional(oneOrMore(addressIn('The consensus address of a validator.'))),
        from: Type.Optional(cursorIn),
        to,
        limit: limit(PAGE_LIMIT_MAX),
      },
      strict,
    ),
    result: Type.Object({
      events: listOut(EventOut),
      height: uint64Out(
        'The last height that was looked at, when `next` is null: go on at the one after it.',
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
        from: Type.Optional(cursorIn),
        to,
        limit: limit(PAGE_LIMIT_MAX),
      },
      strict,
    ),
    result: Type.Object({
      transactions: listOut(
        Type.Object({ height: uint64Out(), index: uint32Out('Its place in the block.'), ...resultFields }),
      ),
      next: nextOut(),
    }),
    ...BY_NEXT,
  }),

  account_getEarnings: schema({
    summary:
      'What an account earned, over time: by its contributions, its parts of models, the stake of validators that are ' +
      'paid to it, and as attestor and provider.',
    params: Type.Object({ id: addressIn('The account.'), ...earningsFields }, strict),
    result: EarningsOut,
    ...BY_NEXT,
  }),

  contribution_getEarnings: schema({
    summary: 'What a contribution earned, over time, to the base unit.',
    params: Type.Object({ id: uint32In('The contribution.'), ...earningsFields }, strict),
    result: EarningsOut,
    errors: ['CONTRIBUTION_NOT_FOUND'],
    ...BY_NEXT,
  }),

  model_getEarnings: schema({
    summary: 'What a model earned, over time, for all its parties together.',
    params: Type.Object({ id: uint32In('The model.'), ...earningsFields }, strict),
    result: EarningsOut,
    errors: ['MODEL_NOT_FOUND'],
    ...BY_NEXT,
  }),
};
