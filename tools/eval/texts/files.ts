/** Reads the texts that happen to be on a machine. What cannot be read as UTF-8 is left out. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Returns the paths of all files below a folder, sorted; none if there is no such folder. No link is followed. */
export const filesBelow = (
  folder: string,
  skip: (name: string) => boolean = () => false,
): readonly string[] => {
  const found: string[] = [];
  const walk = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true }).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      if (skip(entry.name)) continue;
      const path = join(at, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) found.push(path);
    }
  };
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) walk(folder);
  return found;
};

/** Returns the text of a file, unpacked if its name ends with .gz; undefined if it is not UTF-8. */
export const readText = (path: string): string | undefined => {
  const bytes = readFileSync(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(path.endsWith('.gz') ? gunzipSync(bytes) : bytes);
  } catch {
    return undefined;
  }
};
