import { matchesGlob } from 'node:path';
import { expect, test } from 'vitest';
import { FLOORS } from '../../vitest.config.ts';
import { SOURCE_FOLDERS, sourceFiles } from './layout.ts';

test('every folder of sources has a floor of coverage', () => {
  const shipped = SOURCE_FOLDERS.filter((folder) => !['test', 'tools'].includes(folder));
  const files = sourceFiles(shipped).filter((file) => file.endsWith('.ts') && file !== 'src/index.ts');
  const globs = Object.keys(FLOORS);
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => !globs.some((glob) => matchesGlob(file, glob)))).toEqual([]);
});
