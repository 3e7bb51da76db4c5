import fs, {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readBytes } from '../../../src/attribution/corpus-files.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import {
  createFileAtomic,
  makeDirectory,
  readJson,
  readSecret,
  readText,
  SECRET_MODE,
  systemCode,
  UNFINISHED,
  writeAtomically,
  writeFileAtomic,
  writeLockedFile,
} from '../../../src/lib/files.ts';
import {
  CORPUS_BYTES_MAX,
  readBounded,
  SECRET_BYTES_MAX,
  TEXT_BYTES_MAX,
} from '../../../src/lib/read-file.ts';
import { codeOf, refusalOf, temporaryFolder, thrown } from '../node/support.ts';

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('a directory', () => {
  test('is made with all those above it, and stays as it is', () => {
    const path = join(temporaryFolder(), 'a', 'b', 'c');
    makeDirectory(path);
    writeFileSync(join(path, 'kept'), '');
    makeDirectory(path);
    expect(readdirSync(path)).toEqual(['kept']);
  });

  test('is not made where a file stands', () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect(() => makeDirectory(file)).toThrow('EEXIST');
    expect(() => makeDirectory(join(file, 'below'))).toThrow('ENOTDIR');
  });

  test.skipIf(!existsSync('/proc/self'))('that cannot be made is an error at once', () => {
    expect(() => makeDirectory('/proc/openledger/home')).toThrow('ENOENT');
  });
});

describe('a new file', () => {
  test('is made once: the second is not, and leaves the first as it is', () => {
    const folder = join(temporaryFolder(), 'keys');
    const path = join(folder, 'alice.json');
    expect(createFileAtomic(path, 'one', SECRET_MODE)).toBe(true);
    expect(createFileAtomic(path, 'two', SECRET_MODE)).toBe(false);
    expect([readFileSync(path, 'utf8'), modeOf(path)]).toEqual(['one', 0o600]);
    expect(readdirSync(folder)).toEqual(['alice.json']);
  });

  test.each(['EPERM', 'ENOTSUP', 'ENOSYS'])(
    'is made where the file system has no hard links (%s), and never in the place of another',
    (code) => {
      const { linkSync } = fs;
      fs.linkSync = () => {
        throw Object.assign(new Error('no links'), { code });
      };
      syncBuiltinESMExports();
      onTestFinished(() => {
        fs.linkSync = linkSync;
        syncBuiltinESMExports();
      });
      const folder = temporaryFolder();
      const path = join(folder, 'alice.json');
      expect(createFileAtomic(path, 'one', SECRET_MODE)).toBe(true);
      expect(createFileAtomic(path, 'two', SECRET_MODE)).toBe(false);
      expect([readFileSync(path, 'utf8'), modeOf(path)]).toEqual(['one', 0o600]);
      expect(readdirSync(folder)).toEqual(['alice.json']);
    },
  );

  test('that cannot be made names its path', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    const path = join(folder, 'file', 'alice.json');
    expect(await thrown(() => createFileAtomic(path, 'one', SECRET_MODE))).toMatchObject({
      code: 'FILE_UNWRITABLE',
      data: { path },
    });
  });
});

describe('an atomic write', () => {
  test('makes the folders above it, and leaves nothing but the file', () => {
    const folder = join(temporaryFolder(), 'a', 'b');
    const path = join(folder, 'c.txt');
    writeFileAtomic(path, 'öne');
    expect(readFileSync(path, 'utf8')).toBe('öne');
    expect(readdirSync(folder)).toEqual(['c.txt']);
  });

  test('writes bytes as they are, however many', () => {
    const path = join(temporaryFolder(), 'bytes');
    const bytes = Uint8Array.from({ length: 3 << 20 }, (_, i) => i * 7);
    writeFileAtomic(path, bytes);
    expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
  });

  test('gives a secret to its owner alone, and keeps it so when it is written again', () => {
    const path = join(temporaryFolder(), 'secret');
    writeFileAtomic(path, 'one', SECRET_MODE);
    expect(modeOf(path)).toBe(0o600);
    writeFileAtomic(path, 'two', SECRET_MODE);
    expect(modeOf(path)).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toBe('two');
  });

  test('replaces what a write that was cut short has left', () => {
    const path = join(temporaryFolder(), 'file');
    writeFileSync(`${path}.${process.pid}.tmp`, 'half of something longer', { mode: 0o644 });
    writeFileAtomic(path, 'whole', SECRET_MODE);
    expect(readFileSync(path, 'utf8')).toBe('whole');
    expect(modeOf(path)).toBe(0o600);
  });

  test('under a lock leaves nothing of what any killed process was writing', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'journal');
    writeFileSync(`${path}.unfinished`, 'half of something longer', { mode: 0o644 });
    writeLockedFile(path, 'whole', SECRET_MODE);
    expect(readFileSync(path, 'utf8')).toBe('whole');
    expect(modeOf(path)).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['journal']);
  });

  test.each([
    ['writeFileAtomic', writeFileAtomic],
    ['writeLockedFile', writeLockedFile],
  ])('through symbolic links replaces the file to which they lead: %s', async (_, write) => {
    const folder = temporaryFolder();
    const stick = join(folder, 'stick');
    const [path, link, file] = [join(folder, 'path'), join(folder, 'link'), join(stick, 'file')];
    symlinkSync('link', path);
    symlinkSync(file, link);
    // The disk is not there.
    expect(await thrown(() => write(path, 'lost'))).toMatchObject({
      code: 'FILE_UNWRITABLE',
      data: { path },
    });
    mkdirSync(stick);
    for (const content of ['one', 'two']) {
      write(path, content);
      expect(readFileSync(file, 'utf8')).toBe(content);
    }
    expect([readdirSync(folder).sort(), readdirSync(stick)]).toEqual([['link', 'path', 'stick'], ['file']]);
    expect([path, link].every((each) => lstatSync(each).isSymbolicLink())).toBe(true);
  });

  test('through symbolic links that lead to themselves fails', async () => {
    const path = join(temporaryFolder(), 'loop');
    symlinkSync('loop', path);
    expect(await thrown(() => writeFileAtomic(path, 'x'))).toMatchObject({ code: 'FILE_UNWRITABLE' });
  });

  test('that fails names the file, leaves the old one, and nothing of the new', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'file');
    mkdirSync(path);
    writeFileSync(join(path, 'inside'), 'kept');
    expect(await thrown(() => writeFileAtomic(path, 'new'))).toMatchObject({
      code: 'FILE_UNWRITABLE',
      data: { path },
    });
    expect(readFileSync(join(path, 'inside'), 'utf8')).toBe('kept');
    expect(readdirSync(folder)).toEqual(['file']);
  });
});

