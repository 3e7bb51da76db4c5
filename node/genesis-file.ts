import { fileURLToPath } from 'node:url';
import { unwrap } from '../src/lib/errors.ts';
import { readJson } from '../src/lib/files.ts';
import type { Json } from '../src/lib/ssz.ts';
import { type Genesis, parseGenesis } from '../state/genesis.ts';
import { fail, type Result } from './errors.ts';

const DEFAULT_GENESIS = fileURLToPath(new URL('../genesis.json', import.meta.url));

/** Reads a genesis file. Faults, which name the path: those of reading the file and of `parseGenesis`. */
export const readGenesis = (path: string): Result<Genesis> => {
  const json = readJson(path);
  if (!json.ok) return json;
  const genesis = parseGenesis(json.value as Json);
  return genesis.ok
    ? genesis
    : fail(genesis.fault.code, `${path}: ${genesis.fault.message}`, genesis.fault.data);
};

/** Returns the genesis at the root of the project, from which a new chain is made. */
export const defaultGenesis = (): Genesis => unwrap(readGenesis(DEFAULT_GENESIS));
