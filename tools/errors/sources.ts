/** Finds the places where the sources raise error codes, in their text. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AREAS } from './areas.ts';

const FOLDERS = ['consensus', 'node', 'p2p', 'rpc', 'src', 'state'];

export type Source = { readonly file: string; readonly text: string };

/** Returns every source file below these folders of the repository, without comments. */
export const sourcesIn = (root: string, folders: readonly string[]): readonly Source[] =>
  folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[jt]s$/.test(name))
      .map((name) => join(folder, name).replaceAll('\\', '/'))
      .sort()
      .map((file) => ({
        file,
        text: readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, ''),
      })),
  );

/** Returns the shipped sources, without the tables themselves. */
export const shippedSources = (root: string): readonly Source[] => {
  const tables = new Set(AREAS.map(({ file }) => file));
  return sourcesIn(root, FOLDERS).filter(({ file }) => !tables.has(file) || file === 'src/lib/ssz/errors.ts');
};

/**
 * Matches a code where it is raised: the first argument of a function (the second one of `rpcError`), the field `code`,
 * or a value that is chosen for it. A code in a comparison or in a list is not raised there.
 */
const RAISED =
  /(?:(?:\(|RPC_CODES\.\w+,|toFaultOr\(error,|[?:=|])\s*'|\berror )([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)\b/g;
const COMPARED = /[=!]==\s+'[A-Z0-9_]+'/g;

/** Returns the files that raise each code, by code, in the order of their paths. */
export const filesByCode = (root: string): ReadonlyMap<string, readonly string[]> => {
  const codes = new Set(AREAS.flatMap(({ table }) => Object.keys(table)));
  const found = new Map<string, Set<string>>();
  for (const { file, text } of shippedSources(root))
    for (const [, code] of text.replaceAll(COMPARED, '').matchAll(RAISED))
      if (code !== undefined && codes.has(code)) found.set(code, (found.get(code) ?? new Set()).add(file));
  return new Map([...found].map(([code, files]) => [code, [...files].sort()]));
};
