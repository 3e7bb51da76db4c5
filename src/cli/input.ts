/** Reads what a command takes from a file or from stdin. */
import { unwrap } from '../lib/errors.ts';
import { readText } from '../lib/files.ts';

export const readAll = async (stream: NodeJS.ReadableStream): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
};

/** Returns the text of a file, or of stdin for `-`. @throws CodedError those of reading the file */
export const readInput = async (path: string): Promise<string> =>
  path === '-' ? readAll(process.stdin) : unwrap(readText(path));