test('a file that is written in pieces and finds no room is named by its path, and leaves nothing behind', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const path = join(temporaryFolder(), 'segment-1');
  const write = (): void => {
    throw full;
  };
  expect(await thrown(() => writeAtomically(path, write))).toMatchObject({
    code: 'FILE_UNWRITABLE',
    message: `${path} cannot be written: ENOSPC: no space left on device, write`,
  });
  expect(existsSync(path + UNFINISHED)).toBe(false);
});

describe('reading', () => {
  test('tells a file that is not there from one that cannot be read', () => {
    const folder = temporaryFolder();
    expect(refusalOf(readText(join(folder, 'none')))).toMatchObject({
      code: 'FILE_MISSING',
      data: { path: join(folder, 'none') },
    });
    expect(codeOf(readText(folder))).toBe('FILE_UNREADABLE');
    expect(codeOf(readJson(join(folder, 'none')))).toBe('FILE_MISSING');
  });

  test('tells what is no JSON', () => {
    const path = join(temporaryFolder(), 'file.json');
    for (const bad of ['', '{', '{"a":1}}', 'nul', '{}\u{feff}']) {
      writeFileSync(path, bad);
      expect(refusalOf(readJson(path))).toMatchObject({ code: 'FILE_NOT_JSON', data: { path } });
    }
    for (const good of ['{"a":[1]}', '\u{feff}{"a":[1]}']) {
      writeFileSync(path, good);
      expect(unwrap(readJson(path))).toEqual({ a: [1] });
    }
  });

  test.each<[string, string, string | Uint8Array, string]>([
    ['UTF8_INVALID', 'Latin-1', Buffer.from('{"a":"é"}', 'latin1'), 'line 1, byte 7'],
    ['UTF8_INVALID', 'UTF-16', Buffer.from('\u{feff}{"a":1}', 'utf16le'), 'UTF-16'],
    ['JSON_DUPLICATE_KEY', 'a key twice', '{"a":{"b":1,"b":2}}', 'a.b'],
    ['JSON_NUMBER', 'a number that is rounded', '{"a":12345678901234567890}', 'a: '],
  ])('refuses with %s a file with %s, and names file and place', (code, _, content, place) => {
    const path = join(temporaryFolder(), 'file.json');
    writeFileSync(path, content);
    const refused = refusalOf(readJson(path));
    expect(refused).toMatchObject({
      code,
      data: { path: code.startsWith('JSON') ? (expect.anything() as unknown) : path },
    });
    expect(refused.message).toContain(path);
    expect(refused.message).toContain(place);
  });
});

test('an error of the system has a code, and no other error has', async () => {
  const error: unknown = await readFile(join(temporaryFolder(), 'nothing')).catch(
    (reason: unknown) => reason,
  );
  expect(systemCode(error)).toBe('ENOENT');
  for (const other of [new Error('ENOENT'), 'ENOENT', { code: 'ENOENT' }, undefined])
    expect(systemCode(other)).toBeUndefined();
});

describe('a file that is longer than what is read of its kind', () => {
  const sparse = (bytes: number): string => {
    const path = join(temporaryFolder(), 'long');
    writeFileSync(path, '');
    truncateSync(path, bytes);
    return path;
  };

  test('is refused with its path and the most, without being read', () => {
    const path = sparse(SECRET_BYTES_MAX + 1);
    expect(refusalOf(readSecret(path))).toMatchObject({
      code: 'FILE_TOO_LARGE',
      data: { path, most: SECRET_BYTES_MAX },
    });
    expect(codeOf(readText(sparse(TEXT_BYTES_MAX + 1)))).toBe('FILE_TOO_LARGE');
    expect(codeOf(readBytes(sparse(CORPUS_BYTES_MAX + 1)))).toBe('FILE_TOO_LARGE');
  });

  test('is read up to the most', () => {
    const content = Uint8Array.from({ length: 3 << 20 }, (_, i) => i * 7);
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, content);
    expect(Buffer.compare(readBounded(path, content.length), content)).toBe(0);
    expect(() => readBounded(path, content.length - 1)).toThrow('more than');
  });

  test.skipIf(!existsSync('/dev/zero'))('may have no end', () => {
    expect(codeOf(readSecret('/dev/zero'))).toBe('FILE_TOO_LARGE');
    expect(codeOf(readText('/dev/zero', undefined, 3 << 20))).toBe('FILE_TOO_LARGE');
  });

  test.skipIf(!existsSync('/proc/self/maps'))('is told by its bytes, where the system gives no size', () => {
    expect(unwrap(readText('/proc/self/maps'))).toContain('\n');
  });
});
