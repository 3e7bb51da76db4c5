/** Reads what a URL names. In a page it may be relative. @throws whatever fetch throws; Error for a status of an error */
export const readAsset = async (source: URL | string): Promise<Uint8Array> => {
  const response = await fetch(source);
  if (!response.ok) throw new Error(`the server answers with status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
};
