import { existsSync, readFileSync } from 'node:fs';
import { showUtf8 } from './text.ts';

/** The manifest of the package is two folders above this file in a checkout, and three in the package, where it is in dist/. */
const MANIFESTS = ['../../package.json', '../../../package.json'];

const packageVersion = (): string => {
  const file = MANIFESTS.map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url));
  const manifest: unknown = file === undefined ? undefined : JSON.parse(showUtf8(readFileSync(file)));
  const version: unknown =
    typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, 'version') : undefined;
  return typeof version === 'string' ? version : 'unknown';
};

/** The version of the software, from package.json. */
export const VERSION = packageVersion();
