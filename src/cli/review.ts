/** `openledger review`: what waits for a reviewer, with its text, and the reviewer's verdict. */
import type { Command } from 'commander';
import { PAGE_LIMIT_MAX } from '../../rpc/schemas/page.ts';
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { ContributionReview } from '../../state/tx/contribution-review.ts';
import { CodedError, type Fault, type Result } from '../lib/errors.ts';
import type { ContributionId } from '../lib/ids.ts';
import { printable } from '../lib/printable.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import { type OwnOptions, openAddressBook, ownAddress, withOwn } from './names.ts';
import { readCount, readId } from './numbers.ts';
import { note, openText, print, printJson } from './output.ts';
import { readNodeState } from './reading.ts';
import { factsFault } from './review/facts.ts';
import { type ReviewedItem, readItems } from './review/items.ts';
import { type Taken, takenBy, takenLines } from './review/taken.ts';
import {
  eventOf,
  openSender,
  type Sender,
  type SendFlags,
  sameOptions,
  sendAndReport,
  withSending,
} from './sending.ts';

type Contribution = ResultOf<'contribution_get'>;
type Texts = Result<{ readonly items: readonly ReviewedItem[]; readonly count: number }>;

/** The items of a text that are shown, and the characters of each, unless `--full` is given. */
const ITEMS_SHOWN = 3;
const CHARACTERS_SHOWN = 400;

const itemLines = (
  { text, promptTokens }: ReviewedItem,
  index: number,
  isFull: boolean,
): readonly string[] => {
  const safe = printable(text);
  const shown = isFull || safe.length <= CHARACTERS_SHOWN ? safe : `${safe.slice(0, CHARACTERS_SHOWN)} …`;
  return [
    `  item ${index}${promptTokens === 0 ? '' : `, whose first ${promptTokens} tokens are its prompt part`}:`,
    ...shown.split('\n').map((line) => `    ${line}`),
  ];
};

const textLines = (texts: Texts, isFull: boolean): readonly string[] => {
  if (!texts.ok) return [`  its text cannot be shown: ${texts.fault.message}`];
  const { items, count } = texts.value;
  return [
    ...items.flatMap((item, i) => itemLines(item, i, isFull)),
    ...(count > items.length ? [`  and ${count - items.length} more items; --full shows all`] : []),
  ];
};

const textsToJson = (texts: Texts) =>
  texts.ok
    ? { items: texts.value.items, itemCount: texts.value.count, error: null }
    : { items: [], itemCount: null, error: { code: texts.fault.code, message: texts.fault.message } };

type Listed = ResultOf<'review_list'>['contributions'][number];

type ListOptions = ConnectionOptions &
  OwnOptions & {
    readonly datanet?: string;
    readonly from?: string;
    readonly limit: string;
    readonly full?: true;
    readonly json?: true;
  };

/** The contributions of one page. Each of them is read with its text. */
const LIST_DEFAULT = '10';

const list = async (who: string | undefined, options: ListOptions): Promise<void> => {
  const limit = readCount('--limit', options.limit, 1, PAGE_LIMIT_MAX);
  const datanet = options.datanet === undefined ? undefined : readId('--datanet', options.datanet);
  const reviewer = await ownAddress(who, options);
  const client = await connect(options);
  const node = await readNodeState(client);
  const { contributions, next } = await client.call('review_list', {
    reviewer,
    limit,
    ...(datanet === undefined ? {} : { datanet }),
    ...(options.from === undefined ? {} : { from: options.from }),
  });
  const isFull = options.full === true;
  const shown: {
    readonly each: Listed;
    readonly text: Texts;
    readonly taken: readonly Taken[] | undefined;
  }[] = [];
  for (const each of contributions) {
    const text: Texts = await readItems(client, each.root, isFull ? Number.POSITIVE_INFINITY : ITEMS_SHOWN);
    const { contribution, role } = each;
    const taken = role === 'commons' ? await takenBy(client, contribution) : undefined;
    shown.push({ each, text, taken });
  }
  if (options.json) {
    printJson({
      reviewer,
      // Bigints are written as decimal strings and bytes as 0x-hex, and nothing in an entry is ever absent.
      contributions: shown.map(({ each, text, taken }) => ({
        ...each,
        ...(taken === undefined ? {} : { sources: taken }),
        text: textsToJson(text),
      })),
      next,
      node,
    });
    return;
  }
  const book = await openAddressBook(options);
  if (shown.length === 0)
    note(`nothing${next === null ? '' : ' on this page'} waits for a review of ${book.show(reviewer)}`);
  for (const { each, text, taken } of shown) {
    print(
      `contribution ${each.contribution} to Datanet ${each.datanet}, by ${book.label(each.owner)}: ` +
        `${each.items} items, ${each.tokens} tokens, ${each.bytes} bytes, ${each.reviews} reviews so far`,
    );
    if (taken !== undefined) for (const line of takenLines(each.contribution, taken, book)) print(line);
    for (const line of textLines(text, isFull)) print(line);
  }
  if (next !== null) note(`next: more of them with --from ${next}`);
  const [first] = shown;
  if (first !== undefined)
    note(`next: openledger review ${first.each.contribution} --accept, or --reject ${sameOptions(options)}`);
};

