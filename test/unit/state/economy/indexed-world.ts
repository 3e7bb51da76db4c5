import { type Height, type Root, toHeight, ZERO_ROOT } from '../../../../src/lib/brands.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import { BlockType, EMPTY_COMMIT, type Header } from '../../../../src/lib/chain.ts';
import { numberEvents } from '../../../../state/events/block-events.ts';
import type { ExecutedBlock } from '../../../../state/machine.ts';
import { decodeRow, type TransactionRow } from '../../../../state/results.ts';
import { indexPuts } from '../../../../state/store/event-index.ts';
import { openHistory } from '../../../../state/store/history.ts';
import { transactionKey } from '../../../../state/store/layout.ts';
import { blockPuts, transactionPuts } from '../../../../state/store/transactions.ts';
import type { VerifiedTransaction } from '../../../../state/tx/transaction.ts';
import { memoryDatabase } from '../memory-database.ts';
import { World } from './world.ts';

/** Nobody looks at the headers of a world. */
const headerOf = (height: Height): Header => ({
  chainId: 1n,
  height,
  time: height,
  parent: ZERO_ROOT,
  proposer: new Uint8Array(20) as Header['proposer'],
  transactionsRoot: ZERO_ROOT,
  lastCommitRoot: ZERO_ROOT,
  evidenceRoot: ZERO_ROOT,
  validatorsHash: ZERO_ROOT,
  nextValidatorsHash: ZERO_ROOT,
  parametersHash: ZERO_ROOT,
  stateRoot: ZERO_ROOT,
  resultsRoot: ZERO_ROOT,
});

/** A world that keeps its blocks and their history, as a store does. */
export class IndexedWorld extends World {
  readonly #stored = new Map<string, Uint8Array>();
  readonly #database = memoryDatabase(this.#stored);
  readonly history = openHistory(this.#database, () => this.height);

  protected override execute(transactions: readonly VerifiedTransaction[]): ExecutedBlock {
    const executed = super.execute(transactions);
    const height = toHeight(this.height);
    const block = BlockType.encode({
      header: headerOf(height),
      transactions: transactions.map(({ bytes }) => bytes),
      lastCommit: EMPTY_COMMIT,
      evidence: [],
    });
    void this.#database.write([
      ...blockPuts(height, block),
      ...transactionPuts(height, transactions, executed),
      ...indexPuts(height, transactions, numberEvents(executed.events), executed.writes),
    ]);
    return executed;
  }

  row(id: Root): TransactionRow {
    const bytes = this.#stored.get(transactionKey(id));
    if (bytes === undefined) throw new Error(`no block holds ${toHex(id)}`);
    return decodeRow(bytes);
  }

  isExecuted(id: Root): boolean {
    return this.#stored.has(transactionKey(id));
  }
}
