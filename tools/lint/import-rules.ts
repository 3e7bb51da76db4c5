/** Makes the rules of oxlint from the table of floors: one `no-restricted-imports` per folder and floor. */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { FLOORS, type Floor } from './floors.ts';

/** The top folders that contain sources. */
export const SOURCE_FOLDERS = ['src', 'node', 'consensus', 'state', 'p2p', 'rpc', 'test', 'tools'] as const;

type Pattern = { readonly regex: string; readonly allowTypeImports?: true; readonly message: string };

export type ImportRule = {
  readonly files: string[];
  readonly excludeFiles?: string[];
  readonly rules: { readonly 'eslint/no-restricted-imports': ['error', { readonly patterns: Pattern[] }] };
};

const isFolder = (place: string): boolean => place.endsWith('/');
const covers = (place: string, path: string): boolean =>
  isFolder(place) ? path.startsWith(place) : path === place;

/** Returns the floor of a file or of a folder (whose path ends with a slash), by the longest place that covers it. */
export const floorOf = (path: string): Floor | undefined => {
  let best: { readonly floor: Floor; readonly length: number } | undefined;
  for (const floor of FLOORS)
    for (const place of floor.places)
      if (covers(place, path) && place.length > (best?.length ?? 0)) best = { floor, length: place.length };
  return best?.floor;
};

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * Returns every relative specifier by which a file in `folder` can import what starts with `target`, with as many steps
 * up as needed or more. `rest` is a regular expression for the rest of the path.
 */
const specifiers = (folder: string, target: string, rest: string): readonly string[] => {
  const segments = folder.split('/').filter((segment) => segment !== '');
  return Array.from({ length: segments.length + 1 }, (_, up) => {
    const base = segments
      .slice(0, segments.length - up)
      .map((segment) => `${segment}/`)
      .join('');
    if (!target.startsWith(base)) return [];
    const steps = up === 0 ? '\\./' : `(\\./)?(\\.\\./){${up}}`;
    return [`^${steps}${escaped(target.slice(base.length))}${rest}`];
  }).flat();
};

const foldersBelow = (root: string, folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')}/`);

/** Returns what an import can name of a floor: its files, and its folders without those that are floors themselves. */
const targetsOf = (
  floor: Floor,
  folders: readonly string[],
): readonly { readonly path: string; readonly rest: string }[] =>
  floor.places.flatMap((place) => {
    if (!isFolder(place)) return [{ path: place, rest: '$' }];
    const others = FLOORS.filter((other) => other !== floor).flatMap(({ places }) => places);
    if (!others.some((other) => other.startsWith(place))) return [{ path: place, rest: '' }];
    const own = folders.filter(
      (folder) => folder !== place && folder.startsWith(place) && floorOf(folder) === floor,
    );
    return [{ path: place, rest: '[^/]+$' }, ...own.map((path) => ({ path, rest: '[^/]+$' }))];
  });

/** Returns the patterns that forbid packages and modules of Node. */
const outside = ({ name, packages }: Floor): Pattern[] => {
  if (packages === true) return [];
  if (packages === 'portable')
    return [{ regex: '^node:', message: `${name} imports no module of Node: it also runs in browsers.` }];
  return [
    {
      regex: '^[^.]',
      message: `${name} imports no package and no module of Node: src/lib wraps what it needs.`,
    },
  ];
};

const patternsFor = (floor: Floor, folder: string, folders: readonly string[]): Pattern[] => {
  const message = `${floor.name} may import ${['itself', ...floor.mayImport].join(', ')}${
    floor.typesOf === undefined ? '' : `; types of ${floor.typesOf.join(', ')}`
  }. The floors are in tools/lint/floors.ts.`;
  const patterns: Pattern[] = outside(floor);
  for (const other of FLOORS) {
    if (other === floor || floor.mayImport.includes(other.name)) continue;
    const types = floor.typesOf?.includes(other.name) === true;
    for (const { path, rest } of targetsOf(other, folders))
      for (const regex of specifiers(folder, path, rest))
        patterns.push(types ? { regex, allowTypeImports: true, message } : { regex, message });
  }
  return patterns;
};

/**
 * Returns the rules for all folders of sources that are below `root` now. A new folder has rules from its first file
 * on.
 */
export const importRules = (root: string): ImportRule[] => {
  const present = readdirSync(root);
  const folders = SOURCE_FOLDERS.filter((top) => present.includes(top)).flatMap((top) => [
    `${top}/`,
    ...foldersBelow(root, top),
  ]);
  const singles = FLOORS.flatMap(({ places }) => places.filter((place) => !isFolder(place)));
  const rule = (files: string[], excludeFiles: string[], patterns: Pattern[]): ImportRule => ({
    files,
    ...(excludeFiles.length === 0 ? {} : { excludeFiles }),
    rules: { 'eslint/no-restricted-imports': ['error', { patterns }] },
  });
  const ofFolders = folders.flatMap((folder) => {
    const floor = floorOf(folder);
    if (floor === undefined) return [];
    const apart = singles.filter((file) => file.startsWith(folder));
    return [rule([`${folder}*.{ts,js}`], apart, patternsFor(floor, folder, folders))];
  });
  const ofFiles = singles.flatMap((file) => {
    const floor = floorOf(file);
    const folder = file.replace(/[^/]+$/, '');
    return floor === undefined ? [] : [rule([file], [], patternsFor(floor, folder, folders))];
  });
  return [...ofFolders, ...ofFiles];
};
