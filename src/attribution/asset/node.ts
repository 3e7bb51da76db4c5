import { readFile } from 'node:fs/promises';
import * as web from './web.ts';

/** Does the same as {@link web.readAsset}, and reads files too, which the fetch of Node does not. */
export const readAsset: typeof web.readAsset = async (source) => {
  const url = new URL(source);
  return url.protocol === 'file:' ? new Uint8Array(await readFile(url)) : web.readAsset(url);
};
