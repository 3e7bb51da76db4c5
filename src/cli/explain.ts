/** `openledger explain`: who earned from a receipt, for what words, and where each fact stands. */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { CodedError, toFault } from '../lib/errors.ts';
import { printableJson } from '../lib/printable.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import { explain } from './explain/explain.ts';
import { gatherFacts } from './explain/gather.ts';
import { renderHtml } from './explain/html.ts';
import { renderTerminal } from './explain/terminal.ts';
import { note, print, printStyled } from './output.ts';
import { readReceiptId } from './receipt-id.ts';

type Options = ConnectionOptions & { readonly html?: string; readonly json?: true };

const COLUMNS = 100;

const toJson = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;

const writePage = (path: string, page: string): void => {
  try {
    writeFileSync(path, page);
  } catch (error) {
    throw new CodedError(fault('FILE_UNWRITABLE', `${path}: ${toFault(error).message}`, { path }));
  }
};

export const registerExplain = (program: Command): void => {
  withConnection(
    program
      .command('explain')
      .description('show who earned from an answer, for which words, and where each fact stands')
      .argument('<receipt>', '0x<transaction id of its batch>/<index>'),
  )
    .option('--html <file>', 'write it as one page that needs nothing else')
    .option('--json', 'print one JSON object')
    .action(async (receipt: string, options: Options) => {
      const id = readReceiptId(receipt);
      const explanation = explain(await gatherFacts(await connect(options), id));
      if (options.html !== undefined) {
        writePage(options.html, renderHtml(explanation));
        note(`written to ${options.html}`);
      }
      if (options.json) print(printableJson(JSON.stringify(explanation, toJson)));
      else if (options.html === undefined)
        printStyled(renderTerminal(explanation, process.stdout.columns ?? COLUMNS));
    });
};
