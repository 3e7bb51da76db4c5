/** The folders of sources as they are in the checkout, so that a folder added later is held to the rules too. */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './planted.ts';

export const SOURCE_FOLDERS = ['src', 'node', 'consensus', 'state', 'p2p', 'rpc', 'test', 'tools'] as const;

/** Every file of ours, from the root, with forward slashes. */
export const sourceFiles = (folders: readonly string[] = SOURCE_FOLDERS): readonly string[] =>
  folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
  );

/** The folder itself and every folder below it. */
export const foldersIn = (folder: string): readonly string[] => [
  folder,
  ...readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
];

const isUnder = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** consensus/ but for its shell, state/ but for its store: values in, values out. */
export const isPure = (folder: string): boolean =>
  (isUnder(folder, 'consensus') && !isUnder(folder, 'consensus/shell')) ||
  (isUnder(folder, 'state') && !isUnder(folder, 'state/store'));