/** A verdict, or that it is taken back. */
type Action = ContributionReview['verdict'];

type Flags = SendFlags & {
  readonly accept?: true;
  readonly reject?: true;
  readonly withdraw?: true;
  readonly marks?: string;
  readonly unchecked?: true;
};

const MARKS = ['authenticity', 'ownership', 'quality', 'uniqueness'] as const;
const MARK_MAX = 100;

type Marks = Readonly<Record<(typeof MARKS)[number], number>>;

/** Reads four marks from 0 to 100. @throws CodedError `ARGUMENT_INVALID` */
export const readMarks = (text: string | undefined, verdict: Action): Marks => {
  const same = verdict === 'accept' ? MARK_MAX : 0;
  const parts = text?.split(',') ?? MARKS.map(() => String(same));
  if (parts.length !== MARKS.length)
    throw new CodedError(
      fault('ARGUMENT_INVALID', `--marks takes four numbers, for ${MARKS.join(', ')}, such as 90,100,80,75`),
    );
  const [authenticity = 0, ownership = 0, quality = 0, uniqueness = 0] = parts.map((part, i) =>
    readCount(`--marks (${MARKS[i]})`, part.trim(), 0, MARK_MAX),
  );
  return { authenticity, ownership, quality, uniqueness };
};

const verdictOf = ({ accept, reject, withdraw }: Flags): Action => {
  if ([accept, reject, withdraw].filter((flag) => flag !== undefined).length !== 1)
    throw new CodedError(
      fault('ARGUMENT_INVALID', 'which verdict? give one of --accept, --reject and --withdraw'),
    );
  if (withdraw) return 'withdraw';
  return accept ? 'accept' : 'reject';
};

/** A text that has not arrived says nothing about the contribution: it is no reason to reject it. */
const missingText = (id: ContributionId): Fault =>
  fault(
    'REVIEW_TEXT_MISSING',
    'its text has not arrived at the node, so its declared facts cannot be checked; repeat the command later',
    { contributions: [String(id)] },
  );

/** Returns what keeps a reviewer from confirming the declared facts. */
const checkFacts = async (
  { client, book }: Pick<Sender, 'client' | 'book'>,
  contribution: Contribution,
): Promise<Fault | undefined> => {
  const root = contribution.content?.root;
  if (root === undefined) return undefined;
  note('checking the declared facts against the text');
  const texts = await readItems(client, root, Number.POSITIVE_INFINITY);
  if (texts.ok) return factsFault(client, contribution, texts.value.items, book.show);
  return texts.fault.code === 'CONTENT_NOT_FOUND' ? missingText(contribution.contribution) : texts.fault;
};

const outcomeText = (type: string | undefined): string => {
  switch (type) {
    case 'contributionAccepted':
      return 'accepted: it is part of its Datanet now';
    case 'contributionRejected':
      return 'rejected: its bond is forfeited';
    case 'contributionUndecided':
      return 'undecided: its bond went back';
    default:
      return 'under review: other reviewers have to decide';
  }
};

