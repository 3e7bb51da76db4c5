/**
 * One history of the chain (`golden/history.ts`), replayed and compared with what it gave when the golden files were made.
 *
 * `test/vectors/golden/history.json` holds roots, results and events, one line per block. A change of a format (encoding,
 * event, code) changes it on purpose. `money.json` beside it holds the amounts that each block changed, gas apart. It
 * must not change by a change of a format: if it does, somebody is paid something else.
 *
 * To write one of them anew, on purpose: `UPDATE_GOLDEN=history` or `UPDATE_GOLDEN=money` before
 * `npx vitest run --project unit test/unit/state/golden.test.ts`.
 */
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../../state/events.ts';
import { KINDS } from '../../../state/tx/registry.ts';
import { differences, linesOf, writeGolden } from './golden/files.ts';
import { playHistory } from './golden/history.ts';

const chain = playHistory();
const files = { history: chain.blocks, money: chain.money } as const;
const update = process.env.UPDATE_GOLDEN;
if (update === 'history' || update === 'money') writeGolden(`${update}.json`, files[update]);

const transactions = chain.blocks.flatMap((block) => block.transactions);
const events = chain.blocks.flatMap((block) => [
  ...block.transactions.flatMap((transaction) => transaction.events),
  ...block.end,
]);

describe('the golden history', () => {
  it('gives the roots, results and events that it gave before', () => {
    expect(differences('history.json', chain.blocks).slice(0, 20)).toEqual([]);
  });

  it('gives the money that it gave before', () => {
    expect(differences('money.json', chain.money).slice(0, 20)).toEqual([]);
  });

  it('is the same whenever it is played', () => {
    const again = playHistory();
    expect(linesOf(again.blocks)).toBe(linesOf(chain.blocks));
    expect(linesOf(again.money)).toBe(linesOf(chain.money));
  });

  it('executes every kind of transaction, and makes each fail that can', () => {
    const kindsOf = (status: string) =>
      [...new Set(transactions.filter((each) => each.status === status).map(({ kind }) => kind))].sort();
    const all = KINDS.map(({ name }) => name).sort();
    expect(kindsOf('success')).toEqual(all);
    // Whatever can be wrong with a Datanet's terms makes the block invalid that holds them.
    expect(kindsOf('failed')).toEqual(all.filter((name) => name !== 'datanetCreate'));
  });

  it('has every event happen', () => {
    const seen = [...new Set(events.map(([type]) => type))].sort();
    // It takes a false excuse of one of two attestors: test/unit/state/economy/outdone.test.ts has one.
    expect(seen).toEqual(EVENT_TYPES.filter((type) => type !== 'backerSlashed').sort());
  });

  it('has challenges of every target upheld and refuted, and DEMANDs with every end', () => {
    const seen = (type: string, field: string): readonly string[] => {
      const found = events.filter((event) => event[0] === type).map(([, data]) => JSON.stringify(data));
      return [
        ...new Set(found.flatMap((data) => new RegExp(`"${field}":"(\\w+)"`).exec(data)?.[1] ?? [])),
      ].sort();
    };
    const targets = ['calibration', 'contribution', 'receipt'];
    expect(seen('challengeUpheld', 'target')).toEqual(targets);
    expect(seen('challengeRefuted', 'target')).toEqual(targets);
    expect(seen('demandAnswered', 'target')).toEqual(targets);
  });
});
