/** Proposing a commons as a program does it, over the RPC of a chain in memory. */
import { beforeAll, describe, expect, test } from 'vitest';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { planJournaled, rowsHash } from '../../../src/contribute/contribute.ts';
import { openGround } from '../../../src/contribute/ground.ts';
import { enterHere } from '../../../src/contribute/place.ts';
import { rowsOf } from '../../../src/contribute/rows.ts';
import { createWallet, memoryJournal, type Wallet } from '../../../src/index.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { bob } from '../rpc/server.ts';
import { accept, cleo, dora, openStage, words } from './stage.ts';

const { client, wallet, datanet, give, contributed, commits } = await openStage();

const LICENCE = { question: words('whereas'), answer: words('licence') };
/** Both fields of the licence, 40 words each. */
const TOKENS = 80;
const DORA = toHex(dora.address);
const CLEO = toHex(cleo.address);

let cleos: Wallet;
let doras: Wallet;
/** Cleo's contribution of the licence. */
let licence = 0;

beforeAll(async () => {
  cleos = await createWallet(client, cleo.privateKey);
  doras = await createWallet(client, dora.privateKey);
  licence = await contributed({ wallet: cleos, rows: [LICENCE] });
  await accept(client, licence);
});

describe('a proposal of a commons', () => {
  test('is refused before a bond is at stake if its words do not stand in the Datanet', async () => {
    const before = commits();
    const propose = (rows: readonly { question: string; answer: string }[]) =>
      give({ wallet: doras, rows, role: 'commons' });
    await expect(
      propose([{ ...LICENCE, answer: `${LICENCE.answer} and one word more` }]),
    ).rejects.toMatchObject({
      code: 'CONTRIBUTE_NOT_COMMON',
      message: expect.stringContaining(
        `of its ${TOKENS + 4} tokens, 80 to 84 ("and one word more")`,
      ) as unknown,
      fault: { data: { line: 1, start: TOKENS, end: TOKENS + 4 } },
    });
    await expect(
      propose([LICENCE, { question: 'too short', answer: 'licence0 licence1' }]),
    ).rejects.toMatchObject({ code: 'CONTRIBUTE_NOT_COMMON', fault: { data: { line: 2, start: 0 } } });
    expect(commits()).toBe(before);
  });

  test('does not count as common what is only under review', async () => {
    const own = { question: words('pending'), answer: words('undecided') };
    await contributed({ wallet: cleos, rows: [own] });
    await expect(give({ wallet: doras, rows: [own], role: 'commons' })).rejects.toMatchObject({
      code: 'CONTRIBUTE_NOT_COMMON',
    });
  });

  test('is refused where a commons that came later would not come first', async () => {
    const { terms } = await client.call('datanet_get', { id: datanet });
    await wallet.send('datanetCreate', { ...terms, rules: 1 as const }, { mode: 'commit' });
    const before = commits();
    await expect(
      give({ wallet: doras, rows: [LICENCE], role: 'commons', datanet: datanet + 1 }),
    ).rejects.toMatchObject({ code: 'CONTRIBUTION_COMMONS_RULES' });
    expect(commits()).toBe(before);
  });

  test('says which words stand where, and whose they are, before it bonds anything', async () => {
    const said: string[] = [];
    const record = await client.call('datanet_get', { id: datanet });
    const ground = await openGround({
      client,
      wallet: doras,
      table: infoTable(),
      datanet: record,
      rows: unwrap(rowsOf([LICENCE], record.terms, undefined)),
      withoutMissing: false,
      withUnknownCommits: false,
      progress: (text) => said.push(text),
    });
    const before = commits();
    const plan = await planJournaled(ground, {
      subject: { file: rowsHash(utf8('licence'), 'as it is'), fields: undefined, role: 'commons' },
      journal: memoryJournal(),
      enterPlace: enterHere(undefined, []),
      itemsMax: 10,
    });
    expect(plan.places).toEqual([{ contribution: licence, owner: CLEO, tokens: TOKENS }]);
    expect(said).toContainEqual(`80 of 80 tokens stand in contribution ${licence} of ${CLEO}`);
    expect(said.join('\n')).toContain(`only one account, ${CLEO}, has brought these words`);
    expect(commits()).toBe(before);
  });

  test('declares all of its words as copied and none as new, and becomes a commons once it is accepted', async () => {
    const proposal = await contributed({ wallet: doras, rows: [LICENCE], role: 'commons' });
    const declared = await client.call('contribution_getDeclaration', { contribution: proposal });
    expect(declared).toMatchObject({
      role: 'commons',
      novelRuns: [],
      copied: [{ item: 0, start: 0, end: TOKENS, contribution: licence }],
      sources: [{ contribution: licence, owner: cleo.address, tokens: BigInt(TOKENS) }],
    });
    const { contributions } = await client.call('review_list', { reviewer: toHex(bob.address) });
    expect(contributions.find(({ contribution }) => contribution === proposal)).toMatchObject({
      role: 'commons',
      owner: dora.address,
    });
    // The same text is proposed once.
    await expect(give({ wallet: cleos, rows: [LICENCE], role: 'commons' })).rejects.toMatchObject({
      code: 'CONTRIBUTION_DUPLICATE',
    });
    await accept(client, proposal);
    expect(await client.call('contribution_get', { contribution: proposal })).toMatchObject({
      stage: 'accepted',
      commons: true,
      earned: null,
    });
  });

  test('declares nothing as new, also where its words bear too little for a match', async () => {
    const poor = { question: 'of the of the of the of the', answer: 'of the of the of the of the of the' };
    const source = await contributed({ wallet: cleos, rows: [poor] });
    await accept(client, source);
    const declared = await client.call('contribution_getDeclaration', { contribution: source });
    expect(declared.novelRuns).toHaveLength(1);
    const proposal = await contributed({ wallet: doras, rows: [poor, LICENCE], role: 'commons' });
    const { novelRuns, copied } = await client.call('contribution_getDeclaration', {
      contribution: proposal,
    });
    expect([novelRuns, copied.map(({ item, contribution }) => [item, contribution])]).toEqual([
      [],
      [
        [0, source],
        [1, licence],
      ],
    ]);
  });

  test('names those that hold most first, and none twice', async () => {
    const half = { question: words('whereas'), answer: words('another') };
    const halves = await contributed({ wallet: doras, rows: [half] });
    await accept(client, halves);
    const said: string[] = [];
    // The order of the fields differs, so it is another text.
    const rows = [{ question: LICENCE.answer, answer: LICENCE.question }];
    await contributed({ wallet: doras, rows, role: 'commons', progress: (text) => said.push(text) });
    const lines = said.filter((text) => text.includes('tokens stand in'));
    expect(lines[0]).toBe(`80 of 80 tokens stand in contribution ${licence} of ${CLEO}`);
    expect(lines.at(-1)).toBe(`40 of 80 tokens stand in contribution ${halves} of ${DORA}`);
    expect(lines.filter((text) => text.startsWith('80 of 80')).length).toBe(lines.length - 1);
    const named = lines.map((text) => /(contribution|commons) \d+/.exec(text)?.[0]);
    expect(named).toEqual([...new Set(named)]);
    expect(said.join('\n')).not.toContain('only one account');
  });
});