/** Says what became of the bond of a review. */
const bondLines = (
  bond: bigint,
  returned: bigint,
  bondUntil: bigint | undefined,
): readonly (readonly [string, string])[] => {
  if (returned > 0n) return [['bond', `${openText(returned)}, back`]];
  if (bond === 0n) return [];
  return [
    [
      'bond',
      bondUntil === undefined
        ? `${openText(bond)}, until the contribution is decided, and for the time of its own bond if it is accepted`
        : `${openText(bond)}, back at the end of height ${bondUntil}, unless a challenge shows that what you confirmed was false`,
    ],
  ];
};

const OUTCOMES = ['contributionAccepted', 'contributionRejected', 'contributionUndecided'] as const;

const review = async (text: string | undefined, flags: Flags): Promise<void> => {
  if (text === undefined)
    throw new CodedError(
      fault('USAGE', 'missing required argument \'contribution\'; "openledger review list" shows what waits'),
    );
  const id = readId('the contribution', text);
  const verdict = verdictOf(flags);
  const quality = readMarks(flags.marks, verdict);
  const sender = await openSender(flags);
  const contribution = await sender.client.call('contribution_get', { contribution: id });
  const wrong =
    verdict === 'accept' && flags.unchecked === undefined
      ? await checkFacts(sender, contribution)
      : undefined;
  if (wrong !== undefined)
    throw new CodedError({
      ...wrong,
      message:
        wrong.code === 'REVIEW_TEXT_MISSING'
          ? `contribution ${id}: ${wrong.message}, or use --unchecked to accept it without checking`
          : `contribution ${id}: ${wrong.message}. Who accepts it confirms the opposite: use --reject, or --unchecked to accept it all the same`,
    });
  const payload = { contribution: id, quality, verdict };
  await sendAndReport(sender, 'contributionReview', payload, flags, (sent) => {
    const outcome = OUTCOMES.find((type) => eventOf(sent, type) !== undefined);
    const bond = eventOf(sent, 'contributionReviewed')?.data.bond ?? 0n;
    const returned = eventOf(sent, 'reviewWithdrawn')?.data.returned ?? 0n;
    return {
      json: { contribution: id, verdict, outcome: outcome ?? null, bond, returned },
      fields: [
        ['contribution', String(id)],
        ['verdict', verdict],
        ['now', outcomeText(outcome)],
        ...bondLines(bond, returned, eventOf(sent, 'contributionAccepted')?.data.bondUntil),
      ],
    };
  });
};

export const registerReview = (program: Command): void => {
  const verb = withSending(
    program
      .command('review')
      .description('review a contribution, or list what waits for your review')
      .usage(
        '<contribution> --accept | --reject | --withdraw [options]\n       openledger review list [account] [options]',
      )
      // The argument is optional for commander, so that "review list" needs none.
      .argument('[contribution]', 'its number'),
  )
    .option('--accept', 'accept it, and confirm the facts that it declares about its text')
    .option('--reject', 'reject it')
    .option('--withdraw', 'take back your review, with its bond, while others have to decide')
    .option(
      '--marks <a,o,q,u>',
      `${MARKS.join(', ')}, each from 0 to 100 (default: all 100, or all 0 with --reject)`,
    )
    .option('--unchecked', 'accept it without checking the declared facts')
    .addHelpText(
      'after',
      '\nA verdict counts once as many reviewers as the quorum of the Datanet agree. Before --accept is sent, the command reads ' +
        'the text and everything earlier in the Datanet, and checks the numbers, novel runs and copies that it declares.\n' +
        '--accept locks a bond, "reviewBond" of "openledger query chain_getParams". It is lost if a challenge shows that a fact which the ' +
        'command checks was false; otherwise it comes back together with the bond of the contribution.',
    )
    .action(review);
  withOwn(
    withConnection(
      verb
        .command('list')
        .description('list the contributions that wait for the review of an account, with their texts')
        .argument('[account]', 'an address or a name; left out, that of --key'),
    ),
  )
    .option('--datanet <id>', 'only contributions to this Datanet')
    .option('--from <place>', 'where to go on, as the last call has said')
    .option('--limit <n>', 'the most contributions to list', LIST_DEFAULT)
    .option('--full', 'all items, with their whole texts')
    .option('--json', 'print one JSON object')
    .action(list);
};
