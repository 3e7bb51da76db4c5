/** Reads what a command takes from a file or from stdin: UTF-8 without replacements (`src/lib/text.ts`). */
import { CodedError, type Result, unwrap } from '../lib/errors.ts';
import { parseJson, readJson, readText } from '../lib/files.ts';
import type { Json } from '../lib/ssz.ts';
import { readUtf8 } from '../lib/text.ts';

/** Returns the text of a pipe, to its end. @throws CodedError `UTF8_INVALID` */
export const readAll = async (stream: NodeJS.ReadableStream): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  const text: Result<string> = readUtf8(Buffer.concat(chunks));
  if (text.ok) return text.value;
  throw new CodedError({ ...text.fault, message: `stdin: ${text.fault.message}` });
};

/** Returns the text of a file, or of stdin for `-`. @throws CodedError those of reading the file */
export const readInput = async (path: string): Promise<string> =>
  path === '-' ? readAll(process.stdin) : unwrap(readText(path));

/**
 * Reads JSON from a file, or from stdin for `-`.
 * @throws CodedError those of reading, `FILE_NOT_JSON`, `JSON_DUPLICATE_KEY`, `JSON_NUMBER`
 */
export const readJsonFile = async (file: string): Promise<Json> =>
  unwrap(file === '-' ? parseJson(await readAll(process.stdin), 'stdin') : readJson(file)) as Json;
