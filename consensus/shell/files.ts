/** Writing that a crash can not tear. */
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes names that were added to, or changed in, a directory durable. */
export const syncDirectory = async (path: string): Promise<void> => {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
};

/** The new content is whole on disk before it takes the old one's name: a crash leaves one or the other. */
export const replaceFile = async (path: string, content: Uint8Array): Promise<void> => {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
};
