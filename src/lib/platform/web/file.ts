import type { FilePlatform } from '../platform.ts';

export const readAsset: FilePlatform['readAsset'] = async (source) => {
  const response = await fetch(source);
  if (!response.ok) throw new Error(`the server answers with status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
};
