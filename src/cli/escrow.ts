/** `openledger escrow`: what a payer puts aside for a provider, from which receipts are paid. */
import type { Command } from 'commander';
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import { encodeResult } from '../client/decode.ts';
import { pages } from '../client/pages.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import { parseAmount } from '../lib/amount.ts';
import { type Hex, toHex } from '../lib/bytes.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import {
  type OwnOptions,
  openAddressBook,
  ownAddress,
  type RecipientFlags,
  resolveAddress,
  withOwn,
  withRecipient,
} from './names.ts';
import { note, openText, printJson, printTable } from './output.ts';
import { readNodeState } from './reading.ts';
import { eventOf, openSender, type SendFlags, sameOptions, sendAndReport, withSending } from './sending.ts';

type ChannelFlags = SendFlags & { readonly to: string };

const deposit = async ({
  to,
  amount,
  ...flags
}: ChannelFlags & RecipientFlags & { readonly amount: string }): Promise<void> => {
  const base = unwrap(parseAmount(amount, '--amount'));
  const sender = await openSender(flags);
  const provider = unwrap(sender.book.recipient(to));
  await sendAndReport(sender, 'escrowDeposit', { provider, amount: base }, flags, (sent) => {
    const data = eventOf(sent, 'escrowDeposited')?.data;
    return {
      json: { provider, amount: base, deposit: data?.deposit ?? null },
      fields: [
        ['provider', sender.book.show(provider)],
        ['deposited', openText(base)],
        ['in escrow', openText(data?.deposit ?? 0n)],
      ],
    };
  });
};

type WithdrawFlags = ChannelFlags & { readonly amount?: string; readonly all?: true };

/** Returns the amount that is not on its way out yet. @throws CodedError `ESCROW_EMPTY` */
const everything = async (client: RpcClient, payer: Hex, provider: Hex): Promise<bigint> => {
  const escrow = await client.call('escrow_get', { payer, provider });
  const free = escrow.deposit - escrow.withdrawing;
  if (free > 0n) return free;
  throw new CodedError(
    fault(
      'ESCROW_EMPTY',
      `nothing is left to withdraw: ${openText(escrow.withdrawing)} is on its way already`,
    ),
  );
};

const withdraw = async ({ to, amount, all, ...flags }: WithdrawFlags): Promise<void> => {
  if ((amount === undefined) === (all === undefined))
    throw new CodedError(fault('ARGUMENT_INVALID', 'how much? give either --amount or --all'));
  const given = amount === undefined ? undefined : unwrap(parseAmount(amount, '--amount'));
  const sender = await openSender(flags);
  const provider = unwrap(sender.book.find(to));
  const base = given ?? (await everything(sender.client, toHex(sender.wallet.address), toHex(provider)));
  await sendAndReport(sender, 'escrowWithdraw', { provider, amount: base }, flags, (sent) => {
    const data = eventOf(sent, 'escrowWithdrawalRequested')?.data;
    return {
      json: { provider, amount: base, matures: data?.matures ?? null },
      fields: [
        ['provider', sender.book.show(provider)],
        ['withdrawn', openText(base)],
        ['paid', `at the end of height ${data?.matures}, as far as receipts leave it`],
      ],
      next: `see it with "openledger escrow show ${sameOptions(flags)}"`,
    };
  });
};

type Channel = { readonly payer: Hex; readonly provider: Hex };

/**
 * Returns the channels of an account, as payer or as provider, by their first deposit. A deposit is an event that names
 * both, and events are indexed by account.
 */
const channelsOf = async (client: RpcClient, account: Hex): Promise<readonly Channel[]> => {
  const channels = new Map<string, Channel>();
  for await (const { events } of pages(client, 'events_query', { types: 'escrowDeposited', account }))
    for (const event of events)
      if (event.type === 'escrowDeposited') {
        const payer = toHex(event.data.payer);
        const provider = toHex(event.data.provider);
        channels.set(`${payer} ${provider}`, { payer, provider });
      }
  return [...channels.values()];
};

type ShownEscrow = Channel & ResultOf<'escrow_get'>;

const escrowsOf = async (
  client: RpcClient,
  channels: readonly Channel[],
): Promise<readonly ShownEscrow[]> => {
  const shown: ShownEscrow[] = [];
  for (const channel of channels) shown.push({ ...channel, ...(await client.call('escrow_get', channel)) });
  return shown;
};

type ShowOptions = ConnectionOptions & OwnOptions & { readonly to?: string; readonly json?: true };

const show = async (who: string | undefined, options: ShowOptions): Promise<void> => {
  const account = await ownAddress(who, options);
  const provider = options.to === undefined ? undefined : await resolveAddress(options.to, options);
  const client = await connect(options);
  const node = await readNodeState(client);
  const channels =
    provider === undefined ? await channelsOf(client, account) : [{ payer: account, provider }];
  const escrows = await escrowsOf(client, channels);
  if (options.json) {
    const shown = escrows.map(({ payer: from, provider: to, ...escrow }) => ({
      payer: from,
      provider: to,
      ...(encodeResult('escrow_get', escrow) as object),
    }));
    printJson({ account, escrows: shown, node });
    return;
  }
  const book = await openAddressBook(options);
  if (escrows.length === 0) {
    note(
      `${book.show(account)} has no escrow; make one with "openledger escrow deposit --to PROVIDER --amount N"`,
    );
    return;
  }
  printTable(
    ['payer', 'provider', 'deposit', 'withdrawing', 'paid at height'],
    escrows.map((each) => [
      book.label(each.payer),
      book.label(each.provider),
      openText(each.deposit),
      openText(each.withdrawing),
      each.withdrawals.map(({ matures }) => String(matures)).join(', ') || '-',
    ]),
  );
};

export const registerEscrow = (program: Command): void => {
  const escrow = program.command('escrow').description('put OPEN aside for a provider, and take it back');
  withRecipient(
    withSending(
      escrow
        .command('deposit')
        .description('put OPEN aside for a provider, which its receipts are paid from')
        .requiredOption('--to <account>', 'the provider: an address or a name')
        .requiredOption('--amount <amount>', 'OPEN as 1.5, or base units as 1500base'),
    ),
  ).action(deposit);
  withSending(
    escrow
      .command('withdraw')
      .description('take back what receipts have not used; it is paid after a delay')
      .requiredOption('--to <account>', 'the provider that it was put aside for: an address or a name')
      .option('--amount <amount>', 'OPEN as 1.5, or base units as 1500base')
      .option('--all', 'everything that is not on its way already'),
  ).action(withdraw);
  withOwn(
    withConnection(
      escrow
        .command('show')
        .description('show the escrows of an account, as payer and as provider')
        .argument('[account]', 'an address or a name; left out, that of --key'),
    ),
  )
    .option('--to <account>', 'only the escrow for this provider')
    .option('--json', 'print one JSON object')
    .action(show);
};
