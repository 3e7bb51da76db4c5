/** When the text of a contribution is uploaded, over the RPC of a chain in memory. */
import { expect, test } from 'vitest';
import { toRpcFault } from '../../../src/client/codes.ts';
import { createWallet, memoryJournal, type RpcClient } from '../../../src/index.ts';
import { ZERO_ROOT } from '../../../src/lib/brands.ts';
import { CodedError } from '../../../src/lib/errors.ts';
import { cleo, openStage, row, words } from './stage.ts';

const { sealing, client, datanet, give, commits, stoppedAt } = await openStage();

/** A client that asks the chain about each upload, and whose node refuses some of them. */
const watched = (refusals: readonly (string | undefined)[] = []) => {
  /** How many contributions were revealed at each upload. */
  const uploads: string[] = [];
  const own: RpcClient = {
    ...client,
    call: async (method, ...params) => {
      if (method !== 'content_put') return client.call(method, ...params);
      const { total } = await client.call('contribution_listRevealed', { datanet });
      uploads.push(String(total));
      const code = refusals[uploads.length - 1];
      if (code !== undefined)
        throw new CodedError(toRpcFault(method, { code, message: `refused with ${code}` }));
      return client.call(method, ...params);
    },
  };
  return { own, uploads };
};
const revealedNow = async (): Promise<number> =>
  (await client.call('contribution_listRevealed', { datanet })).total;
/** Whether the node has the text. */
const isThere = async (contribution: number): Promise<boolean> => {
  const { content } = await client.call('contribution_get', { contribution });
  const list = await client.attempt('content_get', { root: content?.root ?? ZERO_ROOT });
  return list.ok;
};

test('a text is uploaded once its reveal is in a block, and not before', async () => {
  const { own, uploads } = watched();
  const before = await revealedNow();
  const journal = memoryJournal();
  const [made] = await give({ client: own, rows: [row('unread')], journal });
  expect(uploads.length).toBeGreaterThan(0);
  expect(new Set(uploads)).toEqual(new Set([String(before + 1)]));
  expect(await isThere(made?.contribution ?? 0)).toBe(true);
  expect(JSON.parse(journal.read() ?? '')).toMatchObject({ parts: [{ uploaded: true }] });
});

test('a text is uploaded by the next run if one was stopped between the reveal and the upload', async () => {
  const rows = [row('cutshort')];
  const { own, uploads } = watched();
  const journal = await stoppedAt(/"revealed":"0x/, { client: own, rows });
  expect(uploads).toEqual([]);
  const { parts } = JSON.parse(journal.read() ?? '') as {
    readonly parts: readonly { readonly contribution: number; readonly uploaded: boolean }[];
  };
  expect(parts).toMatchObject([{ uploaded: false }]);
  const contribution = parts[0]?.contribution ?? 0;
  expect(await isThere(contribution)).toBe(false);
  const [before, revealed] = [commits(), await revealedNow()];
  const said: string[] = [];
  const [made] = await give({ client: own, rows, journal, progress: (text) => said.push(text) });
  expect(made).toMatchObject({ contribution, refused: undefined });
  expect(said).toContain(`uploading the text of contribution ${contribution}`);
  expect(await isThere(contribution)).toBe(true);
  expect([commits(), await revealedNow()]).toEqual([before, revealed]);
  // A third run finds nothing left to do.
  const { length } = uploads;
  await give({ client: own, rows, journal });
  expect(uploads).toHaveLength(length);
});

test('a text is uploaded again and again to a node that has no room for it yet, and keeps no other from its reveal', async () => {
  const { own } = watched(['CONTENT_FULL', 'CODE_OF_TOMORROW']);
  const said: string[] = [];
  const made = await give({
    client: own,
    rows: [row('roomless'), row('roomlesstoo')],
    itemsMax: 1,
    progress: (text) => said.push(text),
  });
  for (const { contribution = 0 } of made) expect(await isThere(contribution)).toBe(true);
  expect(said.join('\n')).toMatch(/is not uploaded yet: CONTENT_FULL: .*; trying again in 1 s/);
});

test('a text that the node takes for another ends the run once everything is revealed, and can be given to another node', async () => {
  const { own } = watched(['CONTENT_ROOT']);
  const rows = [row('mistaken'), row('mistakentoo')];
  const journal = memoryJournal();
  const stopped = give({ client: own, rows, itemsMax: 1, journal });
  await expect(stopped).rejects.toMatchObject({
    code: 'CONTENT_ROOT',
    message: expect.stringContaining(
      'is revealed, and nobody can accept it before its text is uploaded',
    ) as unknown,
  });
  const { parts } = JSON.parse(journal.read() ?? '') as { readonly parts: readonly object[] };
  const revealed = expect.stringMatching(/^0x/) as unknown;
  expect(parts).toMatchObject([
    { revealed, uploaded: false },
    { revealed, uploaded: true },
  ]);
  const made = await give({ rows, itemsMax: 1, journal });
  for (const { contribution = 0 } of made) expect(await isThere(contribution)).toBe(true);
});

test('whoever declares waits a short time for texts of others that were revealed just now', async () => {
  const owner = await createWallet(client, cleo.privateKey);
  const others = await stoppedAt(/"revealed":"0x/, { wallet: owner, rows: [row('justnow')] });
  const said: string[] = [];
  let arrived: Promise<unknown> | undefined;
  const copy = { question: 'what?', answer: `${words('justnow')} and what only I say` };
  const [made] = await give({
    rows: [copy],
    progress: (text) => {
      said.push(text);
      if (arrived !== undefined || !text.includes('wait for texts')) return;
      sealing.isOn = false;
      arrived = give({ wallet: owner, rows: [row('justnow')], journal: others }).finally(() => {
        sealing.isOn = true;
      });
    },
  });
  await arrived;
  expect(said.join('\n')).toMatch(
    /wait for texts .*: CONTRIBUTE_TEXT_MISSING: .* not with this node yet; trying/,
  );
  const contribution = made?.contribution ?? 0;
  expect((await client.call('contribution_getDeclaration', { contribution })).copied.length).toBeGreaterThan(
    0,
  );
});
