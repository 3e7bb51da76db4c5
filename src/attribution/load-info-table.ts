/** Loads the INFO-1 table in Node and in browsers. It has a file of its own, which is read only when this is called. */
import { readAsset } from '#asset';
import { decodeInfoTable, type InfoTable } from '../../state/attribution/info1.ts';
import { CodedError, toFault, unwrap } from '../lib/errors.ts';
import { fault } from './errors.ts';

/** The bytes of `info-1.bin`, or the URL of a copy. In a page it may be relative. */
export type InfoTableSource = Uint8Array | URL | string;

/** Tools that bundle replace this expression by the place to which they copy the file. */
const ownFile = (): URL => new URL('../../state/attribution/info-1.bin', import.meta.url);

const bytesOf = async (source: InfoTableSource | undefined): Promise<Uint8Array> => {
  if (source instanceof Uint8Array) return source;
  try {
    return await readAsset(source ?? ownFile());
  } catch (error) {
    const from = source === undefined ? 'where the package has it' : String(source);
    throw new CodedError(
      fault(
        'INFO1_UNAVAILABLE',
        `info-1.bin cannot be read from ${from} (${toFault(error).message}); give its bytes, or the URL of a copy`,
        { source: from },
      ),
      { cause: error },
    );
  }
};

const load = async (source: InfoTableSource | undefined): Promise<InfoTable> =>
  unwrap(decodeInfoTable(await bytesOf(source)));

let own: Promise<InfoTable> | undefined;

/**
 * Returns the table. That of the package is loaded once.
 * @param source - where the table comes from, if not from the package: for a page whose bundler does not copy `info-1.bin`
 * @throws CodedError `INFO1_UNAVAILABLE`; `INFO1_HASH` if it is another file than the one that the chain pins
 */
export const loadInfoTable = async (source?: InfoTableSource): Promise<InfoTable> => {
  if (source !== undefined) return load(source);
  own ??= load(undefined);
  try {
    return await own;
  } catch (error) {
    own = undefined;
    throw error;
  }
};
