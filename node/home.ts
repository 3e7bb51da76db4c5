/**
 * The home of a node: where each file is in it, and how it is made and read.
 *
 *   config.toml  genesis.json  keys/validator.json  keys/node.json  data/{chain,content}/  data/{wal,sign-state.json}
 */
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import Type from 'typebox';
import Value from 'typebox/value';
import { createSignState } from '../consensus/shell/signer.ts';
import { fromHex, toHex } from '../src/lib/bytes.ts';
import { ed25519Signer, randomSeed } from '../src/lib/ed25519.ts';
import { CodedError, ok, unwrap } from '../src/lib/errors.ts';
import { makeDirectory, readJson, readText, SECRET_MODE, writeFileAtomic } from '../src/lib/files.ts';
import { takeLock } from '../src/lib/lock.ts';
import type { Json } from '../src/lib/ssz.ts';
import { type Config, checkConfig, formatConfig, parseConfig } from './config.ts';
import { fail, fault, type Result } from './errors.ts';
import { configFile, isDevnet, isNodeHome, neitherHome } from './home-kind.ts';

export type HomePaths = {
  readonly root: string;
  readonly config: string;
  readonly genesis: string;
  readonly validatorKey: string;
  readonly nodeKey: string;
  readonly chain: string;
  readonly content: string;
  readonly wal: string;
  readonly signState: string;
  readonly log: string;
};

export const homePaths = (root: string): HomePaths => ({
  root,
  config: configFile(root),
  genesis: join(root, 'genesis.json'),
  validatorKey: join(root, 'keys', 'validator.json'),
  nodeKey: join(root, 'keys', 'node.json'),
  chain: join(root, 'data', 'chain'),
  content: join(root, 'data', 'content'),
  wal: join(root, 'data', 'wal'),
  signState: join(root, 'data', 'sign-state.json'),
  log: join(root, 'node.log'),
});

const KeyFile = Type.Object(
  {
    type: Type.Literal('ed25519'),
    publicKey: Type.String({ pattern: '^0x[0-9a-f]{64}$' }),
    seed: Type.String({ pattern: '^0x[0-9a-f]{64}$' }),
  },
  { additionalProperties: false },
);

const writeKey = (path: string, seed: Uint8Array): void => {
  const { publicKey } = ed25519Signer(seed);
  const content = { type: 'ed25519', publicKey: toHex(publicKey), seed: toHex(seed) };
  writeFileAtomic(path, `${JSON.stringify(content, null, 2)}\n`, SECRET_MODE);
};

/** Returns the 32-byte seed in a key file. Faults: those of reading it, and `KEY_FILE_INVALID`. */
export const readKey = (path: string): Result<Uint8Array> => {
  const json = readJson(path);
  if (!json.ok) return json;
  if (!Value.Check(KeyFile, json.value))
    return fail('KEY_FILE_INVALID', `${path} is not an ed25519 key file`, { path });
  const seed = unwrap(fromHex(json.value.seed, 32));
  if (toHex(ed25519Signer(seed).publicKey) !== json.value.publicKey)
    return fail('KEY_FILE_INVALID', `${path}: the public key does not belong to the seed`, { path });
  return ok(seed);
};

/** Returns the libp2p peer id of a node key. */
export const peerIdOf = async (seed: Uint8Array): Promise<string> =>
  peerIdFromPrivateKey(await generateKeyPairFromSeed('Ed25519', seed)).toString();

/**
 * Returns whether a home can be made at a path: it does not exist, is an empty directory, or holds a part of what a process
 * began to make there before it was killed.
 */
export const isVacant = (root: string): boolean =>
  !existsSync(root) || isUnfinished(root) || readdirSync(root).every((name) => name === LOCK);

/** Stands in a folder while something is made in it. A process that is killed leaves it there. */
const UNFINISHED = 'unfinished';

/**
 * Whether a folder holds only a part of a home or of a devnet. What makes it one of them is written last, so a folder that is
 * one is whole, whatever else stands in it.
 */
const isUnfinished = (root: string): boolean =>
  existsSync(join(root, UNFINISHED)) && !isNodeHome(root) && !isDevnet(root);

/** Empties a folder in which something was being made. The mark goes last: this may be interrupted too. */
const emptyFolder = (root: string): void => {
  for (const name of readdirSync(root))
    if (name !== LOCK && name !== UNFINISHED) rmSync(join(root, name), { recursive: true, force: true });
  rmSync(join(root, UNFINISHED), { force: true });
};

