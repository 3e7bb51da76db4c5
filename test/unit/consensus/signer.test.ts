import { lstat, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { blockTarget, FRESH, NIL, type SignRequest, type Target } from '../../../consensus/messages.ts';
import { createSignState, openFileSigner, type Signer } from '../../../consensus/shell/signer.ts';
import { verifyVote } from '../../../consensus/verify.ts';
import { toHeight, toRound } from '../../../src/lib/brands.ts';
import type { ChainIdentity } from '../../../src/lib/chain.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { CHAIN, digest, FOUR, keyOf } from './support.ts';

const KEY = keyOf(FOUR, 1);
const V = blockTarget(digest('v'));
let directory = '';
let path = '';

const open = async (): Promise<Signer> => unwrap(await openFileSigner(KEY, path, CHAIN));
const vote = (height: bigint, round: number, type: 'prevote' | 'precommit', target: Target): SignRequest => ({
  type: 'vote',
  vote: { type, height: toHeight(height), round: toRound(round), target, validator: 1 },
});
const proposal = (height: bigint, round: number, name: string): SignRequest => ({
  type: 'proposal',
  proposal: { height: toHeight(height), round: toRound(round), id: digest(name), validRound: FRESH },
});
const refused = { ok: false, fault: { code: 'SIGN_REFUSED' } };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'openledger-signer-'));
  path = join(directory, 'sign-state.json');
  unwrap(await createSignState(path, KEY.publicKey));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('the file signer', () => {
  test('does not start with a sign-state that cannot be read', async () => {
    expect(await openFileSigner(KEY, directory, CHAIN)).toMatchObject({
      ok: false,
      fault: { code: 'SIGN_STATE_READ' },
    });
  });

  test('writes the file to which a link leads, so that whoever goes on with that file does not sign twice', async () => {
    const file = join(directory, 'elsewhere.json');
    await rename(path, file);
    await symlink(file, path);
    unwrap(await (await open()).sign(CHAIN, vote(5n, 0, 'prevote', V)));
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect(unwrap(await openFileSigner(KEY, file, CHAIN)).last()).toMatchObject({ height: toHeight(5n) });
  });

  test('signs so that the vote verifies', async () => {
    const signer = await open();
    expect(signer.last()).toBe('none');
    const signature = unwrap(await signer.sign(CHAIN, vote(5n, 0, 'prevote', V)));
    const signed = {
      type: 'prevote' as const,
      height: toHeight(5n),
      round: toRound(0),
      target: V,
      validator: 1,
      signature,
    };
    expect(verifyVote(CHAIN, FOUR.validators, signed)).toMatchObject({ ok: true });
    expect(signer.last()).toMatchObject({ height: toHeight(5n), round: toRound(0), step: 1 });
  });

  test('gives the same signature for the same step and bytes, also after a restart', async () => {
    const request = vote(5n, 0, 'prevote', V);
    const first = unwrap(await (await open()).sign(CHAIN, request));
    const again = await open();
    expect(unwrap(await again.sign(CHAIN, request))).toEqual(first);
    expect(unwrap(await again.sign(CHAIN, request))).toEqual(first);
  });

  test('refuses other bytes for a step it has signed, also after a restart', async () => {
    const signer = await open();
    unwrap(await signer.sign(CHAIN, vote(5n, 0, 'prevote', V)));
    for (const each of [signer, await open()]) {
      expect(await each.sign(CHAIN, vote(5n, 0, 'prevote', NIL))).toMatchObject(refused);
      expect(await each.sign({ ...CHAIN, chainId: 1n }, vote(5n, 0, 'prevote', V))).toMatchObject(refused);
    }
  });

  test('refuses every step before the last one', async () => {
    const signer = await open();
    unwrap(await signer.sign(CHAIN, vote(5n, 3, 'prevote', V)));
    for (const request of [
      proposal(5n, 3, 'v'),
      vote(5n, 2, 'precommit', V),
      vote(4n, 9, 'precommit', V),
      proposal(4n, 9, 'v'),
    ])
      expect(await signer.sign(CHAIN, request)).toMatchObject(refused);
    for (const request of [vote(5n, 3, 'precommit', V), proposal(5n, 4, 'v'), vote(6n, 0, 'prevote', NIL)])
      expect(await signer.sign(CHAIN, request)).toMatchObject({ ok: true });
  });

  test('never signs two things for one step, and never goes back, whatever it is asked, across restarts', async () => {
    const request = fc
      .tuple(fc.bigInt({ min: 1n, max: 3n }), fc.nat(2), fc.nat(2), fc.constantFrom('v', 'w'))
      .map(([height, round, step, name]) =>
        step === 0
          ? proposal(height, round, name)
          : vote(height, round, step === 1 ? 'prevote' : 'precommit', blockTarget(digest(name))),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(request, fc.boolean()), { maxLength: 25 }), async (asked) => {
        await rm(path);
        unwrap(await createSignState(path, KEY.publicKey));
        let signer = await open();
        const given = new Map<string, string>();
        let highest = '';
        for (const [each, restart] of asked) {
          if (restart) signer = await open();
          const result = await signer.sign(CHAIN, each);
          if (!result.ok) continue;
          const last = signer.last();
          if (last === 'none') throw new Error('signed, and does not know it');
          const at = `${last.height}.${last.round}.${last.step}`;
          const signature = Buffer.from(result.value).toString('hex');
          expect(given.get(at) ?? signature).toBe(signature);
          given.set(at, signature);
          expect(at >= highest).toBe(true);
          highest = at;
        }
      }),
      { numRuns: 25 },
    );
  });

  test('does not open without its state, with one that was changed, or with that of another key', async () => {
    await (await open()).sign(CHAIN, vote(5n, 0, 'prevote', V));
    const good = await readFile(path, 'utf8');
    const code = async (text: string): Promise<unknown> => {
      await writeFile(path, text);
      const result = await openFileSigner(KEY, path, CHAIN);
      return result.ok ? 'open' : result.fault.code;
    };
    expect(await code(good)).toBe('open');
    expect(await code(good.replace('"height": "5"', '"height": "4"'))).toBe('SIGN_STATE_CORRUPT');
    expect(await code(good.slice(0, -10))).toBe('SIGN_STATE_CORRUPT');
    expect(await code('')).toBe('SIGN_STATE_CORRUPT');
    expect(await code('null')).toBe('SIGN_STATE_CORRUPT');
    expect(await code('{"checksum":"0x","state":{}}')).toBe('SIGN_STATE_CORRUPT');
    await writeFile(path, good);
    expect(await openFileSigner(keyOf(FOUR, 2), path, CHAIN)).toMatchObject({
      ok: false,
      fault: { code: 'SIGN_STATE_KEY' },
    });
    await rm(path);
    expect(await openFileSigner(KEY, path, CHAIN)).toMatchObject({
      ok: false,
      fault: { code: 'SIGN_STATE_MISSING' },
    });
  });

  test.each([
    ['a proposal', proposal(5n, 0, 'v')],
    ['a prevote', vote(5n, 0, 'prevote', V)],
    ['a precommit for nil', vote(5n, 0, 'precommit', NIL)],
  ])('remembers what it signed last, %s, for each chain', async (_, request) => {
    const others = [
      { ...CHAIN, chainId: CHAIN.chainId + 1n },
      { ...CHAIN, genesisHash: digest('another genesis') },
    ];
    const openFor = async (chain: ChainIdentity): Promise<Signer> =>
      unwrap(await openFileSigner(KEY, path, chain));
    unwrap(await (await open()).sign(CHAIN, request));
    // With one chain, the file is what earlier versions read and write.
    const { state } = JSON.parse(await readFile(path, 'utf8')) as { readonly state: object };
    expect(Object.keys(state)).toEqual(['publicKey', 'last']);
    for (const other of others) {
      const signer = await openFor(other);
      expect(signer.last()).toBe('none');
      // Height 5 of CHAIN says nothing of this chain.
      unwrap(await signer.sign(other, vote(1n, 0, 'prevote', V)));
    }
    for (const chain of [...others, CHAIN]) {
      const [signer, at] = [await openFor(chain), chain === CHAIN ? 5n : 1n];
      expect(signer.last()).toMatchObject({ height: at });
      expect(await signer.sign(chain, vote(at - 1n, 9, 'precommit', V))).toMatchObject(refused);
    }
  });

  test('signs for no other chain than it was opened for', async () => {
    const other = { ...CHAIN, genesisHash: digest('another genesis') };
    expect(await (await open()).sign(other, vote(5n, 0, 'prevote', V))).toMatchObject(refused);
    expect((await open()).last()).toBe('none');
  });

  test('cannot be given an empty state in the place of one that remembers', async () => {
    expect(await createSignState(path, KEY.publicKey)).toMatchObject({
      ok: false,
      fault: { code: 'SIGN_STATE_EXISTS' },
    });
  });

  test('gives no signature if it cannot write its state', async () => {
    const signer = await open();
    await rm(directory, { recursive: true });
    expect(await signer.sign(CHAIN, vote(5n, 0, 'prevote', V))).toMatchObject({
      ok: false,
      fault: { code: 'SIGN_STATE_WRITE' },
    });
    expect(signer.last()).toBe('none');
  });
});
