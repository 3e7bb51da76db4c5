/**
 * Somebody copies an entry of the registry. An exact copy is refused, by the contributor before a bond is at stake and by
 * the chain if it is sent nevertheless. A copy with another word is another text, and is taken.
 */

import { randomBytes } from 'node:crypto';
import { declare } from '../../src/attribution/declaration.ts';
import { infoTable } from '../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../src/attribution/novelty.ts';
import { memoryJournal, newJournal } from '../../src/contribute/journal.ts';
import { commitmentOf, prepareStretch, revealOf } from '../../src/contribute/prepared.ts';
import type { Root } from '../../src/lib/brands.ts';
import { invariant, toFault } from '../../src/lib/errors.ts';
import { contributionCommit } from '../../state/tx/contribution-commit.ts';
import { dataContribution } from '../../state/tx/data-contribution.ts';
import type { Actors } from './actors.ts';
import type { Contributing, Contribution, Submission } from './contribute.ts';
import { eventField, intent, type Ledger } from './ledger.ts';
import { cloneOf } from './swc.ts';

export type Copies = {
  readonly original: Contribution;
  /** The digest of the exact copy. */
  readonly digest: Root;
  /** The code with which the contributor refuses the exact copy. */
  readonly warned: string;
  /** The code with which the chain refused it. */
  readonly refused: string;
  readonly clone: Contribution;
};

export const copyEntry = async (
  ledger: Ledger,
  contributing: Contributing,
  { copyist }: Actors,
  original: Contribution,
): Promise<Copies> => {
  const { datanet, title } = original;
  const text = original.rows[0]?.text ?? '';
  const submission = (name: string, entry: string): Submission => ({
    owner: copyist,
    datanet,
    rows: [{ entry }],
    parts: [{ title: `${name} of ${title}`, from: 0, to: 1 }],
  });
  const warned = await contributing
    .inTurn([submission('copy', text)], () => undefined)
    .then(
      () => 'accepted',
      (error: unknown) => toFault(error).code,
    );

  // The copyist does not listen, and signs the two transactions without the contributor.
  const table = infoTable();
  const { rows } = original;
  const whole = { from: 0, to: rows.length };
  const subject = { genesis: '', account: '', datanet, file: '', fields: undefined, role: 'data' as const };
  const journal = newJournal(memoryJournal(), subject, new Uint8Array(randomBytes(32)), [whole]);
  const { licence, rules } = (await ledger.reader.call('datanet_get', { id: datanet })).terms;
  const prepared = prepareStretch({ table, rules, rows, journal }, whole);
  const commitment = commitmentOf(prepared, datanet, copyist.address);
  const [committed] = await ledger.submit([intent(copyist, contributionCommit, { datanet, commitment })]);
  invariant(committed !== undefined, 'there is a result for each transaction');
  const contribution = Number(eventField(committed, 'contributionCommitted', 'contribution'));
  const declaration = declare(new DatanetIndex(table), contribution, rows);
  const reveal = revealOf(prepared, { contribution, datanet, role: 'data', licence }, declaration);
  const [revealed] = await ledger.attempt([intent(copyist, dataContribution, reveal)]);

  const [clone] = await contributing.inTurn([submission('clone', cloneOf(text))], () => undefined);
  invariant(clone !== undefined, 'the clone is one contribution');
  return {
    original,
    digest: reveal.digest,
    warned,
    refused: revealed?.error?.code ?? revealed?.status ?? 'unknown',
    clone,
  };
};