/** The lock of a home, or of the folder of a devnet, in it. */
const LOCK = 'lock';

/**
 * Takes a home, or the folder of a devnet, for this process: a validator that runs twice signs twice.
 * @returns a function that gives it back
 * @throws CodedError `HOME_IN_USE`, which names the process that has it; `FILE_UNWRITABLE`
 */
export const holdHome = (root: string): (() => void) => {
  const held = takeLock(join(root, LOCK), { guarded: root, instead: 'choose another --home' });
  if (held.ok) return held.value;
  const { code, message, data } = held.fault;
  throw new CodedError(code === 'IN_USE' ? fault('HOME_IN_USE', message, data) : held.fault);
};

/**
 * Makes something in a vacant folder. If that fails, for example on a full disk, it empties the folder again, so that the
 * next attempt does not find a part of it. If the process is killed, the mark that it leaves lets the next attempt do so.
 * No other process makes or uses something there meanwhile.
 * @throws CodedError `HOME_IN_USE`; `HOME_NOT_EMPTY` if another process was faster; what `make` throws
 */
export const makeIn = async <T>(root: string, make: () => Promise<T>): Promise<T> => {
  const stood = existsSync(root);
  let release: (() => void) | undefined;
  let isMade = false;
  try {
    release = holdHome(root);
    if (!isVacant(root)) throw notEmpty(root);
    emptyFolder(root);
    writeFileAtomic(
      join(root, UNFINISHED),
      'Something is being made here, or was when its process was killed.\n',
    );
    const made = await make().catch((error: unknown) => {
      emptyFolder(root);
      throw error;
    });
    rmSync(join(root, UNFINISHED), { force: true });
    isMade = true;
    return made;
  } finally {
    release?.();
    if (!isMade && !stood) removeIfEmpty(root);
  }
};

/** Removes a folder that was made for nothing, unless another process has begun to use it. */
const removeIfEmpty = (root: string): void => {
  try {
    rmdirSync(root);
  } catch {
    // It is in use by now.
  }
};

const notEmpty = (root: string): CodedError =>
  new CodedError(fault('HOME_NOT_EMPTY', `${root} is not empty; choose another --home`, { home: root }));

export type NewHome = {
  readonly root: string;
  readonly config: Config;
  /** The canonical genesis as JSON; absent until the operators have agreed on one. */
  readonly genesis: Json | undefined;
};

/**
 * Makes a home with new keys. @throws CodedError `HOME_NOT_EMPTY` if the folder has any content, `FILE_UNWRITABLE`, and
 * `CONFIG_INVALID` for a config that no node would start with
 */
export const createHome = async (home: NewHome): Promise<HomePaths> => {
  const { root, config } = home;
  unwrap(checkConfig(config, 'the config of the new home'));
  if (!isVacant(root)) throw notEmpty(root);
  return makeIn(root, () => fillHome(home));
};

const fillHome = async ({ root, config, genesis }: NewHome): Promise<HomePaths> => {
  const paths = homePaths(root);
  const seed = randomSeed();
  writeKey(paths.validatorKey, seed);
  writeKey(paths.nodeKey, randomSeed());
  // An empty sign-state is made only here, together with its key, which has signed nothing yet.
  makeDirectory(dirname(paths.signState));
  unwrap(await createSignState(paths.signState, ed25519Signer(seed).publicKey));
  if (genesis !== undefined) writeFileAtomic(paths.genesis, `${JSON.stringify(genesis, null, 2)}\n`);
  // The config comes last, so a home with a config is complete.
  writeFileAtomic(paths.config, formatConfig(config));
  return paths;
};

/**
 * Reads the config of a home. Faults: `HOME_OF_DEVNET` for the folder of a devnet, `HOME_MISSING` if there is no home at
 * `root`, and those of `parseConfig`.
 */
export const readConfig = (root: string): Result<Config> => {
  const { config } = homePaths(root);
  const content = readText(config);
  if (content.ok) return parseConfig(content.value, config);
  if (content.fault.code !== 'FILE_MISSING') return content;
  if (isDevnet(root))
    return fail(
      'HOME_OF_DEVNET',
      `${root} is the folder of a devnet: start all its nodes with "openledger devnet --home ${root}", or one of them with "openledger start --home ${join(root, 'node-1')}"`,
      { home: root },
    );
  return fail('HOME_MISSING', neitherHome(root), { home: root });
};

export const writeConfig = (root: string, config: Config): void =>
  writeFileAtomic(homePaths(root).config, formatConfig(config));
