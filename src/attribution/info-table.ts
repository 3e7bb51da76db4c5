/** Reads the INFO-1 table from its file. The pure rules take the table as a value. */
import { readFileSync } from 'node:fs';
import { decodeInfoTable, type InfoTable } from '../../state/attribution/info1.ts';
import { unwrap } from '../lib/errors.ts';

let loaded: InfoTable | undefined;

/** Reads `state/attribution/info-1.bin` once. @throws CodedError `INFO1_HASH` if the installed file is not the pinned one. */
export const infoTable = (): InfoTable => {
  loaded ??= unwrap(
    decodeInfoTable(readFileSync(new URL('../../state/attribution/info-1.bin', import.meta.url))),
  );
  return loaded;
};
