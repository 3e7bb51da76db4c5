/** Writes docs/rpc.md from the registry of methods. A test holds the file against what this would write. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { rpcDocument } from '../rpc/document.ts';

writeFileSync(resolve(import.meta.dirname, '../docs/rpc.md'), rpcDocument());
