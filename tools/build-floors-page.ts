/** Writes the table of floors into docs/architecture.md: `node tools/build-floors-page.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { withFloorsTable } from './lint/floors-page.ts';

const page = new URL('../docs/architecture.md', import.meta.url);
writeFileSync(page, withFloorsTable(readFileSync(page, 'utf8')));
