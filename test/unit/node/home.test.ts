import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openFileSigner } from '../../../consensus/shell/signer.ts';
import { defaultConfig } from '../../../node/config.ts';
import {
  createHome,
  holdHome,
  homePaths,
  isVacant,
  makeIn,
  peerIdOf,
  readConfig,
  readKey,
  writeConfig,
} from '../../../node/home.ts';
import { ZERO_ROOT } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { ed25519Signer } from '../../../src/lib/ed25519.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { codeOf, refusalOf, temporaryFolder, thrown } from './support.ts';

const modeOf = (path: string): number => statSync(path).mode & 0o777;
const config = defaultConfig('node-1');
const newHome = (root = join(temporaryFolder(), 'home')) =>
  createHome({ root, config, genesis: { name: 'any' } });

describe('a new home', () => {
  test('holds config, genesis, two keys and an empty sign-state', async () => {
    const paths = await newHome();
    expect(unwrap(readConfig(paths.root))).toEqual(config);
    expect(JSON.parse(readFileSync(paths.genesis, 'utf8'))).toEqual({ name: 'any' });
    const seed = unwrap(readKey(paths.validatorKey));
    expect(toHex(seed)).not.toBe(toHex(unwrap(readKey(paths.nodeKey))));
    const signer = unwrap(
      await openFileSigner(ed25519Signer(seed), paths.signState, { chainId: 1n, genesisHash: ZERO_ROOT }),
    );
    expect(signer.last()).toBe('none');
    expect(await peerIdOf(unwrap(readKey(paths.nodeKey)))).toMatch(/^12D3KooW/);
  });

  test('keeps its keys and its sign-state for its owner alone', async () => {
    const { validatorKey, nodeKey, signState } = await newHome();
    for (const path of [validatorKey, nodeKey, signState]) expect(modeOf(path)).toBe(0o600);
  });

  test('has keys that no other home has', async () => {
    const [one, two] = [await newHome(), await newHome()];
    expect(readFileSync(one.validatorKey, 'utf8')).not.toBe(readFileSync(two.validatorKey, 'utf8'));
    expect(readFileSync(one.nodeKey, 'utf8')).not.toBe(readFileSync(two.nodeKey, 'utf8'));
  });

  test('waits for its genesis if there is none yet', async () => {
    const root = join(temporaryFolder(), 'home');
    const paths = await createHome({ root, config, genesis: undefined });
    expect(existsSync(paths.genesis)).toBe(false);
  });

  test('is made in an empty folder, and never over what is there', async () => {
    const root = temporaryFolder();
    expect(isVacant(root)).toBe(true);
    const paths = await newHome(root);
    const key = readFileSync(paths.validatorKey, 'utf8');
    expect(await thrown(() => newHome(root))).toMatchObject({ code: 'HOME_NOT_EMPTY', data: { home: root } });
    expect(readFileSync(paths.validatorKey, 'utf8')).toBe(key);

    const other = temporaryFolder();
    writeFileSync(join(other, 'diary.txt'), 'mine');
    expect(await thrown(() => newHome(other))).toMatchObject({ code: 'HOME_NOT_EMPTY' });
    expect(readdirSync(other)).toEqual(['diary.txt']);
  });
});

