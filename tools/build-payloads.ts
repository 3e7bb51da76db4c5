/** Writes src/cli/payload-table.ts and docs/payloads.md. A test compares both with the output of this tool. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fieldsFile, ROOT } from './payloads/fields.ts';
import { payloadsPage } from './payloads/page.ts';

writeFileSync(resolve(ROOT, 'src/cli/payload-table.ts'), fieldsFile());
writeFileSync(resolve(ROOT, 'docs/payloads.md'), payloadsPage());
