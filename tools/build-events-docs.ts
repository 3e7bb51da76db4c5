/** Writes docs/events.md. A test compares the file with the output of this tool. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { eventsPage } from './events-page.ts';

writeFileSync(resolve(import.meta.dirname, '../docs/events.md'), eventsPage());