describe('what is read of a home', () => {
  test('that is none says how to make one', () => {
    const root = temporaryFolder();
    const refusal = refusalOf(readConfig(root));
    expect(refusal).toMatchObject({ code: 'HOME_MISSING', data: { home: root } });
    expect(refusal.message).toContain('openledger init');
  });

  test('is its config as it was last written', async () => {
    const { root } = await newHome();
    const changed = { ...config, name: 'other', p2p: { ...config.p2p, peers: ['/ip4/1.2.3.4/tcp/1'] } };
    writeConfig(root, changed);
    expect(unwrap(readConfig(root))).toEqual(changed);
  });

  test('is refused where a key file is damaged, or its two halves do not belong together', async () => {
    const paths = await newHome();
    const other = await newHome();
    const key = JSON.parse(readFileSync(paths.validatorKey, 'utf8')) as Record<string, string>;
    const another = JSON.parse(readFileSync(other.validatorKey, 'utf8')) as Record<string, string>;
    const bad = [
      { ...key, publicKey: another.publicKey },
      { ...key, seed: another.seed },
      { ...key, type: 'secp256k1' },
      { ...key, seed: key.seed?.slice(0, -2) },
      { ...key, seed: key.seed?.toUpperCase() },
      { ...key, more: 1 },
      { type: key.type, publicKey: key.publicKey },
      [],
      null,
    ];
    for (const each of bad) {
      writeFileSync(paths.validatorKey, JSON.stringify(each));
      expect(refusalOf(readKey(paths.validatorKey))).toMatchObject({
        code: 'KEY_FILE_INVALID',
        message: expect.stringContaining(paths.validatorKey) as string,
      });
    }
    writeFileSync(paths.validatorKey, '{');
    expect(codeOf(readKey(paths.validatorKey))).toBe('FILE_NOT_JSON');
    expect(codeOf(readKey(join(paths.root, 'none.json')))).toBe('FILE_MISSING');
  });
});

describe('a home', () => {
  test('is made by one of two that begin at once, and the other leaves it alone', async () => {
    for (const root of [temporaryFolder(), join(temporaryFolder(), 'absent')]) {
      const { promise: both, resolve: go } = Promise.withResolvers<void>();
      const first = makeIn(root, async () => {
        await both;
        writeFileSync(join(root, 'made'), 'by the first');
      });
      expect(await thrown(() => newHome(root))).toMatchObject({
        code: 'HOME_IN_USE',
        message: expect.stringContaining(root) as string,
      });
      go();
      await first;
      expect(readdirSync(root)).toEqual(['made']);
    }
  });

  test('is of one process at a time, whose id the refusal names', async () => {
    const { root } = await newHome();
    const release = holdHome(root);
    expect(await thrown(() => holdHome(root))).toMatchObject({
      code: 'HOME_IN_USE',
      message: expect.stringContaining(`process ${process.pid}`) as string,
      data: { path: root, pid: process.pid },
    });
    release();
    holdHome(root)();
  });
});

test('every path of a home is inside it', () => {
  const root = join('/', 'home', 'of', 'a', 'node');
  for (const path of Object.values(homePaths(root))) expect(path.startsWith(root)).toBe(true);
});

test('what fails while it is made leaves the folder as it was', async () => {
  const folder = temporaryFolder();
  for (const root of [folder, join(folder, 'absent')]) {
    const stood = existsSync(root);
    const failing = makeIn(root, async () => {
      mkdirSync(join(root, 'keys'), { recursive: true });
      writeFileSync(join(root, 'keys', 'half'), '');
      throw new Error('the disk is full');
    });
    await expect(failing).rejects.toThrow('the disk is full');
    expect(existsSync(root)).toBe(stood);
    expect(isVacant(root)).toBe(true);
  }
});

describe('what was being made when its process was killed', () => {
  /** A folder as the process leaves it. */
  const killed = async (...files: readonly string[]): Promise<string> => {
    const root = temporaryFolder();
    const elsewhere = temporaryFolder();
    await makeIn(root, async () => {
      for (const name of files) writeFileSync(join(root, name), 'half');
      cpSync(root, elsewhere, { recursive: true });
    });
    rmSync(join(elsewhere, 'lock'), { force: true });
    return elsewhere;
  };

  test('is cleared, and made anew', async () => {
    const root = await killed('peers.txt', 'genesis.json');
    expect(isVacant(root)).toBe(true);
    await newHome(root);
    expect(readdirSync(root)).not.toContain('peers.txt');
    expect(readdirSync(root)).not.toContain('unfinished');
    expect(readConfig(root).ok).toBe(true);
  });

  test.each(['config.toml', 'devnet.json'])(
    'is whole once it has its %s, and is not cleared',
    async (last) => {
      const root = await killed('genesis.json', last);
      expect(isVacant(root)).toBe(false);
      expect(await thrown(() => newHome(root))).toMatchObject({ code: 'HOME_NOT_EMPTY' });
      expect(readdirSync(root)).toContain('genesis.json');
    },
  );
});
