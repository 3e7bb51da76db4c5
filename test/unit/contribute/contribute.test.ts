/** Contributing as a program does it, over the RPC of a chain in memory. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { toRpcFault } from '../../../src/client/codes.ts';
import { contributeJournaled, planJournaled, rowsHash } from '../../../src/contribute/contribute.ts';
import { openDatanetReader } from '../../../src/contribute/datanet-contents.ts';
import { enterIn } from '../../../src/contribute/files/begun-journals.ts';
import { journalFile } from '../../../src/contribute/files/journal-file.ts';
import { openGround } from '../../../src/contribute/ground.ts';
import type { EnterPlace } from '../../../src/contribute/place.ts';
import { rowsOf } from '../../../src/contribute/rows.ts';
import {
  type ContributeOptions,
  createWallet,
  type JournalStore,
  memoryJournal,
  type RpcClient,
} from '../../../src/index.ts';
import { fromHex, type Hex, toHex, utf8 } from '../../../src/lib/bytes.ts';
import { CodedError, failWith, unwrap } from '../../../src/lib/errors.ts';
import { userPath } from '../../../src/lib/files.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { takeLock } from '../../../src/lib/lock.ts';
import type { RulesVersion } from '../../../state/attribution/rules.ts';
import { decodeTransaction } from '../../../state/tx/transaction.ts';
import { bob } from '../rpc/server.ts';
import { accept, cleo, dora, openStage, row, words } from './stage.ts';

const { genesis, chain, sealing, client, wallet, datanet, give, contributed, commits, stoppedAt } =
  await openStage();

afterEach(() => {
  sealing.isOn = true;
});

describe('contribute', () => {
  test('commits, reveals and uploads the rows of a program', async () => {
    const said: string[] = [];
    const made = await give({
      rows: [row('one'), row('two'), row('three')],
      itemsMax: 2,
      progress: (text) => said.push(text),
    });
    expect(made.map(({ from, to }) => [from, to])).toEqual([
      [0, 2],
      [2, 3],
    ]);
    for (const { contribution = 0, revealed, refused } of made) {
      expect([typeof revealed, refused]).toEqual(['string', undefined]);
      expect((await client.call('contribution_get', { contribution })).stage).toBe('review');
    }
    expect(said.join('\n')).toContain('3 rows as 2 contributions; bond');
  });

  test('declares what an earlier contribution holds, whose text it reads from the node', async () => {
    const copy = { question: 'what is it?', answer: `${words('one')} and nothing else that anybody knows` };
    const [made] = await give({ rows: [copy] });
    const { copied } = await client.call('contribution_getDeclaration', {
      contribution: made?.contribution ?? 0,
    });
    expect(copied.length).toBeGreaterThan(0);
  });

  test('takes rows whose fields have other names, and a table that is loaded already', async () => {
    const [made] = await give({ rows: [{ q: 'why?', a: words('renamed') }], fields: ['q', 'a'] });
    expect(made?.refused).toBeUndefined();
  });

  test('goes on where it was stopped, and commits nothing twice', async () => {
    const journal = memoryJournal();
    const rows = [row('stopped')];
    const controller = new AbortController();
    const reason = new Error('the page is closed');
    const before = commits();
    const stopped = give({
      rows,
      journal: {
        ...journal,
        write: (text) => {
          journal.write(text);
          // As soon as a commit is signed and written down.
          if (text.includes('"commit/0"')) controller.abort(reason);
        },
      },
      signal: controller.signal,
    });
    await expect(stopped).rejects.toBe(reason);
    const [made] = await give({ rows, journal });
    expect(made?.revealed).toBeDefined();
    const again = await give({ rows, journal });
    expect(again).toEqual([made]);
    expect(commits()).toBe(before + 1);
  });

  test('refuses a text that is there already, before a bond is at stake', async () => {
    const before = commits();
    await give({ rows: [row('twice')] });
    await expect(give({ rows: [row('twice')] })).rejects.toMatchObject({ code: 'CONTRIBUTION_DUPLICATE' });
    expect(commits()).toBe(before + 1);
  });

  const fine = row('fine');
  test.each<[name: string, options: Record<string, unknown>, code: string, hint: string]>([
    ['no rows', { rows: [] }, 'CONTRIBUTE_EMPTY', 'there are no rows'],
    ['rows that are no list', { rows: fine }, 'CONTRIBUTE_ROW', 'rows must be a list'],
    ['no rows at all', { rows: undefined }, 'CONTRIBUTE_ROW', 'rows must be a list'],
    ['a row that is a number', { rows: [fine, 7] }, 'CONTRIBUTE_ROW', 'row 2: '],
    ['a row that is null', { rows: [null] }, 'CONTRIBUTE_ROW', 'row 1: '],
    ['a row that is a string', { rows: ['text'] }, 'CONTRIBUTE_ROW', 'question, answer'],
    ['a row without a field', { rows: [{ question: 'x' }] }, 'CONTRIBUTE_ROW', '"answer"'],
    ['a field that is no text', { rows: [{ question: 'x', answer: 4 }] }, 'CONTRIBUTE_ROW', '"answer"'],
    ['an inherited field', { rows: [Object.create(fine)] }, 'CONTRIBUTE_ROW', '"question"'],
    ['half a character', { rows: [{ question: '\ud800', answer: 'x' }] }, 'TEXT_LONE_SURROGATE', 'row 1: '],
    [
      'marks without end',
      { rows: [fine, { question: 'x', answer: `a${'\u0301'.repeat(600)}${'\u0316'.repeat(600)}` }] },
      'CONTRIBUTE_ROW',
      'row 2: the text has more than 1000 combining marks',
    ],
    [
      'millions of marks',
      { rows: [{ question: 'x', answer: `a${'\u0301'.repeat(5_000_000)}` }] },
      'CONTRIBUTE_ROW',
      'more than 1000 combining marks',
    ],
    ['an item of nothing', { rows: [{ question: ' ', answer: '' }] }, 'CONTRIBUTE_ROW', 'has no tokens'],
    ['too few names of fields', { rows: [fine], fields: ['question'] }, 'CONTRIBUTE_FIELDS', '1 are named'],
    ['an unknown Datanet', { rows: [fine], datanet: 99 }, 'DATANET_NOT_FOUND', '99'],
    ['another table', { rows: [fine], infoTable: new Uint8Array(131_072) }, 'INFO1_HASH', 'INFO-1'],
  ])('refuses %s, commits nothing, and names no option of the command', async (_, options, code, hint) => {
    const before = commits();
    const refused = give(options as never);
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(hint) });
    await expect(refused).rejects.toMatchObject({ message: expect.not.stringContaining('--') });
    expect(commits()).toBe(before);
  });

  describe('with a journal', () => {
    const store = (content: string): JournalStore => ({ ...memoryJournal(), read: () => content });
    test.each(['', 'null', '[]', '{"subject":1}', '\u0000', '{"subject":{},"secret":"0x","parts":[]}'])(
      'that holds %j is refused',
      async (content) => {
        await expect(give({ rows: [fine], journal: store(content) })).rejects.toMatchObject({
          code: 'CONTRIBUTE_JOURNAL',
          message: expect.not.stringContaining('--'),
        });
      },
    );

    test('of other rows is refused', async () => {
      const journal = memoryJournal();
      await give({ rows: [row('journaled')], journal });
      await expect(give({ rows: [fine], journal })).rejects.toMatchObject({
        code: 'CONTRIBUTE_JOURNAL_OTHER',
      });
      await expect(give({ rows: [row('journaled')], role: 'label', journal })).rejects.toMatchObject({
        code: 'CONTRIBUTE_JOURNAL_OTHER',
      });
    });
  });

  describe('a journal that cannot be written any more', () => {
    const nonceOf = async (): Promise<bigint> =>
      (await client.call('account_get', { address: wallet.address })).nonce;

    const noSpace = (): never => {
      throw new CodedError({ code: 'FILE_UNWRITABLE', message: 'no space is left' });
    };
    test.each<[why: string, code: string, broken: Partial<JournalStore>]>([
      ['its disk is full', 'FILE_UNWRITABLE', { write: noSpace }],
      ['another program writes to it', 'IN_USE', { read: () => 'of another program' }],
      ['its folder was moved', 'CONTRIBUTE_JOURNAL_MISSING', { read: () => undefined }],
    ])('because %s ends the run: what it does not hold is never sent', async (why, code, broken) => {
      const kept = memoryJournal();
      // It breaks once the first commit is written down.
      const store = (): JournalStore =>
        kept.read()?.includes('"commit/0"') === true ? { ...kept, ...broken } : kept;
      const before = [commits(), await nonceOf()] as const;
      const run = give({
        rows: [row(`${why}1`), row(`${why}2`), row(`${why}3`)],
        itemsMax: 1,
        journal: { ...kept, read: () => store().read(), write: (text) => store().write(text) },
      });
      await expect(run).rejects.toMatchObject({ code });
      chain.seal();
      expect([commits(), await nonceOf()]).toEqual([before[0] + 1, before[1] + 1n]);
    });
  });

  describe('rows that are not in Unicode NFC', () => {
    const split = { question: 'wo?', answer: `${words('café')} ${words('überall')}`.normalize('NFD') };

    test('are contributed as they are, and it is said that they earn nothing', async () => {
      const said: string[] = [];
      const rows = [row('usual'), split];
      const [made] = await give({ rows, progress: (text) => said.push(text) });
      expect(made?.refused).toBeUndefined();
      expect(said.join('\n')).toMatch(/warning: 1 of 2 rows, the first in line 2, are not in Unicode NFC/);
    });

    test('are composed if that is asked, so that they are the text that everybody else writes', async () => {
      const said: string[] = [];
      const options = {
        rows: [split],
        normalize: 'nfc',
        progress: (text: string) => said.push(text),
      } as const;
      expect((await give(options))[0]?.refused).toBeUndefined();
      expect(said.join('\n')).not.toContain('warning');
      const composed = { question: split.question, answer: split.answer.normalize('NFC') };
      await expect(give({ rows: [composed] })).rejects.toMatchObject({ code: 'CONTRIBUTION_DUPLICATE' });
    });

    test('with a journal are other rows than the composed ones', async () => {
      const journal = memoryJournal();
      const rows = [{ question: 'wer?', answer: words('ärger').normalize('NFD') }];
      await give({ rows, journal });
      await expect(give({ rows, journal, normalize: 'nfc' })).rejects.toMatchObject({
        code: 'CONTRIBUTE_JOURNAL_OTHER',
      });
    });
  });

  describe('the same rows contributed twice at once', () => {
    const made = () => mkdtempSync(join(tmpdir(), 'openledger-journal-'));
    const together = async (
      name: string,
      one: Partial<ContributeOptions>,
      other: Partial<ContributeOptions>,
    ) => {
      const before = commits();
      const rows = [row(`${name}1`), row(`${name}2`)];
      const runs = await Promise.allSettled([
        give({ rows, itemsMax: 1, ...one }),
        give({ rows, itemsMax: 1, ...other }),
      ]);
      expect(commits()).toBe(before + 2);
      const values = runs.flatMap((run) => (run.status === 'fulfilled' ? [run.value] : []));
      expect(values).toHaveLength(1);
      expect(values[0]?.map(({ refused }) => refused)).toEqual([undefined, undefined]);
      return runs.flatMap((run): unknown[] => (run.status === 'rejected' ? [run.reason] : []));
    };

    test('make one set of commits with one journal file', async () => {
      const folder = made();
      const path = join(folder, 'journal.json');
      const [refused] = await together(
        'onefile',
        { journal: journalFile(path) },
        { journal: journalFile(path) },
      );
      expect(refused).toMatchObject({ code: 'IN_USE' });
      expect(readdirSync(folder)).toEqual(['journal.json']);
      rmSync(folder, { recursive: true });
    });

    test('make one set of commits without a journal, and with two of them', async () => {
      for (const [name, one, other] of [
        ['none', {}, {}],
        ['two', { journal: memoryJournal() }, { journal: memoryJournal() }],
      ] as const)
        expect(await together(name, one, other)).toMatchObject([{ code: 'IN_USE' }]);
    });

    test('stop at a journal that another program has written to, before a commit is made', async () => {
      const before = commits();
      const journal = memoryJournal();
      let reads = 0;
      const shared: JournalStore = {
        ...journal,
        // It is read twice before the plan is made, and another program has planned meanwhile.
        read: () => (reads++ < 2 ? undefined : 'the journal of another program'),
      };
      await expect(give({ rows: [row('shared')], journal: shared })).rejects.toMatchObject({
        code: 'IN_USE',
        message: expect.stringContaining(journal.name) as unknown,
      });
      expect(commits()).toBe(before);
    });

    test('make one set of commits if only some rows are the same', async () => {
      const before = commits();
      const rows = [row('shared1'), row('shared2'), row('more')];
      const runs = await Promise.allSettled([
        give({ rows: rows.slice(0, 2), itemsMax: 1 }),
        give({ rows, itemsMax: 1 }),
      ]);
      // Whichever was first.
      const made = runs.flatMap((run) => (run.status === 'fulfilled' ? run.value : []));
      const refused = runs.flatMap((run): unknown[] => (run.status === 'rejected' ? [run.reason] : []));
      expect(refused).toMatchObject([{ code: 'IN_USE' }]);
      expect(made.map((part) => part.refused)).toEqual(made.map(() => undefined));
      expect(commits()).toBe(before + made.length);
      // The next plan sees what the first run has revealed.
      await expect(give({ rows, itemsMax: 1 })).rejects.toMatchObject({ code: 'CONTRIBUTION_DUPLICATE' });
      expect(commits()).toBe(before + made.length);
    });
  });

  describe('commits of an account that no known journal has', () => {
    test('keep a program from committing, unless it is told that they are of other rows', async () => {
      const other = await createWallet(client, dora.privateKey);
      const commitment = sha256(utf8('a commit of another program'));
      await other.send('contributionCommit', { datanet, commitment }, { mode: 'commit' });
      const before = commits();
      const rows = [row('elsewhere')];
      await expect(give({ wallet: other, rows, withUnknownCommits: false })).rejects.toMatchObject({
        code: 'CONTRIBUTE_COMMITS_UNKNOWN',
        message: expect.stringContaining(
          `committed contributions ${before - 1} to Datanet ${datanet}`,
        ) as unknown,
      });
      expect(commits()).toBe(before);
      const [made] = await give({ wallet: other, rows });
      expect(made?.refused).toBeUndefined();
    });

    test('keep nobody from committing once they have expired', async () => {
      const other = await createWallet(client, dora.privateKey);
      for (let i = 0; i <= genesis.params.contribution.revealMax; i++) chain.seal();
      const [made] = await give({ wallet: other, rows: [row('afterwards')], withUnknownCommits: false });
      expect(made?.refused).toBeUndefined();
    });
  });

  describe('journals of one account', () => {
    const folder = mkdtempSync(join(tmpdir(), 'openledger-journals-'));
    const notes = join(folder, 'notes');
    afterAll(() => rmSync(folder, { recursive: true }));
    /** What is given up. */
    let forgotten: readonly string[] = [];
    const noted = (): readonly string[] => (existsSync(notes) ? readdirSync(notes) : []);

    /** What the command works with. @param until - what it stops at once it is in the journal */
    const opened = async (name: string, given: readonly object[], itemsMax: number, until?: RegExp) => {
      const path = join(folder, name);
      const found = await client.call('datanet_get', { id: datanet });
      const rows = unwrap(rowsOf(given, found.terms, undefined));
      const ground = await openGround({
        client,
        wallet,
        table: infoTable(),
        datanet: found,
        rows,
        withoutMissing: false,
        withUnknownCommits: true,
        progress: () => undefined,
      });
      const controller = new AbortController();
      const file = journalFile(path);
      const write = (text: string): void => {
        file.write(text);
        if (until?.test(text) === true) controller.abort(new Error('stopped'));
      };
      const options = {
        subject: {
          file: rowsHash(utf8(JSON.stringify(given)), 'as it is'),
          fields: undefined,
          role: 'data' as const,
        },
        journal: { ...file, write },
        enterPlace: enterIn(notes, path, { warn: () => undefined, forgotten }),
        itemsMax,
        signal: controller.signal,
      };
      return [ground, options] as const;
    };
    const run = async (name: string, given: readonly object[], until?: RegExp, itemsMax = 1) =>
      contributeJournaled(...(await opened(name, given, itemsMax, until)));
    /** What a dry run does. */
    const plan = async (name: string, given: readonly object[], itemsMax = 1) =>
      planJournaled(...(await opened(name, given, itemsMax)));
    const codes = (parts: readonly { readonly refused: { readonly code: string } | undefined }[]) =>
      parts.map(({ refused }) => refused?.code);

    test('keep other programs out for as long as one of them runs', () => {
      const [a, b] = [join(folder, 'lock-a.json'), join(folder, 'lock-b.json')];
      const first = enterIn(notes, a, { warn: () => undefined })('00aa', 'the account');
      expect(() => enterIn(notes, b, { warn: () => undefined })('00aa', 'the account')).toThrow(
        expect.objectContaining({
          code: 'IN_USE',
          message: expect.stringMatching(`^the account is in use by process ${process.pid} `) as unknown,
        }),
      );
      first.leave(false);
      enterIn(notes, b, { warn: () => undefined })('00aa', 'the account').leave(true);
      expect(noted()).toEqual([]);
    });

    test('of the command keep other programs of the user out, and are known to them', async () => {
      const commands = userPath('contributions');
      const path = join(folder, 'commanded.json');
      const rows = [row('commanded1'), row('commanded2')];
      let place = '';
      const enterPlace: EnterPlace = (name, called) => {
        place = name;
        return enterIn(commands, path, { warn: () => undefined })(name, called);
      };
      const [ground, options] = await opened('commanded.json', rows, 1, /"contribution":\d/);
      await expect(contributeJournaled(ground, { ...options, enterPlace })).rejects.toThrow('stopped');
      chain.seal();
      const before = commits();
      await expect(give({ rows })).rejects.toMatchObject({
        code: 'CONTRIBUTE_BEGUN',
        message: expect.stringContaining(path) as unknown,
      });
      // As a process does that runs the command.
      const release = unwrap(takeLock(join(commands, `${place}.lock`), { guarded: 'the account' }));
      await expect(give({ rows: [row('locked')] })).rejects.toMatchObject({ code: 'IN_USE' });
      release();
      expect(commits()).toBe(before);
      const [again, rest] = await opened('commanded.json', rows, 1);
      const made = await contributeJournaled(again, { ...rest, enterPlace });
      expect(codes(made)).toEqual([undefined, undefined]);
      expect((await give({ rows: [row('let in')] }))[0]?.refused).toBeUndefined();
    });

    test('commit to no text that one of them has committed and not revealed', async () => {
      const [a, b, c] = [row('journals1'), row('journals2'), row('journals3')];
      const before = commits();
      // The second one is stopped once it is planned.
      await expect(run('planned.json', [a, c], /./)).rejects.toThrow('stopped');
      await expect(run('first.json', [a, b], /"contribution":\d/)).rejects.toThrow('stopped');
      await expect(run('other.json', [b, c])).rejects.toMatchObject({
        code: 'CONTRIBUTE_BEGUN',
        message: expect.stringContaining(join(folder, 'first.json')) as unknown,
      });
      expect(existsSync(join(folder, 'other.json'))).toBe(false);
      expect(codes(await run('planned.json', [a, c]))).toEqual(['CONTRIBUTE_BEGUN', undefined]);
      expect(codes(await run('first.json', [a, b]))).toEqual([undefined, undefined]);
      expect(commits()).toBe(before + 3);
      expect(noted()).toEqual([]);
    });

    test('say how to keep the bonds, if a row was added after one was stopped', async () => {
      const rows = [row('added1'), row('added2')];
      await expect(run('added.json', rows, /"contribution":\d/)).rejects.toThrow('stopped');
      const note = noted();
      expect(note).toHaveLength(1);
      await expect(run('added.json', [...rows, row('added3')])).rejects.toMatchObject({
        code: 'CONTRIBUTE_JOURNAL_OTHER',
        message: expect.stringMatching(
          /belongs to other rows.* It alone can reveal what it has committed \([12] of 2 .*: keep it, restore the rows/,
        ) as unknown,
      });
      expect(noted()).toEqual(note);
      expect(codes(await run('added.json', rows))).toEqual([undefined, undefined]);
      expect(noted()).toEqual([]);
    });

    test('keep an edited file from being committed with another journal, until their bonds are lost', async () => {
      const rows = [row('draft1'), row('draft2'), row('draft3')];
      const edited = [row('draft1'), { ...row('draft2'), more: 'edited' }, row('draft3')].map(
        ({ question, answer, ...more }) => ({ question, answer: `${answer} ${Object.values(more).join()}` }),
      );
      await expect(run('draft.json', rows, /"contribution":\d/, 10)).rejects.toThrow('stopped');
      const note = noted();
      const before = commits();
      const changed = [rows[0] ?? row(''), edited[1] ?? row(''), rows[2] ?? row('')];
      for (const attempt of [
        plan,
        (name: string, given: readonly object[]) => run(name, given, undefined, 10),
      ])
        await expect(attempt('edited.json', changed, 10)).rejects.toMatchObject({
          code: 'CONTRIBUTE_BEGUN',
          message: expect.stringMatching(
            /^line 1, the first of 2: the journal .*draft\.json has committed a contribution with this text/,
          ) as unknown,
        });
      expect(existsSync(join(folder, 'edited.json'))).toBe(false);
      expect(noted()).toEqual(note);
      // Once the commit has expired, there is no bond that anybody could save.
      for (let i = 0; i <= genesis.params.contribution.revealMax; i++) chain.seal();
      expect(codes(await run('edited.json', changed, undefined, 10))).toEqual([undefined]);
      expect(commits()).toBe(before + 1);
      rmSync(notes, { recursive: true });
    });

    test('are looked at by a dry run as by a run: what one has planned, and what others have committed', async () => {
      const [a, b] = [row('dry1'), row('dry2')];
      await expect(run('dry.json', [a, b], /"contribution":\d/)).rejects.toThrow('stopped');
      const note = noted();
      const before = commits();
      // It was planned with one row each, and stays so.
      expect((await plan('dry.json', [a, b], 10)).stretches).toMatchObject([
        { from: 0, to: 1 },
        { from: 1, to: 2 },
      ]);
      await expect(plan('dry.json', [a])).rejects.toMatchObject({ code: 'CONTRIBUTE_JOURNAL_OTHER' });
      await expect(plan('dry2.json', [a])).rejects.toMatchObject({ code: 'CONTRIBUTE_BEGUN' });
      expect(noted()).toEqual(note);
      expect(commits()).toBe(before);
      await run('dry.json', [a, b]);
      await expect(plan('dry2.json', [a])).rejects.toMatchObject({ code: 'CONTRIBUTION_DUPLICATE' });
    });

    test('are known to a program that has begun them, or is told of them', async () => {
      const rows = [row('program')];
      const before = commits();
      const journal = await stoppedAt(/"contribution":[0-9]/, { rows });
      const begun = { code: 'CONTRIBUTE_BEGUN' };
      await expect(give({ rows, journal: memoryJournal() })).rejects.toMatchObject(begun);
      await expect(give({ rows })).rejects.toMatchObject(begun);
      // The same journal, in a store that was opened anew.
      await give({ rows, journal: { ...journal } });
      const others = [row('program2')];
      await expect(run('program.json', others, /"contribution":\d/)).rejects.toThrow('stopped');
      const otherJournals = [journalFile(join(folder, 'program.json'))];
      await expect(give({ rows: others, otherJournals })).rejects.toMatchObject(begun);
      await run('program.json', others);
      expect(commits()).toBe(before + 2);
    });

    test('are not forgotten while their disk is away, unless that is asked', async () => {
      const rows = [row('away1'), row('away2')];
      const stick = join(folder, 'stick');
      mkdirSync(stick);
      await expect(run('stick/away.json', rows, /"contribution":\d/)).rejects.toThrow('stopped');
      const before = commits();
      const note = noted();
      renameSync(stick, `${stick}-away`);
      // A mount point without its disk is an empty folder.
      mkdirSync(stick);
      const missing = {
        code: 'CONTRIBUTE_JOURNAL_MISSING',
        message: expect.stringMatching(/stick\/away\.json has begun .* bonds/) as unknown,
        data: { journals: [join(stick, 'away.json')] },
      };
      const copies: readonly (readonly [name: string, given: readonly object[]])[] = [
        ['copied.json', rows],
        ['unlike.json', [row('unlike')]],
        ['stick/away.json', rows],
      ];
      for (const [name, given] of copies) {
        await expect(run(name, given)).rejects.toMatchObject({ fault: missing });
        await expect(plan(name, given)).rejects.toMatchObject({ fault: missing });
        expect(existsSync(join(folder, name))).toBe(false);
      }
      expect(commits()).toBe(before);
      expect(noted()).toEqual(note);
      rmSync(stick, { recursive: true });
      renameSync(`${stick}-away`, stick);
      // What is there is not forgotten.
      forgotten = [join(stick, 'away.json')];
      await expect(run('copied.json', rows)).rejects.toMatchObject({ code: 'CONTRIBUTE_BEGUN' });
      renameSync(stick, `${stick}-away`);
      expect(codes(await run('unlike.json', [row('unlike')]))).toEqual([undefined]);
      forgotten = [];
      expect(noted()).toEqual([]);
      renameSync(`${stick}-away`, stick);
      expect(codes(await run('stick/away.json', rows))).toEqual([undefined, undefined]);
    });

    /** Stops a run of each journal after its commit, in a new folder, and renames the folder. */
    const movedAway = async (name: string, journals: Readonly<Record<string, readonly object[]>>) => {
      mkdirSync(join(folder, name));
      for (const [journal, rows] of Object.entries(journals))
        await expect(run(`${name}/${journal}`, rows, /"contribution":\d/)).rejects.toThrow('stopped');
      renameSync(join(folder, name), join(folder, `${name}-moved`));
      return commits();
    };

    test('are known again where they were moved to', async () => {
      const rows = [row('moved1'), row('moved2')];
      const before = await movedAway('folder', { 'a.json': rows });
      expect((await plan('folder-moved/a.json', rows)).stretches).toHaveLength(2);
      // The note has the new path now, so other runs compare with it.
      await expect(run('copied.json', rows)).rejects.toMatchObject({
        code: 'CONTRIBUTE_BEGUN',
        message: expect.stringContaining(join(folder, 'folder-moved/a.json')) as unknown,
      });
      expect(codes(await run('folder-moved/a.json', rows))).toEqual([undefined, undefined]);
      // Two rows, of which the second may have been committed by the run that was stopped.
      expect(commits()).toBeLessThanOrEqual(before + 1);
      expect(noted()).toEqual([]);
    });

    test('are all named if several were moved, and are known once a run was started with each', async () => {
      const [a, b] = [[row('several1')], [row('several2')]];
      const before = await movedAway('several', { 'a.json': a, 'b.json': b });
      const missing = (...names: readonly string[]) => ({
        fault: {
          code: 'CONTRIBUTE_JOURNAL_MISSING',
          data: { journals: names.map((name) => join(folder, 'several', name)) },
        },
      });
      await expect(run('others.json', [row('several3')])).rejects.toMatchObject(missing('a.json', 'b.json'));
      await expect(run('others.json', [row('several3')])).rejects.toThrow(
        /several\/a\.json, .*several\/b\.json have begun .* was moved back, or go on with it where it is now/,
      );
      await expect(run('several-moved/a.json', a)).rejects.toMatchObject(missing('b.json'));
      expect(codes(await run('several-moved/b.json', b))).toEqual([undefined]);
      expect(codes(await run('several-moved/a.json', a))).toEqual([undefined]);
      expect(commits()).toBe(before);
      expect(noted()).toEqual([]);
    });

    test('are not taken for another journal that stands at their place', async () => {
      const rows = [row('replaced')];
      await movedAway('place', { 'a.json': rows });
      mkdirSync(join(folder, 'place'));
      // A journal of the same account in another Datanet, say: its note is another one.
      const other = memoryJournal();
      await expect(
        give({ rows: [row('another')], journal: other, signal: AbortSignal.abort(new Error('stopped')) }),
      ).rejects.toThrow('stopped');
      writeFileSync(join(folder, 'place', 'a.json'), other.read() ?? '');
      const missing = { code: 'CONTRIBUTE_JOURNAL_MISSING' };
      await expect(run('others.json', [row('replaced2')])).rejects.toMatchObject(missing);
      expect(codes(await run('place-moved/a.json', rows))).toEqual([undefined]);
      expect(noted()).toEqual([]);
    });

    test('are known by their path alone in a note of an earlier version', async () => {
      const rows = [row('earlier1'), row('earlier2')];
      await expect(run('earlier.json', rows, /"contribution":\d/)).rejects.toThrow('stopped');
      const [note = ''] = noted();
      writeFileSync(join(notes, note), JSON.stringify({ journals: [join(folder, 'earlier.json')] }));
      await expect(run('copied.json', rows)).rejects.toMatchObject({ code: 'CONTRIBUTE_BEGUN' });
      renameSync(join(folder, 'earlier.json'), join(folder, 'later.json'));
      await expect(run('later.json', rows)).rejects.toMatchObject({ code: 'CONTRIBUTE_JOURNAL_MISSING' });
      renameSync(join(folder, 'later.json'), join(folder, 'earlier.json'));
      // Any run that begins notes the id.
      expect(codes(await run('unlike2.json', [row('unlike2')]))).toEqual([undefined]);
      renameSync(join(folder, 'earlier.json'), join(folder, 'later.json'));
      expect(codes(await run('later.json', rows))).toEqual([undefined, undefined]);
      expect(noted()).toEqual([]);
    });

    test('are not forgotten if they cannot be looked at', async () => {
      const rows = [row('hidden')];
      await movedAway('hidden', { 'a.json': rows });
      // The path leads through a file now, so the system does not say that nothing is there (ENOTDIR).
      writeFileSync(join(folder, 'hidden'), '');
      forgotten = [join(folder, 'hidden', 'a.json')];
      for (const name of ['others.json', 'hidden-moved/a.json'])
        await expect(run(name, rows)).rejects.toMatchObject({
          code: 'FILE_UNREADABLE',
          message: expect.stringMatching(
            /hidden\/a\.json cannot be read: ENOTDIR.* begun with the account 0x.* before it can be read/,
          ) as unknown,
        });
      forgotten = [];
      rmSync(join(folder, 'hidden'));
      expect(codes(await run('hidden-moved/a.json', rows))).toEqual([undefined]);
      expect(noted()).toEqual([]);
    });

    test('are noted only if they are journals', async () => {
      writeFileSync(join(folder, 'notes.txt'), 'what to buy');
      await expect(run('notes.txt', [row('unrelated')])).rejects.toMatchObject({
        code: 'CONTRIBUTE_JOURNAL',
      });
      expect(noted()).toEqual([]);
    });

    test('may also be where nothing can be noted, which is said', () => {
      writeFileSync(join(folder, 'file'), 'a file');
      const said: string[] = [];
      const place = enterIn(join(folder, 'file'), join(folder, 'a.json'), {
        warn: (text) => said.push(text),
      });
      place('00aa', 'the account').leave(true);
      expect(said.join()).toContain(join(folder, 'file'));
    });
  });

  describe('what is bonded', () => {
    /** A client whose node refuses transactions of a kind with one code after the other, and takes what comes then. */
    const refusing = (kind: string, codes: readonly (string | undefined)[]) => {
      const sent: string[] = [];
      const own: RpcClient = {
        ...client,
        attempt: async (method, ...params) => {
          const { transaction } = (params[0] ?? {}) as { readonly transaction?: Uint8Array | Hex };
          if (method !== 'tx_send' || transaction === undefined) return client.attempt(method, ...params);
          const bytes = typeof transaction === 'string' ? unwrap(fromHex(transaction)) : transaction;
          const { body } = unwrap(decodeTransaction(bytes));
          if (body.name === kind) sent.push(toHex(bytes));
          const code = body.name === kind ? codes[sent.length - 1] : undefined;
          sealing.isOn = code === undefined || kind !== 'dataContribution';
          if (code === undefined) return client.attempt(method, ...params);
          return failWith(toRpcFault(method, { code, message: `refused with ${code}` }));
        },
      };
      return { own, sent };
    };

    test('is revealed though another program takes the nonce again and again', async () => {
      // More often than an outbox signs anew at once.
      const { own, sent } = refusing(
        'dataContribution',
        Array.from({ length: 10 }, () => 'MEMPOOL_NONCE_TAKEN'),
      );
      const said: string[] = [];
      const [made] = await give({ client: own, rows: [row('busy')], progress: (text) => said.push(text) });
      expect(made).toMatchObject({ revealed: expect.stringMatching(/^0x/) as unknown, refused: undefined });
      expect(new Set(sent).size).toBe(11);
      expect(said.join('\n')).toMatch(/is not revealed yet: MEMPOOL_NONCE_TAKEN: .*; trying again in 1 s/);
    });

    test.each([
      'MEMPOOL_FULL',
      'RATE_LIMITED',
      'MAX_FEE_TOO_LOW',
      'BALANCE_BELOW_MAX_FEE',
      'CODE_OF_TOMORROW',
      // Refused by the signer, on the way, or for the form of the call: not by the chain.
      'WALLET_UNAVAILABLE',
      'WALLET_REFUSED',
      'HOST_NOT_ALLOWED',
      'REQUEST_INVALID',
      'METHOD_NOT_FOUND',
      'PATH_UNKNOWN',
      'BODY_TOO_LARGE',
    ])('is not given up for %s', async (code) => {
      const { own } = refusing('dataContribution', [code]);
      const [made] = await give({ client: own, rows: [row(`passing${code}`)] });
      expect(made).toMatchObject({ revealed: expect.stringMatching(/^0x/) as unknown, refused: undefined });
    });

    test('is given up for a verdict, which is said', async () => {
      const { own } = refusing('dataContribution', ['TX_PAYLOAD']);
      const said: string[] = [];
      const [made] = await give({ client: own, rows: [row('wrong')], progress: (text) => said.push(text) });
      expect(made).toMatchObject({ revealed: undefined, refused: { code: 'TX_PAYLOAD' } });
      expect(said).toContain('TX_PAYLOAD: refused with TX_PAYLOAD');
    });

    test('is revealed in time though the commit of another part is refused all the time', async () => {
      const journal = memoryJournal();
      const isRevealed = (): boolean => /"revealed":"0x/.test(journal.read() ?? '');
      // Blocks come one by one, so that the machine does not decide how much of a window is over.
      sealing.isOn = false;
      let committed: bigint | undefined;
      const own: RpcClient = {
        ...client,
        attempt: async (method, ...params) => {
          const { transaction } = (params[0] ?? {}) as { readonly transaction?: Uint8Array | Hex };
          if (method !== 'tx_send' || transaction === undefined) return client.attempt(method, ...params);
          const bytes = typeof transaction === 'string' ? unwrap(fromHex(transaction)) : transaction;
          const isCommit = unwrap(decodeTransaction(bytes)).body.name === 'contributionCommit';
          if (isCommit && committed !== undefined && !isRevealed()) {
            const half = committed + BigInt(genesis.params.contribution.revealMax >>> 1);
            while (chain.node.status().height < half) chain.seal();
            return failWith(toRpcFault(method, { code: 'MEMPOOL_FULL', message: 'full' }));
          }
          const sent = await client.attempt(method, ...params);
          chain.seal();
          committed ??= chain.node.status().height;
          return sent;
        },
      };
      const before = commits();
      const made = await give({ client: own, rows: [row('first'), row('second')], itemsMax: 1, journal });
      expect(made.map(({ revealed, refused }) => [typeof revealed, refused])).toEqual([
        ['string', undefined],
        ['string', undefined],
      ]);
      // None was lost and committed again.
      expect(commits()).toBe(before + 2);
    });

    test('is declared anew if it has expired and is committed again', async () => {
      const passage = words('between');
      const other = await createWallet(client, cleo.privateKey);
      let isDeclared = false;
      let hasExpired = false;
      /** Once it is about to be revealed. */
      const expire = async (): Promise<void> => {
        if (!isDeclared || hasExpired) return;
        hasExpired = true;
        for (let i = 0; i <= genesis.params.contribution.revealMax; i++) chain.seal();
        await give({ wallet: other, rows: [{ question: 'what came between?', answer: passage }] });
      };
      const own: RpcClient = {
        ...client,
        call: async (method, ...params) => {
          await expire();
          return client.call(method, ...params);
        },
        batch: async (calls) => {
          await expire();
          return client.batch(calls);
        },
      };
      const before = commits();
      const [made] = await give({
        client: own,
        rows: [{ question: 'what is late?', answer: `${passage} and ${words('late')}` }],
        progress: (text) => {
          isDeclared ||= text.startsWith('comparing');
        },
      });
      expect(made).toMatchObject({ contribution: before + 2, refused: undefined });
      const { copied } = await client.call('contribution_getDeclaration', { contribution: before + 2 });
      expect(copied).toMatchObject([{ contribution: before + 1 }]);
    });

    test('is not taken for what another chain has under the same id', async () => {
      const wallet = await createWallet(client, cleo.privateKey);
      const stranger = (await contributed({ wallet, rows: [row('stranger')] })) ?? 0;
      let isElsewhere = true;
      const own: RpcClient = {
        ...client,
        batch: async (calls) => {
          const answers = await client.batch(calls);
          for (const [i, { method }] of calls.entries())
            if (method === 'contribution_get' && isElsewhere) {
              const answer = answers[i];
              if (answer?.ok !== true) expect.fail('it is committed');
              Object.assign(answer.value, await client.call('contribution_get', { contribution: stranger }));
            }
          return answers;
        },
      };
      const journal = memoryJournal();
      const rows = [row('own')];
      await expect(give({ client: own, rows, journal })).rejects.toMatchObject({ code: 'CHAIN_CHANGED' });
      expect(journal.read()).not.toMatch(/"revealed":"0x/);
      isElsewhere = false;
      const before = commits();
      const [made] = await give({ client: own, rows, journal });
      expect(made).toMatchObject({ revealed: expect.stringMatching(/^0x/) as unknown, refused: undefined });
      expect(commits()).toBe(before);
    });

    test('is revealed also if no more can be committed, and the rest is committed later', async () => {
      const codes = [undefined, 'BALANCE_TOO_LOW'];
      const { own } = refusing('contributionCommit', codes);
      const journal = memoryJournal();
      const rows = [row('paid'), row('unpaid')];
      const before = commits();
      const stopped = give({ client: own, rows, itemsMax: 1, journal });
      await expect(stopped).rejects.toMatchObject({ code: 'BALANCE_TOO_LOW' });
      const { parts } = JSON.parse(journal.read() ?? '') as { readonly parts: readonly object[] };
      expect(parts).toMatchObject([{ revealed: expect.stringMatching(/^0x/) as unknown }, { refused: null }]);
      const made = await give({ rows, itemsMax: 1, journal });
      expect(made.map(({ revealed, refused }) => [typeof revealed, refused])).toEqual([
        ['string', undefined],
        ['string', undefined],
      ]);
      expect(commits()).toBe(before + 2);
    });
  });

  describe('while the text of an accepted contribution is missing', () => {
    let missing = '';
    let isMissing = true;
    /** A client whose node lacks the text. */
    const lacking = (): RpcClient => ({
      ...client,
      attempt: async (method, ...params) => {
        const { root } = (params[0] ?? {}) as { readonly root?: Uint8Array | Hex };
        const name = root instanceof Uint8Array ? toHex(root) : root;
        if (isMissing && method === 'content_get' && name === missing)
          return failWith(toRpcFault(method, { code: 'CONTENT_NOT_FOUND', message: 'not found' }));
        if (method === 'tx_send') sealing.isOn = true;
        return client.attempt(method, ...params);
      },
    });
    /** Has a contribution accepted, and its text missing from then on. */
    const accepted = async (name: string): Promise<void> => {
      const owner = await createWallet(client, cleo.privateKey);
      const contribution = await contributed({ wallet: owner, rows: [row(name)] });
      await accept(client, contribution);
      const { content } = await client.call('contribution_get', { contribution });
      missing = toHex(content?.root ?? new Uint8Array());
      isMissing = true;
    };

    test('nothing is committed', async () => {
      await accepted('absent');
      const before = commits();
      const refused = give({ client: lacking(), rows: [row('unbonded')] });
      await expect(refused).rejects.toMatchObject({ code: 'CONTRIBUTE_TEXT_MISSING' });
      expect(commits()).toBe(before);
    });

    test('no more is committed of what was begun before it has arrived and what is bonded is revealed', async () => {
      await accepted('amid');
      const rows = [row('bonded'), row('planned')];
      const journal = await stoppedAt(/"commit\/0"/, { rows, itemsMax: 1 });
      const parts = () => (JSON.parse(journal.read() ?? '') as { readonly parts: readonly object[] }).parts;
      const seen: unknown[] = [];
      const made = await give({
        client: lacking(),
        rows,
        itemsMax: 1,
        journal,
        progress: (text) => {
          if (text.includes('wait for texts')) isMissing = false;
          if (text.startsWith('committing')) seen.push(parts());
        },
      });
      expect(seen).toMatchObject([
        [{ revealed: expect.stringMatching(/^0x/) as unknown }, { contribution: null, refused: null }],
      ]);
      expect(made.map(({ revealed, refused }) => [typeof revealed, refused])).toEqual([
        ['string', undefined],
        ['string', undefined],
      ]);
    });

    test('what is bonded waits for it, and is revealed once it has arrived', async () => {
      await accepted('tardy');
      const rows = [{ question: 'what?', answer: `${words('tardy')} and more that is only said here` }];
      const journal = await stoppedAt(/"contribution":[0-9]/, { rows });
      const said: string[] = [];
      const [made] = await give({
        client: lacking(),
        rows,
        journal,
        progress: (text) => {
          said.push(text);
          if (text.includes('wait for texts')) isMissing = false;
        },
      });
      expect(made).toMatchObject({ revealed: expect.stringMatching(/^0x/) as unknown, refused: undefined });
      expect(said.join('\n')).toMatch(/wait for texts .*: CONTRIBUTE_TEXT_MISSING: .*; trying again in 1 s/);
      const contribution = made?.contribution ?? 0;
      const declared = await client.call('contribution_getDeclaration', { contribution });
      expect(declared.copied).toHaveLength(1);
      expect(declared.novelRuns.length).toBeGreaterThan(0);
    });

    test('what is bonded is revealed at the end of its window, declares nothing as new, and this is said', async () => {
      await accepted('never');
      const rows = [row('cautious')];
      const journal = await stoppedAt(/"contribution":[0-9]/, { rows });
      // From here blocks come one by one, so that no machine is too slow for what is left of the window.
      const committedAt = chain.node.status().height;
      const { revealMax } = genesis.params.contribution;
      sealing.isOn = false;
      const said: string[] = [];
      const [made] = await give({
        client: lacking(),
        rows,
        journal,
        progress: (text) => {
          said.push(text);
          if (!text.includes('wait for texts')) return;
          const lastQuarter = committedAt + BigInt(Math.floor((3 * revealMax) / 4));
          while (chain.node.status().height < lastQuarter) chain.seal();
        },
      });
      expect(made).toMatchObject({ revealed: expect.stringMatching(/^0x/) as unknown, refused: undefined });
      expect(said.join('\n')).toContain('the window to reveal is nearly over');
      const contribution = made?.contribution ?? 0;
      const { novelRuns } = await client.call('contribution_getDeclaration', { contribution });
      expect(novelRuns).toEqual([]);
      expect((await client.call('contribution_get', { contribution })).stage).toBe('review');
    });
  });

  test('names the transaction that was executed and refused', async () => {
    const rows = [row('overtaken')];
    const early = await createWallet(client, bob.privateKey);
    const first = await stoppedAt(/"contribution":[0-9]/, { wallet: early, rows });
    let isOvertaken = false;
    const own: RpcClient = {
      ...client,
      attempt: async (method, ...params) => {
        const { transaction } = (params[0] ?? {}) as { readonly transaction?: Uint8Array | Hex };
        if (method === 'tx_send' && transaction !== undefined && !isOvertaken) {
          const bytes = typeof transaction === 'string' ? unwrap(fromHex(transaction)) : transaction;
          if (unwrap(decodeTransaction(bytes)).body.name === 'dataContribution') {
            // Who committed earlier reveals the same words, while this reveal is on its way.
            isOvertaken = true;
            await give({ wallet: early, rows, journal: first });
          }
        }
        return client.attempt(method, ...params);
      },
    };
    const [made] = await give({ client: own, rows });
    expect(made?.refused).toMatchObject({
      code: 'CONTRIBUTION_DUPLICATE',
      message: expect.stringMatching(/\(transaction 0x[0-9a-f]{64}\)/) as unknown,
    });
  });

  test('counts texts of other rules than those of the Datanet as missing', async () => {
    await give({ rows: [row('ruled')] });
    const read = (rules: RulesVersion) =>
      openDatanetReader(client, async (roots) => roots.map(() => ({ rules, items: [] })))(datanet, new Set());
    const [own, other] = [await read(2), await read(1)];
    expect([own.missing, other.contributions]).toEqual([[], []]);
    expect(other.missing.map(({ contribution }) => contribution)).toEqual(
      own.contributions.map(({ contribution }) => contribution),
    );
    expect(other.missing.length).toBeGreaterThan(0);
  });

  test('does not take other content for that of a root: the node is not believed', async () => {
    const lying: RpcClient = {
      ...client,
      attempt: async (method, ...params) => {
        const answer = await client.attempt(method, ...params);
        if (method !== 'content_get' || !answer.ok) return answer;
        const value: unknown = { ...answer.value, text: 'another text' };
        return { ok: true, value: value as typeof answer.value };
      },
    };
    await expect(give({ client: lying, rows: [fine] })).rejects.toMatchObject({ code: 'CONTENT_ROOT' });
  });
});
