/** Reads lists that a node returns a page at a time. */
import { PAGE_LIMIT_MAX } from '../../rpc/schemas/page.ts';
import {
  METHOD_SCHEMAS,
  type PagedMethod,
  type ParamsOf,
  type ResultOf,
} from '../../rpc/schemas/registry.ts';
import { check, type Must, withMethods } from '../lib/arguments.ts';
import { invariant } from '../lib/errors.ts';
import type { RpcClient } from './rpc-client.ts';

/** The parameters of a paged method without those that say which page. */
type ListParams<N extends PagedMethod> = Omit<ParamsOf<N>, 'from' | 'after' | 'limit'>;

const METHOD: Must = {
  be: 'the name of a method that returns pages',
  is: (value) =>
    typeof value === 'string' &&
    Object.entries(METHOD_SCHEMAS).some(
      ([name, schema]) => name === value && 'paging' in schema && schema.paging !== undefined,
    ),
};

/**
 * Calls a paged method for one page after the other, the largest there are, and yields each result. The pages are of
 * several heights if blocks are committed meanwhile.
 * @throws CodedError as `RpcClient.call`
 */
export async function* pages<N extends PagedMethod>(
  client: Pick<RpcClient, 'call'>,
  method: N,
  params: ListParams<N>,
): AsyncGenerator<ResultOf<N>, void, undefined> {
  check('client', client, withMethods('a client, as createRpcClient makes one', 'call'));
  check('method', method, METHOD);
  const { paging, params: fields } = METHOD_SCHEMAS[method];
  invariant(paging !== undefined, 'a paged method says how it is paged');
  const limit = 'limit' in fields.properties ? { limit: PAGE_LIMIT_MAX } : {};
  let start: string | number | undefined;
  do {
    const at = start === undefined ? {} : { [paging.start]: start };
    const page = await client.call(method, { ...params, ...at, ...limit } as ParamsOf<N>);
    yield page;
    start = paging.next(page, { start, limit: PAGE_LIMIT_MAX });
  } while (start !== undefined);
}
