/** `openledger explain`: who earned from a receipt, for what words, and where each fact stands. */
import type { Command } from 'commander';
import { CodedError, toFault } from '../lib/errors.ts';
import { writeInPlace } from '../lib/files.ts';
import { type ConnectionOptions, connect, nodeAsRpc, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import { explain } from './explain/explain.ts';
import type { Explanation } from './explain/explanation.ts';
import { gatherFacts } from './explain/gather.ts';
import { renderHtml } from './explain/html.ts';
import { judge, NOTHING_READ, readAround } from './explain/judgement.ts';
import { searchTexts } from './explain/search.ts';
import { renderTerminal } from './explain/terminal.ts';
import { type NameOptions, openAddressBook } from './names.ts';
import { readContributionId } from './numbers.ts';
import { endOnceWritten, note, printJsonLine, printStyled } from './output.ts';
import { type NodeState, readNodeState } from './reading.ts';
import { readReceiptId } from './receipt-id.ts';
import { withKeystore } from './secrets.ts';

type Options = ConnectionOptions &
  NameOptions & {
    readonly node?: string;
    readonly for?: string;
    readonly html?: string;
    readonly trace: boolean;
    readonly json?: true;
  };

const COLUMNS = 100;

const writePage = (path: string, page: string): void => {
  try {
    writeInPlace(path, page);
  } catch (error) {
    throw new CodedError(fault('FILE_UNWRITABLE', `${path}: ${toFault(error).message}`, { path }));
  }
};

type Explained = { readonly explanation: Explanation; readonly node: NodeState };

const explainReceipt = async (receipt: string, options: Options): Promise<Explained> => {
  const id = readReceiptId(receipt);
  const { for: named, trace } = options;
  const asked = named === undefined ? undefined : readContributionId('--for', named);
  if (asked !== undefined && !trace)
    throw new CodedError(fault('ARGUMENT_INVALID', '--for compares the texts: leave --no-trace out'));
  const client = await connect(nodeAsRpc(options));
  const node = await readNodeState(client);
  const book = await openAddressBook(options);
  const facts = await gatherFacts(client, id);
  if (!trace) {
    const explanation = explain(facts, { names: book.nameOf, judgement: undefined, around: NOTHING_READ });
    return { explanation, node };
  }
  const judgement = judge(facts, await searchTexts(client, facts, asked), book.nameOf);
  const around = await readAround(client, judgement);
  return { explanation: explain(facts, { names: book.nameOf, judgement, around }), node };
};

export const registerExplain = (program: Command): void => {
  withKeystore(
    withConnection(
      program
        .command('explain')
        .description('show who earned from an answer, for which words, and where each fact stands')
        .argument('<receipt>', '0x<transaction id of its batch>/<index>'),
    ),
  )
    .option('--node <url>', 'the same as --rpc')
    .option('--for <contribution>', 'say why this contribution is paid for the answer, or why it is not')
    .option('--html <file>', 'write it as one page that needs nothing else')
    .option('--no-trace', 'show what the claim says, without searching the texts of contributions')
    .option('--json', 'print one JSON object')
    .action(async (receipt: string, options: Options) => {
      const { explanation, node } = await explainReceipt(receipt, options);
      if (options.html !== undefined) {
        writePage(options.html, renderHtml(explanation));
        note(`written to ${options.html}`);
      }
      if (options.json) printJsonLine({ ...explanation, node });
      else if (options.html === undefined)
        printStyled(renderTerminal(explanation, process.stdout.columns || COLUMNS));
      endOnceWritten();
    });
};
