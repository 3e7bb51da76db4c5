/** Contributions made step by step, for tests that need one to be late, false or withheld. */
import { randomBytes } from 'node:crypto';
import type { FullDeclaration } from '../../src/attribution/declaration.ts';
import { declare } from '../../src/attribution/declaration.ts';
import { infoTable } from '../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../src/attribution/novelty.ts';
import { memoryJournal, newJournal } from '../../src/contribute/journal.ts';
import { commitmentOf, type Prepared, prepareStretch, revealOf } from '../../src/contribute/prepared.ts';
import type { Row } from '../../src/contribute/rows.ts';
import { utf8 } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../src/lib/ids.ts';
import { RULES_DEFAULT, rulesOf } from '../../state/attribution/rules.ts';
import { contributionCommit } from '../../state/tx/contribution-commit.ts';
import { dataContribution } from '../../state/tx/data-contribution.ts';
import type { Actor } from '../../tools/demo/actors.ts';
import { eventField, type Intent, intent, type Ledger } from '../../tools/demo/ledger.ts';

export const LICENCE = 'MIT';

const tokensOf = (text: string) => unwrap(rulesOf(RULES_DEFAULT).tokenizeText(text));

/** @param texts - each text, and the prompt that it begins with */
export const prepare = (texts: readonly { readonly text: string; readonly prompt: string }[]): Prepared => {
  const rows = texts.map(({ text, prompt }, i): Row => {
    const tokens = tokensOf(text);
    return {
      line: i + 1,
      text,
      bytes: utf8(text).length,
      tokens,
      promptTokens: tokensOf(prompt).count,
    };
  });
  const subject = {
    genesis: '',
    account: '',
    datanet: 0,
    file: '',
    fields: undefined,
    role: 'data' as const,
  };
  const whole = { from: 0, to: rows.length };
  const secret = new Uint8Array(randomBytes(32));
  const journal = newJournal(memoryJournal(), subject, secret, [whole]);
  return prepareStretch({ table: infoTable(), rules: RULES_DEFAULT, rows, journal }, whole);
};

export type Committed = {
  readonly owner: Actor;
  readonly datanet: DatanetId;
  readonly contribution: ContributionId;
  readonly prepared: Prepared;
};

export const commit = async (
  ledger: Ledger,
  { owner, datanet, prepared }: Omit<Committed, 'contribution'>,
): Promise<Committed> => {
  const commitment = commitmentOf(prepared, datanet, owner.address);
  const [executed] = await ledger.submit([intent(owner, contributionCommit, { datanet, commitment })]);
  if (executed === undefined) throw new Error('there is a result for each transaction');
  const contribution = Number(eventField(executed, 'contributionCommitted', 'contribution'));
  return { owner, datanet, contribution, prepared };
};

/** What a Datanet holds, to declare contributions against it in the order of their ids. */
export const openRegister = () => {
  const index = new DatanetIndex(infoTable());
  return ({ contribution, prepared }: Committed): FullDeclaration =>
    declare(index, contribution, prepared.rows);
};

export const revealIntent = (
  { owner, datanet, contribution, prepared }: Committed,
  declaration: FullDeclaration,
): Intent =>
  intent(
    owner,
    dataContribution,
    revealOf(prepared, { contribution, datanet, role: 'data', licence: LICENCE }, declaration),
  );
