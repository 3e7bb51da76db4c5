/** Writes docs/errors.md from the tables of error codes. A test compares the file with the output of this tool. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorsPage } from './errors/page.ts';

const root = resolve(import.meta.dirname, '..');
writeFileSync(resolve(root, 'docs/errors.md'), errorsPage(root));
