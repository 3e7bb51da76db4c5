/** `openledger settlement`: how far a receipt, a batch or a settlement is on its way to being paid out. */
import type { Command } from 'commander';
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import { formatReceiptId, parseReceiptId } from '../../state/tx/receipt.ts';
import { encodeResult } from '../client/decode.ts';
import { heightOf } from '../client/event-follower.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import type { Address, Height, Root } from '../lib/brands.ts';
import { fromHex, toHex } from '../lib/bytes.ts';
import { CodedError, type Result, unwrap } from '../lib/errors.ts';
import { maxBig } from '../lib/math.ts';
import { type ConnectionOptions, connect, connectSteadily, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import { type AddressBook, type NameOptions, openAddressBook } from './names.ts';
import { note, openText, printFields, printJson, printTable } from './output.ts';
import { readNodeState } from './reading.ts';
import { waitUntil } from './waiting.ts';

type Receipt = ResultOf<'receipt_get'>;
type Batch = ResultOf<'receipt_getBatch'>;
type Options = ConnectionOptions & NameOptions & { readonly wait?: true; readonly json?: true };

/** Says what the status of a receipt means, and until when. */
const statusText = ({ status, deadline, settlement }: Receipt): string => {
  switch (status) {
    case 'open':
      return deadline === null
        ? 'open: it waits for the calibration of its version of the model, and can be settled after that'
        : `open: an attestor can settle it until height ${deadline}`;
    case 'settled': {
      const short = settlement?.short ?? null;
      if (short !== null)
        return `settled, but short: attestors have to lock ${openText(short.missing)} more behind the claim until height ${short.until}, or it is dropped`;
      const demands = settlement?.demands.length ?? 0;
      const waits = demands === 0 ? '' : `, and ${demands} demands for texts are open`;
      return `settled: final at the end of height ${settlement?.finalAt}, unless it is challenged${waits}`;
    }
    case 'final': {
      const vestsAt = settlement?.vestsAt ?? null;
      const late =
        vestsAt === null
          ? ''
          : `. A late proof that it is false costs its attestor what it has earned, until height ${vestsAt}`;
      return `final: it is paid out by its claim${late}`;
    }
    case 'expired':
      return 'expired: nobody settled it in time, so it was paid out without attribution';
    case 'void':
      return 'void: it was shown to be malformed, and its compute went back to the payer';
    default:
      return status satisfies never;
  }
};

const percent = (bps: number): string => `${(bps / 100).toFixed(2)} %`;
/** Q8 is 1/256 bit. */
const bits = (score: number): string => `${(score / 256).toFixed(1)} bits`;

/** The most contributions that are listed, the highest scores first. */
const SCORES_SHOWN = 10;

const settlementLines = (
  { settlement }: Receipt,
  book: AddressBook,
): readonly (readonly [name: string, value: string])[] => {
  if (settlement === null) return [];
  const { outcome } = settlement;
  const scores = outcome.scores.toSorted((a, b) => b.score - a.score);
  return [
    ['settlement', toHex(settlement.id)],
    ['settled', `at height ${settlement.height} by ${book.show(settlement.attestor)}`],
    ...settlement.backers.map(
      ({ attestor, amount }) => ['bond', `${openText(amount)} of ${book.show(attestor)}`] as const,
    ),
    ['coverage', `${percent(outcome.coverageBps)} of the information of the output`],
    ...scores
      .slice(0, SCORES_SHOWN)
      .map(({ contribution, score }) => [`contribution ${contribution}`, bits(score)] as const),
    ...(scores.length > SCORES_SHOWN ? [['and', `${scores.length - SCORES_SHOWN} more`] as const] : []),
  ];
};

const showReceipt = (receipt: Receipt, book: AddressBook): void => {
  const { body, split } = receipt;
  printFields([
    ['receipt', receipt.id],
    ['status', statusText(receipt)],
    ['model', `${receipt.model}, version ${receipt.version}`],
    ['payer', book.show(receipt.payer)],
    ['provider', book.show(receipt.provider)],
    ['recorded', `at height ${receipt.height}`],
    ['tokens', `${body.tokensIn} in, ${body.tokensOut} out`],
    ['paid', `${openText(body.fee)} for the model, ${openText(body.compute)} for compute`],
    ['for the data', openText(split.data)],
    ...settlementLines(receipt, book),
  ]);
  if (receipt.settlement !== null)
    note(`next: see who earned from it with "openledger explain ${receipt.id}"`);
};

/** Until when the open receipts of a batch can be settled: the last of them, as far as that is known. */
const untilText = ({ open, bodies, deadline }: Batch): string => {
  const waiting = open.filter((index) => bodies[index]?.deadline === null).length;
  const last = open.reduce((max, index) => maxBig(max, bodies[index]?.deadline ?? 0n), 0n);
  const until = `can be settled until height ${last === 0n ? deadline : last}`;
  if (waiting === 0) return `${open.length} ${until}`;
  const waits = `${waiting} ${waiting === 1 ? 'waits' : 'wait'} for a calibration`;
  return waiting === open.length ? waits : `${open.length - waiting} ${until}, and ${waits}`;
};

const showBatch = (batch: Batch, book: AddressBook): void => {
  printFields([
    ['batch', toHex(batch.batch)],
    ['provider', book.show(batch.provider)],
    ['recorded', `at height ${batch.height}`],
    ['receipts', `${batch.receipts}, of which ${untilText(batch)}`],
    ...batch.settlements.map(
      ({ id, final }) => ['settlement', `${toHex(id)}${final ? ', final' : ', not final yet'}`] as const,
    ),
  ]);
  if (batch.receipts > 0)
    note(`next: see one of its receipts with "openledger settlement show ${toHex(batch.batch)}/0"`);
};

type Settled = {
  readonly settlement: string;
  readonly attestor: Address;
  readonly height: Height | null;
  readonly finalAt: Height | null;
  readonly receipts: readonly Receipt[];
};

const showSettled = (settled: Settled, book: AddressBook): void => {
  printFields([
    ['settlement', settled.settlement],
    ['attestor', book.show(settled.attestor)],
    ['settled', `at height ${settled.height}`],
    [
      'final',
      settled.finalAt === null
        ? 'not before other attestors have locked what is missing'
        : `at the end of height ${settled.finalAt}, unless it is challenged`,
    ],
  ]);
  note('');
  printTable(
    ['receipt', 'status now', 'coverage'],
    settled.receipts.map(({ id, status, settlement }) => [
      id,
      status,
      settlement === null ? '-' : percent(settlement.outcome.coverageBps),
    ]),
  );
};

/** The receipts that are read in one request. */
const READ_AT_ONCE = 50;

const receiptsOf = async (
  client: RpcClient,
  { batch, indexes }: { readonly batch: Root; readonly indexes: readonly number[] },
): Promise<readonly Receipt[]> => {
  const receipts: Receipt[] = [];
  for (let at = 0; at < indexes.length; at += READ_AT_ONCE) {
    const calls = indexes.slice(at, at + READ_AT_ONCE).map((index) => ({
      method: 'receipt_get' as const,
      params: { id: formatReceiptId({ batch, index }) },
    }));
    for (const each of await client.batch(calls)) receipts.push(unwrap(each));
  }
  return receipts;
};

/** Returns what a transaction has settled; undefined if it is no settlement. */
const settledBy = async (client: RpcClient, id: string): Promise<Settled | undefined> => {
  const { events, height } = await client.call('tx_status', { id });
  for (const { type, data } of events)
    if (type === 'receiptsSettled')
      return {
        settlement: id,
        attestor: data.attestor,
        height,
        finalAt: data.finalAt ?? null,
        receipts: await receiptsOf(client, data.receipts),
      };
  return undefined;
};

const batchOf = async (client: RpcClient, batch: string): Promise<Batch | undefined> => {
  const found: Result<Batch> = await client.attempt('receipt_getBatch', { batch });
  return found.ok || found.fault.code !== 'BATCH_NOT_FOUND' ? unwrap(found) : undefined;
};

const unknownId = (text: string): CodedError =>
  new CodedError(
    fault(
      'ARGUMENT_INVALID',
      `settlement show takes a receipt (0x<64 hex digits>/<index>), or the id of a batch or a settlement (0x<64 hex digits>), not ${JSON.stringify(text.slice(0, 80))}`,
    ),
  );

/** What an id leads to: its JSON, and the lines for people. */
type Found = { readonly json: object; readonly show: (book: AddressBook) => void };

const find = async (client: RpcClient, id: string): Promise<Found> => {
  if (parseReceiptId(id).ok) {
    const receipt = await client.call('receipt_get', { id });
    return {
      json: encodeResult('receipt_get', receipt) as object,
      show: (book) => showReceipt(receipt, book),
    };
  }
  const batch = await batchOf(client, id);
  if (batch !== undefined)
    return {
      json: encodeResult('receipt_getBatch', batch) as object,
      show: (book) => showBatch(batch, book),
    };
  const settled = await settledBy(client, id);
  if (settled === undefined)
    throw new CodedError(
      fault('SETTLEMENT_UNKNOWN', `the transaction ${id} is no batch of receipts and no settlement`, { id }),
    );
  const receipts = settled.receipts.map((receipt) => encodeResult('receipt_get', receipt));
  return { json: { ...settled, receipts }, show: (book) => showSettled(settled, book) };
};

const ENDS = ['receiptFinalized', 'receiptExpired', 'receiptVoided'] as const;

/** Waits until a receipt is paid out and its epoch is closed, so that its rewards can be claimed. */
const untilPaid = async (client: RpcClient, id: string): Promise<void> => {
  await waitUntil(async () => {
    const { events } = await client.call('events_query', { types: [...ENDS], receipt: id, limit: 1 });
    const [ended] = events;
    if (ended === undefined) return { waitsFor: statusText(await client.call('receipt_get', { id })) };
    const { model } = await client.call('receipt_get', { id });
    const { end, closed } = await client.call('model_getEpoch', {
      id: model,
      height: heightOf(ended.cursor),
    });
    return closed === null
      ? { waitsFor: `its epoch ends at height ${end}, and then the money for the data is divided` }
      : { done: undefined };
  });
};

const show = async (id: string, options: Options): Promise<void> => {
  const isReceipt = parseReceiptId(id).ok;
  if (!isReceipt && !fromHex(id, 32).ok) throw unknownId(id);
  const client = await (options.wait ? connectSteadily(options) : connect(options));
  if (options.wait) {
    if (!isReceipt)
      throw new CodedError(
        fault('ARGUMENT_INVALID', '--wait takes the id of one receipt: 0x<batch>/<index>'),
      );
    await untilPaid(client, id.toLowerCase());
  }
  const node = await readNodeState(client);
  const found = await find(client, id.toLowerCase());
  if (options.json) printJson({ ...found.json, node });
  else found.show(await openAddressBook(options));
};

export const registerSettlement = (program: Command): void => {
  const settlement = program.command('settlement').description('follow receipts until they are paid out');
  withConnection(
    settlement
      .command('show')
      .description('show a receipt with its settlement, a batch, or all receipts of a settlement')
      .argument('<id>', '0x<batch>/<index>, or the id of the transaction of a batch or a settlement'),
  )
    .option('--wait', 'wait until the receipt is paid out, and its rewards can be claimed')
    .option('--json', 'print one JSON object')
    .action(show);
};
