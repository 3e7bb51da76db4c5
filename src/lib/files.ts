/** Reads files, and writes files that a crash leaves whole: the old content or the new one, never a part. */
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { CodedError, failWith, ok, toFault } from './errors.ts';
import { readJsonText } from './json.ts';
import { type Fault, fail, fault, type Result } from './lib-errors.ts';
import { readBounded, SECRET_BYTES_MAX, TEXT_BYTES_MAX } from './read-file.ts';
import { type ByteOrderMark, readSecretUtf8, readUtf8 } from './text.ts';

/** The mode of a file that only its owner may read, such as a key. */
export const SECRET_MODE = 0o600;

/** Returns a path in the folder of the user for this program. An empty `HOME` counts as unset. */
export const userPath = (...parts: readonly string[]): string => {
  const home = homedir();
  return join(home === '' ? userInfo().homedir : home, '.openledger', ...parts);
};

const syncDirectorySync = (path: string): void => {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/** The code of an error of the system, such as ENOENT, which people can look up. Undefined if the error has none. */
export const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code !== ''
    ? error.code
    : undefined;

/**
 * Makes a directory with those above it, if they are not there. Node's own `recursive` never returns where the system says
 * of a directory that stands that it does not exist, as in /proc.
 * @param mode - of the directory itself if it is new, less what the umask of the process takes away
 * @throws the error of the system
 */
export const makeDirectory = (path: string, mode = 0o777): void => {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    const code = systemCode(error);
    const above = dirname(path);
    if (code === 'ENOENT' && above !== path) {
      makeDirectory(above);
      mkdirSync(path, { mode });
    } else if (code !== 'EEXIST' || !statSync(path).isDirectory()) throw error;
  }
};

/** Writes a file beside the path, has the disk take it, and only then gives it its name. */
const writeBeside = (
  path: string,
  beside: string,
  mode: number,
  write: (file: number) => void,
  place: (beside: string, path: string) => void = renameSync,
): void => {
  try {
    // An earlier process may have been stopped before it renamed its file.
    rmSync(beside, { force: true });
    const file = openSync(beside, 'wx', mode);
    try {
      write(file);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    place(beside, path);
    syncDirectorySync(dirname(path));
  } catch (error) {
    if (existsSync(beside)) rmSync(beside, { force: true });
    throw error;
  }
};

const writeAll = (file: number, content: string | Uint8Array): void => {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  let at = 0;
  while (at < bytes.length) at += writeSync(file, bytes, at);
};

const besideOf = (path: string): string => `${path}.${process.pid}.tmp`;

/** The most symbolic links that lead from one to the next, as in Linux. */
const LINKS_MAX = 40;

/**
 * Returns the path of the file to which symbolic links lead, whether it is there or not. A rename would replace the link, and
 * leave the file that its owner has chosen, perhaps on another disk, as it was.
 */
const followed = (path: string, links = LINKS_MAX): string => {
  let target: string;
  try {
    target = readlinkSync(path);
  } catch {
    // It is no link, or nothing is there.
    return path;
  }
  if (links === 0) throw new Error('too many symbolic links');
  return followed(resolve(realpathSync(dirname(path)), target), links - 1);
};

/** Writes. The system does not say which file a disk has no room for. @throws CodedError `FILE_UNWRITABLE`, which names the path */
const naming = <T>(path: string, write: () => T): T => {
  try {
    return write();
  } catch (error) {
    const reason = toFault(error).message;
    throw new CodedError(fault('FILE_UNWRITABLE', `${path} cannot be written: ${reason}`, { path }), {
      cause: error,
    });
  }
};

/** Makes the folders of a path, and then writes. @throws CodedError as {@link naming} */
const writing = <T>(path: string, write: () => T): T =>
  naming(path, () => {
    makeDirectory(dirname(path));
    return write();
  });

/** The ending of files that are being written under a name that only one process uses: one that is left over was never finished. */
export const UNFINISHED = '.unfinished';

const writeUnfinished = (path: string, write: (file: number) => void, mode: number): void =>
  writeBeside(path, path + UNFINISHED, mode, write);

/**
 * Writes a file as {@link writeFileAtomic} does, but a piece at a time, into a folder that is there. Only one process may
 * write the file.
 * @throws CodedError `FILE_UNWRITABLE`, which names the path. The file is as it was before.
 */
export const writeAtomically = (path: string, write: (file: number) => void, mode = 0o644): void =>
  naming(path, () => writeUnfinished(path, write, mode));

/**
 * Writes a file as a whole or not at all, and makes its folders: a temporary file is synced, then renamed, then the
 * directory is synced. A symbolic link stays, and the file to which it leads is written. The content is on the disk when
 * this returns. {@link replaceFile} does the same without blocking.
 * @throws CodedError `FILE_UNWRITABLE`, which names the path. The file is as it was before.
 */
export const writeFileAtomic = (path: string, content: string | Uint8Array, mode = 0o644): void => {
  writing(path, () => {
    const file = followed(path);
    writeBeside(file, besideOf(file), mode, (handle) => writeAll(handle, content));
  });
};

/**
 * Writes a file on which this process holds a lock, as {@link writeFileAtomic} does. The name of the temporary file is fixed,
 * so the next write replaces what a killed process has left, which may be secret.
 * @throws CodedError `FILE_UNWRITABLE`
 */
export const writeLockedFile = (path: string, content: string, mode = 0o644): void => {
  writing(path, () => writeUnfinished(followed(path), (file) => writeAll(file, content), mode));
};

/** The codes with which file systems without hard links answer, such as exFAT and some shared folders. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Copies the file to a new one of this name, and removes that again if it does not become whole. */
const copyNew = (beside: string, path: string, mode: number): void => {
  const bytes = readFileSync(beside);
  const file = openSync(path, 'wx', mode);
  try {
    writeAll(file, bytes);
    fsyncSync(file);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
};

/**
 * Writes a new file as {@link writeFileAtomic} does. Returns whether it is new: it does nothing if there is a file of this
 * name, also one that another process made meanwhile.
 *
 * A file system without hard links cannot give a whole file a name that may be taken. There the content is written under
 * the name itself. A crash in the middle leaves a part of it, which the next call takes for a file that is there, and does
 * not replace: its readers find it damaged, and the whole content is in the file `….tmp` beside it.
 * @throws CodedError `FILE_UNWRITABLE`
 */
export const createFileAtomic = (path: string, content: string, mode: number): boolean => {
  let isNew = true;
  /** Gives the file its name, unless another file has it. A rename would replace that one. */
  const place = (beside: string): void => {
    try {
      try {
        linkSync(beside, path);
      } catch (error) {
        if (!NO_LINKS.has(systemCode(error))) throw error;
        copyNew(beside, path, mode);
      }
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
      isNew = false;
    }
    rmSync(beside);
  };
  return writing(path, () => {
    writeBeside(path, besideOf(path), mode, (file) => writeAll(file, content), place);
    return isNew;
  });
};

/**
 * Writes what is at the path: a file, which it makes, or a device or a pipe that somebody reads. To open a pipe that nobody
 * reads would block the process for ever, and no signal but SIGKILL would end it: that is an error here.
 * @throws the error of the system
 */
export const writeInPlace = (path: string, content: string): void => {
  const { O_CREAT, O_NONBLOCK, O_TRUNC, O_WRONLY } = constants;
  const probe = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | (O_NONBLOCK ?? 0), 0o644);
  try {
    // A reader is there. A write that does not block would fail once a pipe is full.
    writeFileSync(path, content);
  } finally {
    closeSync(probe);
  }
};

/** Makes the names that were added to a directory, or changed in it, durable. */
export const syncDirectory = async (path: string): Promise<void> => {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
};

/**
 * Replaces a file that only its owner may read, as {@link writeFileAtomic} does, but without blocking the process: for a
 * file that is written at every height. Only one process may write the file. Rejects with the error of the system.
 */
export const replaceFile = async (path: string, content: Uint8Array): Promise<void> => {
  const target = followed(path);
  const temporary = `${target}.tmp`;
  const file = await open(temporary, 'w', SECRET_MODE);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, target);
  await syncDirectory(dirname(target));
};

