/** Writes docs/events.md. A test holds the file against what this would write. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { eventsPage } from './events-page.ts';

writeFileSync(resolve(import.meta.dirname, '../docs/events.md'), eventsPage());
