import { readFile } from 'node:fs/promises';
import type { FilePlatform } from '../platform.ts';
import { readAsset as fetchAsset } from '../web/file.ts';

/** The fetch of Node reads no files. */
export const readAsset: FilePlatform['readAsset'] = async (source) => {
  const url = new URL(source);
  return url.protocol === 'file:' ? new Uint8Array(await readFile(url)) : fetchAsset(url);
};
