/** Writes docs/rpc.md from the registry of methods. A test compares the file with the output of this tool. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { rpcDocument } from '../rpc/document.ts';

writeFileSync(resolve(import.meta.dirname, '../docs/rpc.md'), rpcDocument());
