/** What a reviewer confirms by accepting, checked against a small chain with real texts. */

import { beforeAll, describe, expect, test } from 'vitest';
import { factsFault } from '../../../src/cli/review/facts.ts';
import { readItems } from '../../../src/cli/review/items.ts';
import { readMarks } from '../../../src/cli/review.ts';
import type { RpcClient } from '../../../src/client/rpc-client.ts';
import { createWallet } from '../../../src/client/wallet.ts';
import { ZERO_ROOT } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { accept, cleo, dora, openStage, words } from '../contribute/stage.ts';

const { client, contributed } = await openStage({ fields: ['text'], promptFields: 0 });

describe('marks', () => {
  test('are four numbers, and all the same if they are left out', () => {
    expect(readMarks('1, 2,3,100', 'reject')).toEqual({
      authenticity: 1,
      ownership: 2,
      quality: 3,
      uniqueness: 100,
    });
    expect(readMarks(undefined, 'accept')).toMatchObject({ authenticity: 100, uniqueness: 100 });
    expect(readMarks(undefined, 'reject')).toMatchObject({ authenticity: 0, uniqueness: 0 });
  });

  test.each(['', '1', '1,2,3', '1,2,3,4,5', '1,2,3,101', '1,2,3,-1', '1,2,3,x', '1,2,3,'])(
    'are not %j',
    (text) => {
      expect(() => readMarks(text, 'accept')).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
    },
  );
});

describe('the facts that a contribution declares', () => {
  let first = 0;
  let second = 0;
  beforeAll(async () => {
    first = await contributed({ rows: [words('apple'), words('pear', 30)] });
    second = await contributed({ rows: [`${words('apple')} ${words('plum', 20)}`] });
  });
  const recordOf = (contribution: number) => client.call('contribution_get', { contribution });
  const rootOf = async (contribution: number) => (await recordOf(contribution)).content?.root ?? ZERO_ROOT;
  const itemsOf = async (contribution: number) => {
    return unwrap(await readItems(client, await rootOf(contribution), 1_000)).items;
  };

  test('hold for what the client has declared, copies included', async () => {
    for (const contribution of [first, second])
      expect(
        await factsFault(client, await recordOf(contribution), await itemsOf(contribution)),
      ).toBeUndefined();
    const { copied } = await client.call('contribution_getDeclaration', { contribution: second });
    expect(copied).toMatchObject([{ contribution: first, sourceItem: 0, sourcePos: 0 }]);
  });

  test('do not hold for another text, and it is said which one differs', async () => {
    const record = await recordOf(second);
    const [item] = await itemsOf(second);
    if (item === undefined) throw new Error('an item');
    const faultFor = async (text: string) => factsFault(client, record, [{ ...item, text }]);
    expect(await faultFor(words('kiwi', 3))).toMatchObject({
      code: 'REVIEW_FACTS',
      message: expect.stringContaining('as its tokens') as unknown,
    });
    expect(await factsFault(client, record, [item, item])).toMatchObject({ code: 'REVIEW_FACTS' });
    // Nobody else could read it, though its words are the same by either version.
    expect(await factsFault(client, record, [{ ...item, rules: 1 }])).toMatchObject({
      code: 'REVIEW_FACTS',
      message: expect.stringContaining('committed by version 1') as unknown,
    });
    const swapped = item.text.replace('plum0', 'plum1').replace('plum1 plum1', 'plum1 plum0');
    expect(await faultFor(swapped)).toMatchObject({
      message: expect.stringContaining('as its digest') as unknown,
    });
    expect(await factsFault(client, record, [{ ...item, promptTokens: 3 }])).toMatchObject({
      code: 'DECLARATION_SHAPES',
    });
  });

  test('are not judged without an earlier text that the node does not have', async () => {
    const root = toHex(await rootOf(first));
    const lacking = {
      ...client,
      attempt: async (method: string, params: { root?: unknown }) =>
        method === 'content_get' && params.root === root
          ? { ok: false, fault: { code: 'CONTENT_NOT_FOUND', message: 'not there', data: {} } }
          : client.attempt(method as never, params as never),
    } as RpcClient;
    expect(await factsFault(lacking, await recordOf(second), await itemsOf(second))).toMatchObject({
      code: 'REVIEW_TEXT_MISSING',
      message: expect.stringContaining(`contributions ${first} `) as unknown,
    });
  });

  test('say of a commons that is proposed in which accepted contributions its words stand', async () => {
    const cleos = await createWallet(client, cleo.privateKey);
    const doras = await createWallet(client, dora.privateKey);
    const source = await contributed({ wallet: cleos, rows: [words('fig', 30)] });
    await accept(client, source);
    const proposal = await contributed({ wallet: cleos, rows: [words('fig', 20)], role: 'commons' });
    const items = await itemsOf(proposal);
    const notes = async (): Promise<readonly string[]> => {
      const said: string[] = [];
      const show = (owner: string) => (owner === toHex(cleo.address) ? 'cleo' : 'dora');
      const say = (line: string): void => {
        said.push(line);
      };
      expect(await factsFault(client, await recordOf(proposal), items, show, say)).toBeUndefined();
      return said;
    };
    const first = `20 of 20 tokens stand in contribution ${source} of cleo`;
    expect(await notes()).toEqual([first, expect.stringContaining('only one account, cleo') as unknown]);
    // Another account brings the words after the proposal: they count once they are accepted.
    const later = await contributed({ wallet: doras, rows: [`${words('lime', 20)} ${words('fig', 25)}`] });
    expect(await notes()).toHaveLength(2);
    await accept(client, later);
    expect(await notes()).toEqual([first, `20 of 20 tokens stand in contribution ${later} of dora`]);
  });

  test('are read item by item, and a text that nobody has is said to be missing', async () => {
    expect(unwrap(await readItems(client, await rootOf(first), 1))).toMatchObject({
      count: 2,
      items: [{ text: words('apple'), promptTokens: 0 }],
    });
    expect(await readItems(client, ZERO_ROOT, 1)).toMatchObject({
      fault: { code: 'CONTENT_NOT_FOUND' },
    });
  });

  test('are not believed of a node that gives another text', async () => {
    const lying: RpcClient = {
      ...client,
      batch: async (calls) => {
        const answers = await client.batch(calls);
        return answers.map((each) =>
          each.ok && typeof each.value === 'object' && 'text' in each.value
            ? { ok: true, value: { ...each.value, text: 'another' } }
            : each,
        ) as typeof answers;
      },
    };
    expect(await readItems(lying, await rootOf(first), 5)).toMatchObject({
      fault: { code: 'CONTENT_WRONG' },
    });
  });
});
