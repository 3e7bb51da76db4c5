/** Reads what a command takes from a file or from stdin: UTF-8 without replacements (`src/lib/text.ts`). */
import { CodedError, type Result, unwrap } from '../lib/errors.ts';
import { parseJson, readJson, readText } from '../lib/files.ts';
import { SECRET_BYTES_MAX, TEXT_BYTES_MAX, tooLarge } from '../lib/read-file.ts';
import type { Json } from '../lib/ssz.ts';
import { readUtf8 } from '../lib/text.ts';

/** Returns the text of a pipe, to its end. @throws CodedError `UTF8_INVALID`, `FILE_TOO_LARGE` */
export const readAll = async (stream: NodeJS.ReadableStream, most = TEXT_BYTES_MAX): Promise<string> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > most) throw new CodedError(tooLarge('stdin', most));
    chunks.push(bytes);
  }
  const text: Result<string> = readUtf8(Buffer.concat(chunks));
  if (text.ok) return text.value;
  throw new CodedError({ ...text.fault, message: `stdin: ${text.fault.message}` });
};

/** Returns the text of a secret in a file, or of stdin for `-`. @throws CodedError those of reading the file */
export const readSecretInput = async (path: string): Promise<string> =>
  path === '-'
    ? readAll(process.stdin, SECRET_BYTES_MAX)
    : unwrap(readText(path, undefined, SECRET_BYTES_MAX));

/**
 * Reads JSON from a file, or from stdin for `-`.
 * @throws CodedError those of reading, `FILE_NOT_JSON`, `JSON_DUPLICATE_KEY`, `JSON_NUMBER`
 */
export const readJsonFile = async (file: string): Promise<Json> =>
  unwrap(file === '-' ? parseJson(await readAll(process.stdin), 'stdin') : readJson(file)) as Json;
