import { readFile } from 'node:fs/promises';
import type { FilePlatform } from '../platform.ts';

export const readAsset: FilePlatform['readAsset'] = async (url) => {
  if (url.protocol === 'file:') return new Uint8Array(await readFile(url));
  return (await import('../web/file.ts')).readAsset(url);
};