/**
 * Reads a file without blocking the process, and nothing else in its place: to read a pipe that nobody writes to would take for
 * ever. Rejects with the error of the system, or if it is no file.
 */
export const readPlainFile = async (path: string): Promise<Uint8Array> => {
  if (!(await stat(path)).isFile()) throw new Error('it is not a file');
  return new Uint8Array(await readFile(path));
};

/**
 * Reads a file. Faults: `FILE_MISSING`, `FILE_UNREADABLE`, `FILE_TOO_LARGE`; each names the path.
 * @param most - the bytes that it may have
 */
export const readFileBytes = (path: string, most: number): Result<Uint8Array> => {
  try {
    return ok(readBounded(path, most));
  } catch (error) {
    if (error instanceof CodedError) return failWith(error.fault as Fault);
    const reason = toFault(error);
    return systemCode(error) === 'ENOENT'
      ? fail('FILE_MISSING', `${path} does not exist`, { path })
      : fail('FILE_UNREADABLE', `${path} cannot be read: ${reason.message}`, { path });
  }
};

/** Puts the name of a text before the message of its fault. */
const named = <T>(name: string, result: Result<T>): Result<T> =>
  result.ok
    ? result
    : failWith({
        ...result.fault,
        message: `${name}: ${result.fault.message}`,
        data: { path: name, ...result.fault.data },
      });

/** Reads a text file of UTF-8, without its byte order mark. Faults: those of {@link readFileBytes}, `UTF8_INVALID`. */
export const readText = (path: string, mark?: ByteOrderMark, most = TEXT_BYTES_MAX): Result<string> => {
  const bytes = readFileBytes(path, most);
  return bytes.ok ? named(path, readUtf8(bytes.value, mark)) : bytes;
};

/** Reads a secret, such as a password. Faults: those of {@link readText}, `TEXT_BOM`, `TEXT_NUL`. */
export const readSecret = (path: string): Result<string> => {
  const bytes = readFileBytes(path, SECRET_BYTES_MAX);
  return bytes.ok ? named(path, readSecretUtf8(bytes.value)) : bytes;
};

/** Parses a JSON text. Faults: `FILE_NOT_JSON`, `JSON_DUPLICATE_KEY`, `JSON_NUMBER`. @param name - of the text, for messages */
export const parseJson = (text: string, name: string): Result<unknown> => {
  const json = readJsonText(text);
  if (json.ok || json.fault.code !== 'JSON_SYNTAX') return named(name, json);
  return fail('FILE_NOT_JSON', `${name} is not JSON: ${json.fault.message}`, { path: name });
};

/** Reads and parses a JSON file. Faults: those of {@link readText} and {@link parseJson}. */
export const readJson = (path: string): Result<unknown> => {
  const content = readText(path);
  return content.ok ? parseJson(content.value, path) : content;
};
