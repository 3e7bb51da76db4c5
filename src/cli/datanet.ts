/** `openledger datanet`: makes Datanets, and shows what they are and how they grow. */
import type { Command } from 'commander';
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import { DatanetTermsType } from '../../state/tx/datanet-create.ts';
import { encodeResult } from '../client/decode.ts';
import { toHex } from '../lib/bytes.ts';
import { printableLine } from '../lib/printable.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { printExample } from './example.ts';
import { type ListFlags, printList, withList } from './listing.ts';
import {
  type AddressBook,
  type NameOptions,
  openAddressBook,
  type RecipientFlags,
  withRecipient,
} from './names.ts';
import { readId } from './numbers.ts';
import { openText, pricesText, printFields, printJson } from './output.ts';
import { DATANET_EXAMPLE } from './payload-examples.ts';
import { readPayloadFile } from './payload-file.ts';
import { readNodeState } from './reading.ts';
import { describePayload } from './schema-text.ts';
import { eventOf, openSender, type SendFlags, sameOptions, sendAndReport, withSending } from './sending.ts';

type Datanet = ResultOf<'datanet_get'>;
type ReadOptions = ConnectionOptions & NameOptions & { readonly json?: true };

const create = async (file: string, flags: SendFlags & RecipientFlags): Promise<void> => {
  const sender = await openSender(flags);
  const terms = await readPayloadFile(file, 'datanetCreate', DatanetTermsType, sender.book);
  await sendAndReport(sender, 'datanetCreate', terms, flags, (sent) => {
    const created = eventOf(sent, 'datanetCreated')?.data;
    return {
      json: { datanet: created?.datanet ?? null, commonsContribution: created?.contribution ?? null },
      fields: [['datanet', String(created?.datanet)]],
      made: String(created?.datanet),
      next: `contribute the rows of a file: openledger contribute rows.jsonl --datanet ${created?.datanet} ${sameOptions(flags)}`,
    };
  });
};

/** The fields of an item, with the prompt part marked. */
const itemText = ({ fields, promptFields }: Datanet['terms']['schema']): string =>
  fields.map((name, i) => `${printableLine(name)}${i < promptFields ? ' (prompt)' : ''}`).join(', ');

const accountsText = (accounts: readonly Uint8Array[], book: AddressBook): string =>
  accounts.map((each) => book.label(each)).join(', ');

const termsLines = (
  terms: Datanet['terms'],
  book: AddressBook,
): readonly (readonly [name: string, value: string])[] => [
  ['licence', printableLine(terms.licence)],
  ['fields of an item', itemText(terms.schema)],
  ['contributors', terms.access === 'open' ? 'anyone' : accountsText(terms.contributors, book)],
  ['reviewers', accountsText(terms.reviewers, book)],
  ['quorum', `${terms.quorum} equal verdicts decide`],
  ['bond', `${openText(terms.bondPerByte)} for each byte`],
  ['least prices', pricesText(terms.prices.inMin, terms.prices.outMin)],
];

const show = async (id: string, options: ReadOptions): Promise<void> => {
  const client = await connect(options);
  const node = await readNodeState(client);
  const datanet = await client.call('datanet_get', { id: readId('the Datanet', id) });
  if (options.json) {
    printJson({ ...(encodeResult('datanet_get', datanet) as object), node });
    return;
  }
  const { terms, growth, version } = datanet;
  const book = await openAddressBook(options);
  printFields([
    ['datanet', String(datanet.id)],
    ['name', printableLine(terms.name)],
    ['domain', printableLine(terms.domain)],
    ['owner', book.show(datanet.owner)],
    ['created', `at height ${datanet.height}`],
    ...termsLines(terms, book),
    ['accepted', `${version.count} contributions, ${growth.items} items, ${growth.tokens} tokens`],
    ['novel tokens', String(growth.novelTokens)],
    ['version root', toHex(version.root)],
  ]);
};

const list = async (options: ReadOptions & ListFlags): Promise<void> => {
  const client = await connect(options);
  await printList(client, options, {
    one: 'Datanet',
    read: (page) => client.call('datanet_list', page),
    json: (datanets) => ({ datanets: encodeResult('datanet_list', [...datanets]) }),
    head: ['datanet', 'name', 'domain', 'licence', 'contributions', 'items'],
    rows: async (datanets) =>
      datanets.map(({ id, terms, version, growth }) => [
        String(id),
        printableLine(terms.name),
        printableLine(terms.domain),
        printableLine(terms.licence),
        String(version.count),
        String(growth.items),
      ]),
  });
};

export const registerDatanet = (program: Command): void => {
  const datanet = program.command('datanet').description('make Datanets, and see how they grow');
  withRecipient(
    withSending(
      datanet
        .command('create')
        .description('create a Datanet')
        .argument('<file>', 'its terms as JSON; - for stdin'),
    ),
  )
    .addHelpText(
      'after',
      () =>
        `\nThe terms:\n${describePayload('datanetCreate', DatanetTermsType.schema)}\n\n` +
        '"openledger datanet example" prints terms that can be sent once the names are yours.',
    )
    .action(create);
  datanet
    .command('example')
    .description('print terms of a Datanet to start from')
    .option('--json', 'has no effect: it is JSON')
    .action(() => printExample(DATANET_EXAMPLE));
  withConnection(datanet.command('show').description('show a Datanet').argument('<id>', 'its number'))
    .option('--json', 'print one JSON object')
    .action(show);
  withList(withConnection(datanet.command('list').description('list the Datanets')), 'Datanets').action(list);
};
